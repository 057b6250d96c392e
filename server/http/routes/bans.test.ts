import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BanList } from '#api/ban.ts'
import { type HttpDoor, openHttpDoor, type Who } from '../../../test/support/http-door.ts'
import type { Ban } from '../../registrar/guard/ban-store.ts'
import { memoryBans } from '../../storage/memory/bans.ts'

let door: HttpDoor
let bans: ReturnType<typeof memoryBans>
beforeEach(async () => {
  bans = memoryBans()
  door = await openHttpDoor({ needs: { bans } })
})
afterEach(() => door.end())

async function ban(id: number, lines: string[], more: Partial<Ban> = {}): Promise<void> {
  const now = door.clock.now()
  const lineIds = await Promise.all(lines.map((number) => door.lineId(number)))
  const whole: Ban = {
    id,
    address: '192.0.2.7',
    username: lines[0] ?? 'nobody',
    reason: 'wrong-passwords',
    lineIds,
    userAgent: 'Phone',
    count: 20,
    from: now,
    until: now + 900_000,
    ...more,
  }
  bans.save([whole], now)
}

async function seenBy(who: Who): Promise<BanList['items']> {
  const answer = await door.app.inject({ url: '/api/bans', headers: await door.cookieOf(who) })
  expect(answer.statusCode).toBe(200)
  return answer.json<BanList>().items
}

async function lift(who: Who, id: number): Promise<number> {
  const answer = await door.app.inject({ method: 'DELETE', url: `/api/bans/${id}`, headers: await door.cookieOf(who) })
  return answer.statusCode
}

describe('bans', () => {
  beforeEach(async () => {
    await ban(1, ['05011110001'])
    await ban(2, ['05022220001'])
    await ban(3, [], { reason: 'many-names', username: '', count: 30 })
    await ban(4, ['05011110002', '05022220002'], { reason: 'many-names', username: '', count: 30 })
  })

  test.each<[Who, [number, string[], boolean][]]>([
    [
      'operator',
      [
        [4, ['05011110002', '05022220002'], true],
        [3, [], true],
        [2, ['05022220001'], true],
        [1, ['05011110001'], true],
      ],
    ],
    [
      'accountA',
      [
        [4, ['05011110002'], false],
        [1, ['05011110001'], true],
      ],
    ],
    [
      'circleB1',
      [
        [4, ['05022220002'], false],
        [2, ['05022220001'], true],
      ],
    ],
  ])('%s sees what concerns its lines, and no line of others', async (who, expected) => {
    expect((await seenBy(who)).map(({ id, lines, mayLift }) => [id, lines, mayLift])).toEqual(expected)
  })

  test('a line’s login sees and lifts nothing', async () => {
    const answer = await door.app.inject({ url: '/api/bans', headers: await door.cookieOf('lineA11') })
    expect(answer.statusCode).toBe(403)
    expect(await lift('lineA11', 1)).toBe(403)
  })

  test('carry reason, evidence and end', async () => {
    const now = door.clock.now()
    expect((await seenBy('circleA1')).at(-1)).toEqual({
      id: 1,
      address: '192.0.2.7',
      username: '05011110001',
      reason: 'wrong-passwords',
      count: 20,
      userAgent: 'Phone',
      from: new Date(now).toISOString(),
      until: new Date(now + 900_000).toISOString(),
      lines: ['05011110001'],
      mayLift: true,
    })
  })

  test.each<[Who, number, number]>([
    ['operator', 3, 204],
    ['accountA', 1, 204],
    ['circleA1', 1, 204],
    ['accountA', 2, 404],
    ['circleB1', 1, 404],
    ['accountA', 3, 404],
    ['accountA', 4, 403],
    ['operator', 9, 404],
  ])('%s lifts %i: %i', async (who, id, status) => {
    expect(await lift(who, id)).toBe(status)
    expect((await seenBy('operator')).some((one) => one.id === id)).toBe(id !== 9 && status !== 204)
  })

  test('a block of a name is not lifted by whose line the attempts were only addressed to: he could guess on', async () => {
    await ban(5, ['05011110001'], { username: '05022220001' })
    await ban(6, ['05011110001'], { username: 'nobody-has-this-name' })
    await ban(7, ['05011110001', '05022220001'], { username: '05022220001' })
    for (const id of [5, 6, 7]) expect(await lift('accountA', id)).toBe(403)
    expect(await lift('accountB', 7)).toBe(204)
    expect(await lift('operator', 5)).toBe(204)
  })

  test('a lift names who did it', async () => {
    await lift('circleA1', 1)
    expect(bans.takeLifted()).toEqual([{ id: 1, by: 'circle 0311111111 (session)' }])
  })

  test('one that is over is neither shown nor lifted', async () => {
    door.clock.advance(900_000)
    expect(await seenBy('operator')).toEqual([])
    expect(await lift('operator', 1)).toBe(404)
  })
})

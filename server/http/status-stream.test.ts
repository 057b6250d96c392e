import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventReader, type ReceivedEvent, readEvents } from '../../test/support/event-reader.ts'
import { type HttpDoor, openHttpDoor, type Who } from '../../test/support/http-door.ts'

let door: HttpDoor
let url: string
const open: EventReader[] = []
beforeEach(async () => {
  door = await openHttpDoor()
  url = (await door.listen()).url
})
afterEach(async () => {
  for (const stream of open.splice(0)) stream.close()
  await door.end()
})

async function stream(headers: Record<string, string>, query = '?circle=0311111111'): Promise<EventReader> {
  const reader = await readEvents(`${url}/api/status-stream${query}`, headers)
  open.push(reader)
  await reader.opened()
  return reader
}
const streamOf = async (who: Who, query?: string) => stream(await door.cookieOf(who), query)
const lineEvent = (number: string, sign: string) => (event: ReceivedEvent) =>
  event.event === 'line' && (event.data as { number: string }).number === number && (event.data as { sign: string }).sign === sign

describe('a circle’s stream', () => {
  test('tells of a phone that signs in and off, with the counts', async () => {
    const reader = await streamOf('circleA1')
    expect(reader.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(reader.headers.get('x-accel-buffering')).toBe('no')
    expect(reader.headers.get('cache-control')).toBe('no-store')
    expect(reader.headers.get('content-security-policy')).toContain("default-src 'self'")
    await door.bind('05011110001')
    const line = await reader.until(lineEvent('05011110001', 'registered'))
    expect(line.data).toMatchObject({ circle: '0311111111', state: 'registered', cause: null })
    expect(line.data).not.toHaveProperty('detail')
    const counts = await reader.until(({ event }) => event === 'counts')
    expect(counts.data).toMatchObject({ circle: '0311111111', counts: { registered: 1 } })
    door.clock.advance(200)
    await door.unbind('05011110001')
    expect((await reader.until(lineEvent('05011110001', 'unregistered'))).data).toMatchObject({ cause: { code: 'signed-off' } })
  })

  test('several changes of a line within 100 ms arrive as the first and the last', async () => {
    const reader = await streamOf('circleA1')
    await door.bind('05011110001')
    await reader.until(lineEvent('05011110001', 'registered'))
    for (let id = 2; id < 6; id++) {
      await door.unbind('05011110001', id - 1)
      await door.bind('05011110001', id)
    }
    await door.unbind('05011110001', 5)
    door.clock.advance(100)
    await reader.until(lineEvent('05011110001', 'unregistered'))
    expect(reader.events.filter(({ event }) => event === 'line')).toHaveLength(2)
  })

  test('tells of a new line, a new name and a line that has ended', async () => {
    const operator = { kind: 'operator' } as const
    const { token } = await door.writer.addToken(operator, { kind: 'account', login: 'company-a' })
    const reader = await stream({ authorization: `Bearer ${token}` })
    await door.addLine('0311111111', '05011110009', 'sip-phone', '受付')
    door.follow()
    expect((await reader.until(lineEvent('05011110009', 'unregistered'))).data).toMatchObject({ name: '受付' })
    await door.writer.cancelLine(operator, '05011110009')
    door.follow()
    door.clock.advance(2 * 86_400_000)
    await door.writer.tidy()
    door.follow()
    expect((await reader.until(({ event }) => event === 'gone')).data).toEqual({ number: '05011110009' })
  })

  test('tells of an outage of the SIP part', async () => {
    const reader = await streamOf('circleA1')
    door.board.sipLost(door.clock.now())
    expect((await reader.until(({ event }) => event === 'outage')).data).toEqual({ from: expect.stringMatching(/Z$/), to: null })
    await reader.until(lineEvent('05011110001', 'no-data'))
  })

  test('shows that it lives every 15 seconds', async () => {
    const reader = await streamOf('circleA1')
    const before = reader.comments()
    door.clock.advance(30_000)
    await door.bind('05011110001')
    await reader.until(lineEvent('05011110001', 'registered'))
    expect(reader.comments()).toBe(before + 2)
  })
})

describe('coming back', () => {
  test('with Last-Event-ID, what was missed arrives, each line once and as it is now', async () => {
    const first = await streamOf('circleA1')
    await door.bind('05011110001')
    await first.until(lineEvent('05011110001', 'registered'))
    const lastId = first.lastId()
    first.close()
    door.clock.advance(200)
    await door.unbind('05011110001')
    door.clock.advance(200)
    await door.bind('05011110001', 2)
    door.clock.advance(200)
    await door.bind('05011110002', 3)
    const second = await stream({ ...(await door.cookieOf('circleA1')), 'last-event-id': lastId })
    await second.until(lineEvent('05011110002', 'registered'))
    const lines = second.events.filter(({ event }) => event === 'line')
    expect(lines.map(({ data }) => data)).toMatchObject([
      { number: '05011110001', sign: 'registered' },
      { number: '05011110002', sign: 'registered' },
    ])
    expect(second.events.some(({ event }) => event === 'reset')).toBe(false)
  })

  test('with after=asOf nothing between list and stream is lost', async () => {
    const headers = await door.cookieOf('circleA1')
    const list = await door.app.inject({ url: '/api/circles/0311111111/lines', headers })
    await door.bind('05011110003')
    const reader = await stream(headers, `?circle=0311111111&after=${list.json<{ asOf: string }>().asOf}`)
    await reader.until(lineEvent('05011110003', 'registered'))
  })

  test.each(['another-epoch-5', 'nonsense', '-1'])('an id of another run (%s) earns reset, and the stream goes on', async (after) => {
    const reader = await streamOf('circleA1', `?circle=0311111111&after=${after}`)
    await reader.until(({ event }) => event === 'reset')
    await door.bind('05011110001')
    await reader.until(lineEvent('05011110001', 'registered'))
  })

  test('an id ahead of this run earns reset', async () => {
    const reader = await streamOf('circleA1', `?circle=0311111111&after=${door.board.epoch}-999999`)
    await reader.until(({ event }) => event === 'reset')
  })
})

describe('who sees what', () => {
  test('a line’s login gets its own line only, and counts it alone', async () => {
    const reader = await streamOf('lineA11')
    await door.bind('05011110002')
    await door.bind('05022220001', 2)
    door.clock.advance(200)
    await door.bind('05011110001', 3)
    await reader.until(lineEvent('05011110001', 'registered'))
    const counts = await reader.until(({ event }) => event === 'counts')
    expect(counts.data).toEqual({
      circle: '0311111111',
      counts: { lines: 1, registered: 1, unregistered: 0, unknown: 0, notNeeded: 0, never: 0 },
    })
    expect(reader.events).toHaveLength(2)
  })

  test('a circle’s stream hears nothing of other circles', async () => {
    const reader = await streamOf('accountA')
    await door.bind('05011120001')
    await door.bind('05022220001', 2)
    await door.bind('05011110001', 3)
    await reader.until(({ event }) => event === 'counts')
    expect(reader.events.map(({ event }) => event)).toEqual(['line', 'counts'])
  })

  test('without a circle: counts alone, of each circle of the account and no other', async () => {
    const reader = await streamOf('accountA', '')
    await door.bind('05022220001')
    await door.bind('05011110001', 2)
    await door.bind('05011120001', 3)
    const isCounts = (circle: string) => (event: ReceivedEvent) => (event.data as { circle?: string }).circle === circle
    await reader.until(isCounts('0311111111'))
    await reader.until(isCounts('0311111112'))
    expect(reader.events.map(({ event }) => event)).toEqual(['counts', 'counts'])
  })

  test('without a circle the stream resumes at the asOf of the circle list', async () => {
    const headers = await door.cookieOf('operator')
    const { asOf } = (await door.app.inject({ url: '/api/circles', headers })).json<{ asOf: string }>()
    await door.bind('05022220001')
    const reader = await stream(headers, `?after=${asOf}`)
    expect((await reader.until(({ event }) => event === 'counts')).data).toMatchObject({ circle: '0322222222', counts: { registered: 1 } })
  })
})

describe('a stream ends', () => {
  test('at sign-out, at once', async () => {
    const headers = await door.cookieOf('circleA1')
    const reader = await stream(headers)
    await door.app.inject({ method: 'POST', url: '/api/sign-out', headers })
    await reader.ended()
  })

  test('when the session runs out', async () => {
    const reader = await streamOf('circleA1')
    door.clock.advance(13 * 3_600_000)
    await reader.ended()
  })

  test('when its token is revoked', async () => {
    const operator = { kind: 'operator' } as const
    const { id, token } = await door.writer.addToken(operator, { kind: 'circle', number: '0311111111' })
    const reader = await stream({ authorization: `Bearer ${token}` })
    await door.writer.revokeToken(operator, id)
    door.clock.advance(5000)
    await reader.ended()
  })

  test('when the server closes, within a second', async () => {
    const readers = [await streamOf('circleA1'), await streamOf('operator', '')]
    const before = performance.now()
    await door.close()
    await Promise.all(readers.map((reader) => reader.ended()))
    expect(performance.now() - before).toBeLessThan(1000)
  })

  test('when its reader is too slow, while others read on', async () => {
    const { cookie } = await door.cookieOf('circleA1')
    const quick = await streamOf('circleA1')
    const slow = await new Promise<import('node:http').IncomingMessage>((resolve) => {
      request(`${url}/api/status-stream?circle=0311111111`, { headers: { cookie } }, resolve).end()
    })
    slow.pause()
    const ended = new Promise<void>((resolve) => {
      slow.on('error', () => resolve())
      slow.on('close', () => resolve())
    })
    const entries = [...door.directory.lineEntries()].filter(({ number }) => number.startsWith('0501111'))
    const streams = async () => /^regista_status_streams (\d+)$/m.exec((await door.app.inject('/metrics')).body)?.[1]
    expect(await streams()).toBe('2')
    for (let round = 0; round < 2000 && (await streams()) === '2'; round++) {
      for (let again = 0; again < 40; again++) {
        for (const entry of entries) door.board.putLine(entry)
        door.clock.advance(100)
      }
      await quick.until(({ id }) => id === `${door.board.epoch}-${door.board.seq}`)
    }
    expect(await streams()).toBe('1')
    slow.resume()
    await ended
    await door.bind('05011110001')
    await quick.until(lineEvent('05011110001', 'registered'))
  }, 30_000)
})

test('one session holds 64 streams and no more', async () => {
  const headers = await door.cookieOf('circleA1')
  for (let i = 0; i < 64; i++) await stream(headers)
  const answer = await fetch(`${url}/api/status-stream`, { headers })
  expect(answer.status).toBe(429)
})

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type HttpDoor, openHttpDoor } from '../../test/support/http-door.ts'

let door: HttpDoor
let headers: { cookie: string }
beforeAll(async () => {
  door = await openHttpDoor()
  headers = await door.cookieOf('accountA')
})
afterAll(() => door.end())

interface List {
  items: { number: string; name: string; sign: string; state: string; cause: { code: string } | null; since: string | null }[]
  next: string | null
  asOf: string
  counts: Record<string, number>
  types: Record<string, number>
  total: number
}

async function list(query: string, number = '0311111111'): Promise<List> {
  const answer = await door.app.inject({ url: `/api/circles/${number}/lines${query}`, headers })
  expect(answer.statusCode).toBe(200)
  return answer.json<List>()
}
const tails = ({ items }: List) => items.map(({ number }) => number.slice(-1)).join('')

describe('a circle of five lines, one connected', () => {
  beforeEach(() => door.bind('05011110002'))

  test('each line shows its sign, and the counts are of the whole circle', async () => {
    const all = await list('')
    expect(all.items.map(({ sign }) => sign)).toEqual(['unregistered', 'registered', 'unregistered', 'not-needed', 'ask'])
    expect(all.counts).toEqual({ lines: 5, registered: 1, unregistered: 2, unknown: 1, notNeeded: 1, never: 2 })
    expect(all.types).toEqual({ 'sip-phone': 3, forward: 1, 'sip-trunk': 1 })
    expect(all).toMatchObject({ total: 5, next: null, asOf: `${door.board.epoch}-${door.board.seq}` })
    expect(all.items[1]?.since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  })

  test('filters leave the counts as they are', async () => {
    const registered = await list('?sign=registered')
    expect(tails(registered)).toBe('2')
    expect(registered).toMatchObject({ total: 1, counts: { lines: 5 } })
    expect(tails(await list('?type=sip-phone&sign=unregistered'))).toBe('13')
    expect(tails(await list('?q=%EF%BC%90%EF%BC%95%EF%BC%90-1111-0003'))).toBe('3')
    expect(tails(await list(`?q=${encodeURIComponent('+81 50 1111 0003')}`))).toBe('3')
    expect(tails(await list('?q=PHONE'))).toBe('12345')
    expect(tails(await list('?q=nothing'))).toBe('')
  })

  test('every field sorts, both ways', async () => {
    for (const field of ['number', 'name', 'inbound.extension', 'note', 'since', 'sign', 'type']) {
      const up = await list(`?sort=${field}`)
      const down = await list(`?sort=-${field}`)
      expect(tails(down)).toBe([...tails(up)].reverse().join(''))
    }
    expect((await list('?sort=sign')).items.map(({ sign }) => sign)).toEqual([
      'unregistered',
      'unregistered',
      'ask',
      'registered',
      'not-needed',
    ])
  })

  test('pages follow one another without a gap, even while signs change between them', async () => {
    for (const sort of ['number', '-number', 'type', 'sign']) {
      const first = await list(`?sort=${sort}&limit=2`)
      const second = await list(`?sort=${sort}&limit=2&cursor=${first.next}`)
      const third = await list(`?sort=${sort}&limit=2&cursor=${second.next}`)
      expect(tails(first) + tails(second) + tails(third)).toBe(tails(await list(`?sort=${sort}`)))
      expect(third.next).toBeNull()
    }
    const first = await list('?sort=sign&limit=2')
    expect(tails(first)).toBe('13')
    await door.bind('05011110001', 11)
    expect(tails(await list(`?sort=sign&limit=9&cursor=${first.next}`))).toBe('5124')
    await door.unbind('05011110001', 11)
  })

  test.each([
    ['sort=colour', 'sort'],
    ['sort=__proto__', 'sort'],
    ['sort=constructor', 'sort'],
    ['type=fax', 'type'],
    ['sign=green', 'sign'],
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=many', 'limit'],
    ['cursor=nonsense', 'cursor'],
    ['cursor=W10', 'cursor'],
    [`cursor=${Buffer.from('["name","a","b"]').toString('base64url')}`, 'cursor'],
  ])('%s is refused, and the field named', async (query, field) => {
    const answer = await door.app.inject({ url: `/api/circles/0311111111/lines?${query}`, headers })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'bad-request', detail: expect.stringContaining(field) })
  })
})

test('a line that is added, or that ends, is in the next list', async () => {
  const operator = { kind: 'operator' } as const
  await list('', '0311111112')
  await door.addLine('0311111112', '05011120009', 'sip-phone', '受付')
  door.follow()
  const after = await list('', '0311111112')
  expect(after.items.map(({ name }) => name)).toContain('受付')
  expect(after.counts.lines).toBe(2)
  await door.writer.disableLine(operator, '05011120009', 'operator')
  door.follow()
  expect((await list('?sort=-number', '0311111112')).items[0]).toMatchObject({ state: 'disabled', cause: { code: 'disabled' } })
})

describe('one line', () => {
  test('shows its contacts, and nothing secret', async () => {
    await door.bind('05011110003', 3)
    const answer = await door.app.inject({ url: '/api/lines/05011110003', headers })
    expect(answer.json()).toMatchObject({
      number: '05011110003',
      sign: 'registered',
      detail: {
        username: '05011110003',
        domain: 'sip.test',
        contacts: [{ received: '192.0.2.7:5060', transport: 'udp', rttMs: null }],
        failures: [],
      },
    })
    expect(answer.body).not.toContain('secret-')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('numbers with # and * and + are found', async () => {
    await door.addLine('0311111112', '*99#+1')
    door.follow()
    const answer = await door.app.inject({ url: `/api/lines/${encodeURIComponent('*99#+1')}`, headers })
    expect(answer.json()).toMatchObject({ number: '*99#+1' })
  })

  test('a trunk is asked by a person, and its answer stands for every viewer', async () => {
    const checked = await door.app.inject({ method: 'POST', url: '/api/lines/05011110005/check', headers })
    expect(checked.statusCode).toBe(200)
    expect(checked.json()).toMatchObject({ sign: 'unregistered' })
    expect((await list('?type=sip-trunk')).items[0]).toMatchObject({ sign: 'unregistered' })
  })

  test('of another login server nothing can be asked yet: no data, and the reason', async () => {
    const operator = { kind: 'operator' } as const
    await door.writer.addLoginServer(operator, { name: 'far', kind: 'kamailio', url: 'http://127.0.0.1:9' })
    await door.writer.addLine(operator, { circle: '0311111112', number: '0555', type: 'sip-phone', loginServer: 'far' })
    door.follow()
    expect((await door.app.inject({ url: '/api/lines/0555', headers })).json()).toMatchObject({ sign: 'ask' })
    const checked = await door.app.inject({ method: 'POST', url: '/api/lines/0555/check', headers })
    expect(checked.json()).toMatchObject({ sign: 'no-data', state: 'no-data', cause: { code: 'remote-silent' } })
  })

  test('its history is asked for as a stretch of time', async () => {
    const answer = await door.app.inject({ url: '/api/lines/05011110001/history', headers })
    expect(answer.json()).toEqual({ items: [], state0: null })
    for (const query of ['from=yesterday', 'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z']) {
      expect((await door.app.inject({ url: `/api/lines/05011110001/history?${query}`, headers })).statusCode).toBe(400)
    }
  })
})

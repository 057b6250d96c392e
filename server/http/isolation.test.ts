/** One customer never sees another: every route, with everything that is not the caller's, for every kind of login. */
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HttpDoor, openHttpDoor, type Who } from '../../test/support/http-door.ts'
import { routes } from './server.ts'

type Address = (id: string) => string

/** Routes that name a circle or a line, and where the name stands. A new route has to be put here or below. */
const byCircle: Record<string, Address> = {
  'GET /api/circles/:number/lines': (id) => `/api/circles/${id}/lines`,
  'GET /api/status-stream': (id) => `/api/status-stream?circle=${id}`,
}
const byLine: Record<string, Address> = {
  'GET /api/lines/:number': (id) => `/api/lines/${id}`,
  'POST /api/lines/:number/check': (id) => `/api/lines/${id}/check`,
  'GET /api/lines/:number/history': (id) => `/api/lines/${id}/history`,
}
const namesNothing = [
  'POST /api/sign-in',
  'POST /api/sign-out',
  'GET /api/me',
  'GET /api/about',
  'GET /api/circles',
  // Which bans a login sees and lifts: routes/bans.test.ts.
  'GET /api/bans',
  'DELETE /api/bans/:id',
  'GET /healthz',
  'GET /metrics',
  // Phones: they prove themselves in SIP.
  'GET /sip',
]
const forAnyone = ['POST /api/sign-in', 'POST /api/sign-out', 'GET /api/about', 'GET /healthz', 'GET /metrics', 'GET /sip']

const notTheirs: Partial<Record<Who, { circles: string[]; lines: string[] }>> = {
  accountA: { circles: ['0322222222'], lines: ['05022220001', '05022220002'] },
  circleA1: { circles: ['0311111112', '0322222222'], lines: ['05011120001', '05022220001'] },
  lineA11: { circles: ['0311111112', '0322222222'], lines: ['05011110002', '05011110005', '05011120001', '05022220001'] },
  accountB: { circles: ['0311111111', '0311111112'], lines: ['05011110001', '05011120001'] },
  circleB1: { circles: ['0311111111'], lines: ['05011110001'] },
  lineB11: { circles: ['0311111111'], lines: ['05011110001', '05022220002'] },
}

let door: HttpDoor
const cookies: Partial<Record<Who, { cookie: string }>> = {}
beforeAll(async () => {
  door = await openHttpDoor()
  for (const who of Object.keys(notTheirs) as Who[]) cookies[who] = await door.cookieOf(who)
})
afterAll(() => door.end())

function ask(name: string, url: string, headers: InjectOptions['headers'] = {}) {
  const method = name.startsWith('POST') ? 'POST' : name.startsWith('DELETE') ? 'DELETE' : 'GET'
  return door.app.inject({ method, url, headers })
}

test('every route is looked at here', () => {
  expect(Object.keys(routes).sort()).toEqual([...Object.keys(byCircle), ...Object.keys(byLine), ...namesNothing].sort())
})

describe.each(Object.entries(notTheirs))('%s', (who, { circles, lines }) => {
  const cases = [
    ...Object.entries(byCircle).flatMap(([name, at]) => circles.map((id) => [name, at, id, '0399999999'] as const)),
    ...Object.entries(byLine).flatMap(([name, at]) => lines.map((id) => [name, at, id, '05099999999'] as const)),
  ]
  test.each(cases)('%s: what is another’s is answered like what is not there (%s %s)', async (name, at, id, nowhere) => {
    const headers = cookies[who as Who]
    const foreign = await ask(name, at(id), headers)
    const absent = await ask(name, at(nowhere), headers)
    expect(foreign.statusCode).toBe(404)
    expect(foreign.json()).toMatchObject({ code: 'not-found' })
    expect(foreign.body).toBe(absent.body)
    expect(foreign.headers['content-length']).toBe(absent.headers['content-length'])
  })

  test('lists hold nothing of others', async () => {
    const headers = cookies[who as Who]
    const all = await ask('GET', '/api/circles', headers)
    const numbers = all.json<{ items: { number: string }[] }>().items.map(({ number }) => number)
    expect(numbers.length).toBeGreaterThan(0)
    for (const number of numbers) {
      expect(circles).not.toContain(number)
      const list = await ask('GET', `/api/circles/${number}/lines`, headers)
      for (const line of lines) expect(list.body).not.toContain(line)
    }
  })
})

test.each(Object.keys(routes))('%s: without a login, or with a wrong one, nothing but what is for anyone', async (name) => {
  if (forAnyone.includes(name)) return
  const url = byCircle[name]?.('0311111111') ?? byLine[name]?.('05011110001') ?? name.split(' ')[1] ?? ''
  for (const headers of [{}, { cookie: 'regista_session=AAAA' }, { authorization: 'Bearer AAAA' }]) {
    const answer = await ask(name, url, headers)
    expect(answer.statusCode).toBe(401)
    expect(answer.json()).toMatchObject({ code: 'not-signed-in' })
  }
})

test('a line’s login counts its own line alone', async () => {
  const circles = await ask('GET', '/api/circles', cookies.lineA11)
  expect(circles.json()).toMatchObject({ items: [{ number: '0311111111', counts: { lines: 1 } }] })
  const list = await ask('GET', '/api/circles/0311111111/lines', cookies.lineA11)
  expect(list.json()).toMatchObject({ counts: { lines: 1 }, total: 1, types: { 'sip-phone': 1 }, items: [{ number: '05011110001' }] })
})

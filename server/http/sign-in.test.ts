import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HttpDoor, logins, openHttpDoor } from '../../test/support/http-door.ts'
import { hashToken, sessionLife, sessionRest } from './session.ts'

let door: HttpDoor
beforeAll(async () => {
  door = await openHttpDoor()
})
afterAll(() => door.end())

const me = (headers: Record<string, string>) => door.app.inject({ url: '/api/me', headers })

describe('signing in', () => {
  test.each([
    ['operator', { as: 'operator', login: 'operator', circle: null, line: null }],
    ['accountA', { as: 'account', login: 'company-a', title: 'Company a', circle: null, line: null }],
    ['circleA1', { as: 'circle', login: '0311111111', title: 'office 0311111111', circle: '0311111111', line: null }],
    ['lineA11', { as: 'line', login: '05011110001', circle: '0311111111', line: '05011110001' }],
  ] as const)('%s is told who it is', async (who, expected) => {
    const answer = await me(await door.cookieOf(who))
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject(expected)
  })

  test('the cookie is out of reach of scripts and other sites, and the store knows only its hash', async () => {
    const answer = await door.app.inject({ method: 'POST', url: '/api/sign-in', payload: { ...logins.accountA, password: 'pw-company-a' } })
    const [cookie] = answer.cookies
    expect(cookie).toMatchObject({ name: 'regista_session', httpOnly: true, sameSite: 'Strict', path: '/' })
    expect(cookie?.secure).toBeUndefined()
    expect(await door.sessions.find(cookie?.value ?? '', door.clock.now())).toBeUndefined()
    expect(await door.sessions.find(hashToken(cookie?.value ?? ''), door.clock.now())).toMatchObject({ login: 'company-a' })
  })

  test('an unknown login and a wrong password get the same answer', async () => {
    const unknown = await door.app.inject({
      method: 'POST',
      url: '/api/sign-in',
      payload: { as: 'account', login: 'nobody', password: 'x' },
    })
    const wrong = await door.app.inject({
      method: 'POST',
      url: '/api/sign-in',
      payload: { as: 'account', login: 'company-b', password: 'x' },
    })
    expect(unknown.statusCode).toBe(401)
    expect(unknown.json()).toMatchObject({ code: 'wrong-login', status: 401 })
    expect([wrong.statusCode, wrong.body]).toEqual([unknown.statusCode, unknown.body])
  })

  test('a line without a portal password cannot be opened with any, not even an empty one', async () => {
    const answer = await door.app.inject({
      method: 'POST',
      url: '/api/sign-in',
      payload: { as: 'line', login: '05011110002', password: 'secret-05011110002' },
    })
    expect(answer.statusCode).toBe(401)
  })

  test('a missing or empty field is named', async () => {
    const missing = await door.app.inject({ method: 'POST', url: '/api/sign-in', payload: { as: 'account', login: 'x' } })
    expect(missing.statusCode).toBe(400)
    expect(missing.headers['content-type']).toBe('application/problem+json')
    expect(missing.json()).toMatchObject({ code: 'bad-request', detail: expect.stringContaining('password') })
    const wrongKind = await door.app.inject({ method: 'POST', url: '/api/sign-in', payload: { as: 'king', login: 'x', password: 'y' } })
    expect(wrongKind.json()).toMatchObject({ code: 'bad-request', detail: expect.stringContaining('as') })
  })

  test('after ten wrong tries a login has to wait, from whatever address, and 15 minutes later it may try again', async () => {
    const attempt = (ip: string, password = 'guess') =>
      door.app.inject({
        method: 'POST',
        url: '/api/sign-in',
        remoteAddress: ip,
        payload: { as: 'circle', login: '0322222222', password },
      })
    const statuses = []
    for (let i = 0; i < 10; i++) statuses.push((await attempt(`198.51.100.${i}`)).statusCode)
    expect(statuses).toEqual(Array(10).fill(401))
    const limited = await attempt('198.51.100.99', 'pw-0322222222')
    expect(limited.statusCode).toBe(429)
    expect(limited.json()).toMatchObject({ code: 'too-many-tries' })
    expect(Number(limited.headers['retry-after'])).toBe(900)
    door.clock.advance(15 * 60_000)
    expect((await attempt('198.51.100.99', 'pw-0322222222')).statusCode).toBe(204)
  })
})

describe('sessions', () => {
  test('sign-out ends the session', async () => {
    const headers = await door.cookieOf('accountA')
    expect((await me(headers)).statusCode).toBe(200)
    const out = await door.app.inject({ method: 'POST', url: '/api/sign-out', headers })
    expect(out.statusCode).toBe(204)
    expect((await me(headers)).json()).toMatchObject({ code: 'not-signed-in' })
  })

  test('signing in anew makes the old cookie worthless', async () => {
    const old = await door.cookieOf('accountA')
    await door.app.inject({ method: 'POST', url: '/api/sign-in', headers: old, payload: { ...logins.accountA, password: 'pw-company-a' } })
    expect((await me(old)).statusCode).toBe(401)
  })

  test('a session that rests for 12 hours is over; one in use lives for 30 days and no longer', async () => {
    const resting = await door.cookieOf('accountA')
    const used = await door.cookieOf('accountA')
    const start = door.clock.now()
    door.clock.advance(sessionRest - 1000)
    expect((await me(used)).statusCode).toBe(200)
    door.clock.advance(1000)
    expect((await me(resting)).statusCode).toBe(401)
    while (door.clock.now() + sessionRest / 2 < start + sessionLife) {
      door.clock.advance(sessionRest / 2)
      expect((await me(used)).statusCode).toBe(200)
    }
    door.clock.advance(start + sessionLife - door.clock.now())
    expect((await me(used)).statusCode).toBe(401)
  })

  test('a new password of the account ends its sessions', async () => {
    const headers = await door.cookieOf('accountB')
    await door.writer.setAccountPassword({ kind: 'operator' }, 'company-b', 'pw-company-b')
    expect((await me(headers)).statusCode).toBe(401)
  })
})

describe('tokens', () => {
  test('a token opens what it was made for, until it is revoked', async () => {
    const operator = { kind: 'operator' } as const
    const { id, token } = await door.writer.addToken(operator, { kind: 'circle', number: '0311111111' })
    const headers = { authorization: `Bearer ${token}` }
    expect((await me(headers)).json()).toMatchObject({ as: 'circle', circle: '0311111111' })
    await door.writer.revokeToken(operator, id)
    expect((await me(headers)).statusCode).toBe(401)
  })

  test.each(['Bearer', 'Bearer x y', 'Basic abc', 'Bearer unknown', ''])(
    '%j opens nothing, and no cookie beside it counts',
    async (authorization) => {
      const headers = { ...(await door.cookieOf('accountA')), authorization }
      expect((await me(headers)).statusCode).toBe(401)
    },
  )
})

describe('requests from other sites', () => {
  const out = (headers: Record<string, string>) => door.app.inject({ method: 'POST', url: '/api/sign-out', headers })

  test.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.test' },
    { origin: 'null' },
    { origin: 'https://portal.test.evil.test' },
  ])('%j may not write', async (headers) => {
    const answer = await out(headers)
    expect(answer.statusCode).toBe(403)
    expect(answer.json()).toMatchObject({ code: 'wrong-origin' })
  })

  test.each([
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://portal.test' },
    { origin: 'http://localhost:80' },
    {},
  ])('%j may', async (headers) => {
    expect((await out({ host: 'localhost:80', ...headers })).statusCode).toBe(204)
  })
})

test('behind a trusted proxy that speaks https the cookie is Secure and the answer asks for https from then on', async () => {
  const proxied = await openHttpDoor({ config: { trustedProxies: ['127.0.0.1'] } })
  const answer = await proxied.app.inject({
    method: 'POST',
    url: '/api/sign-in',
    headers: { 'x-forwarded-proto': 'https' },
    payload: { ...logins.accountA, password: 'pw-company-a' },
  })
  expect(answer.cookies[0]?.secure).toBe(true)
  expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
  const direct = await proxied.app.inject({ url: '/api/about', remoteAddress: '192.0.2.1', headers: { 'x-forwarded-proto': 'https' } })
  expect(direct.headers['strict-transport-security']).toBeUndefined()
  await proxied.end()
})

test('a password that is changed while a sign-in with the old one is under way opens nothing', async () => {
  const other = await openHttpDoor()
  const { directory, writer } = other
  const find = directory.portalLogin.bind(directory)
  let changed = false
  directory.portalLogin = async (as, login) => {
    const found = await find(as, login)
    if (!changed) await writer.setAccountPassword({ kind: 'operator' }, login, 'a new one')
    changed = true
    return found
  }
  const answer = await other.app.inject({ method: 'POST', url: '/api/sign-in', payload: { ...logins.accountA, password: 'pw-company-a' } })
  expect([answer.statusCode, answer.cookies]).toEqual([401, []])
  await other.end()
})

import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type HttpDoor, openHttpDoor } from '../../test/support/http-door.ts'
import { silentLog } from '../runtime/log.ts'
import { MemorySessions } from '../storage/memory/sessions.ts'

let door: HttpDoor
let readiness = { ready: true, reason: '' }
beforeAll(async () => {
  door = await openHttpDoor({ needs: { sip: { ready: () => readiness, port: () => 5060 }, metricsText: () => 'regista_sip_up 1\n' } })
})
afterAll(() => door.end())

const page = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

describe('the portal’s files', () => {
  test('before the portal is built, a page says how to build it, and the API answers', async () => {
    const answer = await door.app.inject({ url: '/circles/0311111111', headers: page })
    expect(answer.statusCode).toBe(503)
    expect(answer.body).toContain('npm run build')
    expect((await door.app.inject('/api/about')).json()).toEqual({
      support: 'call 0120-000-000',
      domain: 'sip.test',
      sipPort: 5060,
      version: '1.2.3',
    })
  })

  test('once built, deep links get its page, assets are kept by browsers for good, the page is not', async () => {
    mkdirSync(join(door.needs.portalFolder, 'assets'), { recursive: true })
    writeFileSync(join(door.needs.portalFolder, 'index.html'), '<title>portal</title>')
    writeFileSync(join(door.needs.portalFolder, 'assets', 'app-1a2b.js'), 'let a')
    for (const url of ['/', '/circles/0311111111', '/index.html']) {
      const answer = await door.app.inject({ url, headers: page })
      expect([url, answer.statusCode, answer.body]).toEqual([url, 200, '<title>portal</title>'])
      expect(answer.headers['cache-control']).toBe('no-cache')
    }
    const asset = await door.app.inject('/assets/app-1a2b.js')
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await door.app.inject('/assets/gone.js')).statusCode).toBe(404)
  })

  test.each(['/..%2f..%2fkeys', '/assets/..%2f..%2fkeys', '/%2e%2e/keys', '/assets/../../keys'])(
    '%s leads nowhere outside',
    async (url) => {
      expect(existsSync(join(door.data, 'keys'))).toBe(true)
      const answer = await door.app.inject(url)
      expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    },
  )
})

describe('every answer', () => {
  test('forbids frames, foreign scripts and guessing of types, and names no product', async () => {
    for (const url of ['/', '/api/about', '/api/nothing']) {
      const { headers } = await door.app.inject({ url, headers: page })
      expect(headers['content-security-policy']).toBe(
        "default-src 'self';script-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;connect-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'self'",
      )
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['referrer-policy']).toBe('no-referrer')
      expect(headers['x-powered-by']).toBeUndefined()
      expect(headers['strict-transport-security']).toBeUndefined()
    }
  })

  test.each([
    ['GET', '/api/nothing', 404, 'not-found'],
    ['GET', '/api', 404, 'not-found'],
    ['DELETE', '/api/circles', 404, 'not-found'],
    ['GET', '/api/lines/%E0%A4%A', 400, 'bad-request'],
    ['GET', `/api/lines/${'1'.repeat(33)}`, 401, 'not-signed-in'],
  ] as const)('%s %s is a problem document', async (method, url, status, code) => {
    const answer = await door.app.inject({ method, url, headers: page })
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toMatchObject({ type: 'about:blank', status, code })
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test.each([
    ['application/json', '{"as":', 400],
    ['application/json', JSON.stringify({ as: 'account', login: 'x', password: 'y'.repeat(70_000) }), 413],
    ['application/xml', '<a/>', 415],
    ['application/json', '{"__proto__":{"as":"operator"}}', 400],
  ])('a body of %s that cannot be read is refused', async (type, payload, status) => {
    const answer = await door.app.inject({ method: 'POST', url: '/api/sign-in', headers: { 'content-type': type }, payload })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ code: 'bad-request', status })
  })

  test('an error of ours says nothing of its inside', async () => {
    const broken = await openHttpDoor({
      needs: {
        sip: {
          ready() {
            throw new Error('secret detail')
          },
          port: () => 0,
        },
      },
    })
    const answer = await broken.app.inject('/healthz')
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('secret detail')
    expect(answer.json()).toMatchObject({ code: 'internal' })
    await broken.end()
  })
})

describe('for those who watch', () => {
  test('health is 200 while phones can sign in, else 503 with the reason', async () => {
    expect((await door.app.inject('/healthz')).statusCode).toBe(200)
    readiness = { ready: false, reason: 'bindings are being loaded' }
    const answer = await door.app.inject('/healthz')
    readiness = { ready: true, reason: '' }
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'not-ready', detail: 'bindings are being loaded' })
  })

  test('metrics hold ours and those of other parts, and no customer', async () => {
    await door.app.inject({ url: '/api/lines/05011110001', headers: await door.cookieOf('accountA') })
    const { body } = await door.app.inject('/metrics')
    expect(body).toContain('route="/api/lines/:number"')
    expect(body).toContain('regista_sip_up 1')
    expect(body).toMatch(/regista_portal_sign_ins_total\{as="account",result="accepted"\} [1-9]/)
    expect(body).not.toContain('05011110001')
  })

  test('the API describes itself', async () => {
    const api = (await door.app.inject('/api/openapi.json')).json<{ openapi: string; paths: Record<string, object> }>()
    expect(api.openapi).toBe('3.1.0')
    expect(Object.keys(api.paths).sort()).toEqual([
      '/api/about',
      '/api/bans',
      '/api/bans/{id}',
      '/api/circles',
      '/api/circles/{number}/lines',
      '/api/lines/{number}',
      '/api/lines/{number}/check',
      '/api/lines/{number}/history',
      '/api/me',
      '/api/sign-in',
      '/api/sign-out',
      '/api/status-stream',
      '/healthz',
      '/metrics',
      '/sip',
    ])
  })
})

describe('listening', () => {
  test('a port in use is told in one sentence', async () => {
    const { port } = await door.listen()
    const second = await openHttpDoor({ config: { httpPort: port } })
    await expect(second.listen()).rejects.toThrow(`The portal's address 127.0.0.1:${port} is in use by another program`)
    await second.end()
  })

  test('a certificate that cannot be read is told in one sentence', async () => {
    const opening = openHttpDoor({ config: { httpsCert: '/nowhere/cert.pem', httpsKey: '/nowhere/key.pem' } })
    await expect(opening).rejects.toThrow('The file /nowhere/cert.pem of REGISTA_HTTPS_CERT cannot be read (ENOENT).')
  })

  test('sessions that cannot be removed are told to the operator, and the server lives on', async () => {
    const told: string[] = []
    const sessions = new MemorySessions()
    sessions.removeExpired = () => Promise.reject(new Error('the disk is full'))
    const log = { ...silentLog, error: (_: object, sentence: string) => told.push(sentence) }
    const other = await openHttpDoor({ needs: { sessions, log } })
    other.clock.advance(3_600_000)
    expect((await other.app.inject('/healthz')).statusCode).toBe(200)
    expect(told).toEqual(['Sessions that are over could not be removed; it is tried again in an hour'])
    await other.end()
  })

  test('closing ends a connection that sent half a request', async () => {
    const other = await openHttpDoor()
    const { port } = await other.listen()
    const socket = connect(port, '127.0.0.1')
    const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => {}))
    await new Promise<void>((resolve) => socket.write('GET /api/about HTTP/1.1\r\nHo', () => resolve()))
    await fetch(`http://127.0.0.1:${port}/healthz`)
    const closing = other.close()
    other.clock.advance(1000)
    await Promise.all([closing, gone])
    await other.end()
  })
})

describe('the control socket', () => {
  let other: HttpDoor
  const caughtUp: number[] = []
  let path: string
  beforeAll(async () => {
    const socketPath = `/tmp/door-${process.pid}.sock`
    writeFileSync(socketPath, 'left by a server that was killed')
    path = socketPath
    const control = { socketPath, caughtUp: async (seq: number) => void caughtUp.push(seq) }
    other = await openHttpDoor({ needs: { control } })
    await other.listen()
  })
  afterAll(() => other.end())

  function ask(url: string): Promise<{ status: number | undefined; body: unknown }> {
    return new Promise((resolve, reject) => {
      const asked = request({ socketPath: path, path: url }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        answer.on('end', () => resolve({ status: answer.statusCode, body: JSON.parse(text) }))
      })
      asked.on('error', reject).end()
    })
  }

  test('is for its owner alone, and stands where a dead server left its own', () => {
    expect(statSync(path).isSocket()).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('waits until the server has caught up', async () => {
    expect(await ask('/control/caught-up?seq=17')).toEqual({ status: 200, body: { seq: 17 } })
    expect(caughtUp).toEqual([17])
    expect((await ask('/control/caught-up?seq=soon')).status).toBe(400)
  })

  test('tells the status of all lines, or of one circle’s', async () => {
    await other.bind('05022220001')
    const one = await ask('/control/line-status?circle=0322222222')
    expect(one.body).toEqual([
      { number: '05022220001', sign: 'registered', state: 'registered', cause: null },
      { number: '05022220002', sign: 'unregistered', state: 'never', cause: 'never-connected' },
    ])
    expect((await ask('/control/line-status')).body).toHaveLength(8)
    expect((await ask('/control/line-status?circle=0399999999')).status).toBe(404)
  })

  test('is not reached through the portal’s port', async () => {
    expect((await other.app.inject('/control/line-status')).statusCode).toBe(404)
  })
})

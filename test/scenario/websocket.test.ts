/** SIP over WebSocket (RFC 7118) on the whole program: on the portal's port and on ports of its own, plain and secure. */
import { once } from 'node:events'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import WebSocket, { type ClientOptions } from 'ws'
import { CertificateMaker } from '../support/certificates.ts'
import { type Customer, openCustomer, shown } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { signInWithJsSip } from '../support/jssip-phone.ts'
import { describeWith } from '../support/needs.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { openWebSocketWire } from '../support/sip-wire.ts'
import { WirePhone } from '../support/wire-phone.ts'

let program: Program
let customer: Customer

beforeAll(async () => {
  program = await openProgram({
    environment: { REGISTA_WS_PORT: '0', REGISTA_WS_ORIGINS: 'https://phone.example.jp', REGISTA_PORTAL_URL: 'https://portal.example.jp' },
  })
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

const doors: Readonly<Record<string, () => string>> = {
  'the path /sip of the portal': () => `${program.url.replace('http', 'ws')}/sip`,
  'the port of its own': () => `ws://127.0.0.1:${program.wsPort}/`,
}

/** The status of the handshake's answer, and the subprotocol that was agreed. */
async function handshake(
  url: string,
  protocols: string[],
  options: ClientOptions = {},
): Promise<{ status: number; agreed: string; extensions: string }> {
  const websocket = new WebSocket(url, protocols, options)
  websocket.on('error', () => {})
  onTestFinished(() => websocket.terminate())
  return new Promise((resolve) => {
    websocket.on('unexpected-response', (_request, response) => resolve({ status: response.statusCode ?? 0, agreed: '', extensions: '' }))
    websocket.on('open', () => resolve({ status: 101, agreed: websocket.protocol, extensions: websocket.extensions }))
  })
}

async function phoneAt(url: string, login: Awaited<ReturnType<Customer['addLine']>>, options: ClientOptions = {}): Promise<WirePhone> {
  const wire = await openWebSocketWire(url, options)
  onTestFinished(() => wire.close())
  return new WirePhone(wire, login)
}

describe.each(Object.entries(doors))('over WebSocket on %s', (_door, url) => {
  test('trap 54: the subprotocol sip must be offered, and is agreed; nothing is compressed', async () => {
    expect(await handshake(url(), ['sip'])).toEqual({ status: 101, agreed: 'sip', extensions: '' })
    expect(await handshake(url(), ['chat', 'sip'])).toMatchObject({ status: 101, agreed: 'sip' })
    expect(await handshake(url(), ['chat'])).toMatchObject({ status: 400 })
    expect(await handshake(url(), [])).toMatchObject({ status: 400 })
  })

  test('who is refused and never ends its side is let go of all the same', async () => {
    const { hostname, port } = new URL(url())
    const peer = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    onTestFinished(() => void peer.destroy())
    peer.resume()
    const ended = once(peer, 'end')
    const reset = once(peer, 'error').catch((error: unknown) => [error])
    const rows = ['Connection: Upgrade', 'Upgrade: websocket', 'Origin: https://evil.example', 'Sec-WebSocket-Version: 13']
    peer.write(`GET /sip HTTP/1.1\r\nHost: a\r\n${rows.join('\r\n')}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`)
    await ended
    // A socket that is still open at the other end would swallow this.
    const knocking = setInterval(() => peer.write('anybody?'), 20)
    onTestFinished(() => clearInterval(knocking))
    const [error] = (await reset) as [NodeJS.ErrnoException]
    expect(['ECONNRESET', 'EPIPE']).toContain(error.code)
  })

  test('trap 54: pages of strangers may not come in; the portal’s, our own host’s and those that are named may', async () => {
    const status = async (origin: string) => (await handshake(url(), ['sip'], { origin })).status
    expect(await status('https://evil.example')).toBe(403)
    expect(await status('null')).toBe(403)
    expect(await status('https://portal.example.jp.evil.example')).toBe(403)
    expect(await status('https://portal.example.jp')).toBe(101)
    expect(await status('https://phone.example.jp')).toBe(101)
    expect(await status(new URL(url()).origin.replace('ws:', 'http:'))).toBe(101)
  })

  test('trap 54: a browser phone with a made-up host signs in; its line says ws, and the answer has no rport that was not asked for', async () => {
    const line = await customer.addLine()
    const phone = await phoneAt(url(), line)
    await phone.fetchChallenge()
    const via = 'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bKwithoutrport'
    const answer = await phone.register({ via })
    expect(answer.status).toBe(200)
    expect(answer.first('Via')).toBe(`${via};received=127.0.0.1`)
    const on = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(shown(on)).toEqual({ sign: 'registered', cause: null })
    expect(on.detail.contacts).toEqual([
      expect.objectContaining({
        transport: 'ws',
        uri: expect.stringContaining('.invalid'),
        received: expect.stringContaining('127.0.0.1'),
      }),
    ])
  })

  test('trap 44: one message a frame; it needs no Content-Length, and may come as text or bytes', async () => {
    const phone = await phoneAt(url(), await customer.addLine())
    const without = () => phone.request().replace('Content-Length: 0\r\n', '')
    expect((await phone.exchange(without())).status).toBe(401)
    phone.wire.send(Buffer.from(without()))
    expect(await phone.wire.next()).toMatch(/^SIP\/2.0 401 /)
  })

  test('trap 37: a double CRLF is answered by one, and what else keeps alive is no message', async () => {
    const wire = await openWebSocketWire(url())
    onTestFinished(() => wire.close())
    wire.send('\r\n\r\n')
    expect(await wire.next()).toBe('\r\n')
    wire.send(Buffer.alloc(4))
    wire.send('jaK')
    wire.send('')
    expect(await wire.next(300)).toBeUndefined()
    expect(wire.closed).toBe(false)
  })

  test.each([
    ['*', 400],
    ['None', 400],
    ['', 400],
    ['<sip:', 400],
    [',,,', 400],
  ])('trap 55: Contact: %s is refused, and the server goes on', async (contact, status) => {
    const phone = await phoneAt(url(), await customer.addLine())
    await phone.fetchChallenge()
    expect((await phone.register({ contacts: [contact] })).status).toBe(status)
    expect((await phone.register()).status).toBe(200)
  })

  test('a message larger than any may be ends the connection', async () => {
    const wire = await openWebSocketWire(url())
    onTestFinished(() => wire.close())
    wire.send('x'.repeat(70_000))
    expect(await eventually(() => wire.closed, Boolean)).toBe(true)
  })

  test('JsSIP signs in and off', async () => {
    const line = await customer.addLine()
    const ua = await signInWithJsSip(url(), line)
    const on = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(on.detail.contacts).toEqual([expect.objectContaining({ transport: 'ws', userAgent: expect.stringContaining('JsSIP') })])
    ua.unregister()
    const off = await customer.lineWhen(line.number, ({ sign }) => sign === 'unregistered')
    expect(shown(off)).toEqual({ sign: 'unregistered', cause: 'signed-off' })
  })

  test('a hundred phones at once are all served, each with its own answer', async () => {
    const line = await customer.addLine()
    const phones = await Promise.all(Array.from({ length: 100 }, () => phoneAt(url(), line)))
    const answers = await Promise.all(phones.map((phone) => phone.exchange(phone.request())))
    expect(answers.map(({ status }) => status)).toEqual(phones.map(() => 401))
    expect(answers.map((answer) => answer.first('Call-ID'))).toEqual(phones.map(({ callId }) => callId))
  })

  test('an ordinary request is told what is spoken here', async () => {
    const answer = await fetch(url().replace('ws', 'http'))
    expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
  })
})

test('a WebSocket anywhere else on the portal is an ordinary request, and a wish for HTTP/2 is not heard', async () => {
  expect(await handshake(`${program.url.replace('http', 'ws')}/api/lines/1`, ['sip'])).toMatchObject({ status: 401 })
  expect(await handshake(`${program.url.replace('http', 'ws')}/api/nothing`, ['sip'])).toMatchObject({ status: 404 })
  const asked = request(`${program.url}/healthz`, { headers: { connection: 'upgrade', upgrade: 'h2c' } })
  asked.end()
  const [answer] = await once(asked, 'response')
  expect(answer.statusCode).toBe(200)
  answer.resume()
})

test('open WebSockets do not hold up the end of the program', async () => {
  const own = await openProgram({ environment: { REGISTA_WS_PORT: '0' } })
  onTestFinished(() => own.end())
  for (const url of [`${own.url.replace('http', 'ws')}/sip`, `ws://127.0.0.1:${own.wsPort}/`]) {
    const wire = await openWebSocketWire(url)
    onTestFinished(() => wire.close())
  }
  const since = performance.now()
  expect(await own.stop()).toBe(0)
  expect(performance.now() - since).toBeLessThan(5000)
})

test('behind a trusted proxy a phone is where the proxy says, and secure if the proxy is', async () => {
  const own = await openProgram({ environment: { REGISTA_TRUSTED_PROXIES: '127.0.0.1' } })
  onTestFinished(() => own.end())
  const one = await openCustomer(own)
  onTestFinished(() => one.close())
  const line = await one.addLine()
  const headers = { 'x-forwarded-for': '203.0.113.77', 'x-forwarded-proto': 'https' }
  const phone = await phoneAt(`${own.url.replace('http', 'ws')}/sip`, line, { headers })
  const answer = await phone.register()
  expect(answer.status).toBe(200)
  expect(answer.first('Via')).toContain('received=203.0.113.77')
  const on = await one.lineWhen(line.number, ({ sign }) => sign === 'registered')
  expect(on.detail.contacts).toEqual([expect.objectContaining({ transport: 'wss', received: expect.stringContaining('203.0.113.77') })])
})

test('forwarded addresses of strangers do not count', async () => {
  const line = await customer.addLine()
  const phone = await phoneAt(`${program.url.replace('http', 'ws')}/sip`, line, { headers: { 'x-forwarded-for': '203.0.113.77' } })
  expect((await phone.register()).first('Via')).toContain('received=127.0.0.1')
})

describeWith(['openssl'], 'secure WebSocket', () => {
  test('on the port of its own: a phone signs in, and its line says wss', async () => {
    const { cert, key } = new CertificateMaker().make('server', 'localhost', 'rsa:2048')
    const secure = await openProgram({ environment: { REGISTA_WS_PORT: '0', REGISTA_TLS_CERT: cert, REGISTA_TLS_KEY: key } })
    onTestFinished(() => secure.end())
    const one = await openCustomer(secure)
    onTestFinished(() => one.close())
    const line = await one.addLine()
    await signInWithJsSip(`wss://127.0.0.1:${secure.wsPort}/`, line)
    const on = await one.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(on.detail.contacts).toEqual([expect.objectContaining({ transport: 'wss', uri: expect.stringContaining('transport=ws') })])
    // Plain WebSocket is not spoken there then.
    await expect(openWebSocketWire(`ws://127.0.0.1:${secure.wsPort}/`)).rejects.toThrow()
  })

  test('on the portal’s port, where that speaks HTTPS', async () => {
    const { cert, key } = new CertificateMaker().make('server', 'localhost')
    const secure = await openProgram({ environment: { REGISTA_HTTPS_CERT: cert, REGISTA_HTTPS_KEY: key } })
    onTestFinished(() => secure.end())
    const one = await openCustomer(secure)
    onTestFinished(() => one.close())
    const line = await one.addLine()
    await signInWithJsSip(`${secure.url.replace('https', 'wss')}/sip`, line)
    const status = () => secure.cli<{ number: string; sign: string }[]>(['line', 'status'])
    expect(await eventually(status, ([first]) => first?.sign === 'registered')).toEqual([
      expect.objectContaining({ number: line.number, sign: 'registered' }),
    ])
  })
})

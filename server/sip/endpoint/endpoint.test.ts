import { describe, expect, test } from 'vitest'
import { phoneFlow } from '../../../test/support/open-registrar.ts'
import { registerText } from '../../../test/support/register-request.ts'
import { ProvenRing } from '../transaction/proven-ring.ts'
import { RequestHasher } from '../transaction/request-hash.ts'
import type { Flow } from '../transport/flow.ts'
import { type Answer, Endpoint, type EndpointNeeds, type Handler, optionsHandler } from './endpoint.ts'

function open(handler: Handler = (_request, _flow, _now, answer) => answer(ok), more: Partial<EndpointNeeds> = {}) {
  const sent: { text: string; flow: Flow }[] = []
  let handled = 0
  const endpoint = new Endpoint({
    ...more,
    handlers: new Map<string, Handler>([
      [
        'REGISTER',
        (...given) => {
          handled++
          handler(...given)
        },
      ],
      ['OPTIONS', optionsHandler('REGISTER, OPTIONS')],
    ]),
    ring: new ProvenRing(16),
    now: () => 1_800_000_000_000,
    hasher: new RequestHasher(Buffer.alloc(8, 3)),
    send: (message, flow) => sent.push({ text: typeof message === 'string' ? message : message.toString('latin1'), flow }),
  })
  return {
    endpoint,
    sent,
    handled: () => handled,
    datagram: (text: string, flow: Flow = phoneFlow) => endpoint.datagram(Buffer.from(text, 'latin1'), flow),
  }
}

const ok: Answer = { status: 200, reason: 'OK', headers: '', remember: true }
const tcpFlow: Flow = { ...phoneFlow, transport: 'tcp', connection: 3 }
const statusOf = (text: string | undefined) => text?.split('\r\n')[0]

function request(method: string, more: string[] = []): string {
  return [
    `${method} sip:sip.test SIP/2.0`,
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport',
    'From: <sip:a@sip.test>;tag=1',
    'To: <sip:a@sip.test>',
    'Call-ID: c',
    `CSeq: 1 ${method}`,
    ...more,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

describe('the endpoint', () => {
  test('trap 40: answers where the packet came from, with received and rport', () => {
    const { datagram, sent } = open()
    datagram(registerText())
    expect(sent[0]?.flow).toBe(phoneFlow)
    datagram(request('OPTIONS'))
    expect(sent[1]?.text).toContain('Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;rport=5060;received=192.0.2.10\r\n')
  })

  test('answers a repeated proven request from its transaction: the handler is not asked again', () => {
    const { datagram, sent, handled } = open()
    datagram(registerText())
    datagram(registerText())
    expect(handled()).toBe(1)
    expect(sent[1]?.text).toBe(sent[0]?.text)
  })

  test('keeps nothing of a request that proved nothing', () => {
    const { datagram, handled } = open((_request, _flow, _now, answer) => answer({ ...ok, status: 401, remember: false }))
    datagram(registerText())
    datagram(registerText())
    expect(handled()).toBe(2)
  })

  test('gives another address nothing of what a transaction holds', () => {
    const { datagram, handled } = open()
    datagram(registerText())
    datagram(registerText(), { ...phoneFlow, remotePort: 9999 })
    expect(handled()).toBe(2)
  })

  test('answers OPTIONS to anybody with what it takes', () => {
    const { datagram, sent } = open()
    datagram(request('OPTIONS'))
    expect(statusOf(sent[0]?.text)).toBe('SIP/2.0 200 OK')
    for (const row of ['Allow: REGISTER, OPTIONS', 'Accept: application/sdp', 'Supported: path, outbound, gruu'])
      expect(sent[0]?.text).toContain(`\r\n${row}\r\n`)
  })

  test.each([
    ['INVITE', 'SIP/2.0 405 Method Not Allowed'],
    ['SUBSCRIBE', 'SIP/2.0 489 Bad Event'],
    ['PUBLISH', 'SIP/2.0 489 Bad Event'],
    ['CANCEL', 'SIP/2.0 481 Call/Transaction Does Not Exist'],
    ['BYE', 'SIP/2.0 481 Call/Transaction Does Not Exist'],
    ['NOTIFY', 'SIP/2.0 481 Call/Transaction Does Not Exist'],
    ['MESSAGE', 'SIP/2.0 405 Method Not Allowed'],
    ['FROBNICATE', 'SIP/2.0 405 Method Not Allowed'],
    ['ACK', undefined],
  ])('answers %s with %s', (method, status) => {
    const { datagram, sent } = open()
    datagram(request(method))
    expect(statusOf(sent[0]?.text)).toBe(status)
  })

  test('tells with 489 which event packages there are', () => {
    const { datagram, sent } = open(undefined, { allowEvents: 'reg' })
    datagram(request('PUBLISH'))
    expect(sent[0]?.text).toContain('\r\nAllow-Events: reg\r\n')
  })

  test.each(['ACK', 'CANCEL'])('trap 57: never challenges %s, whatever it claims', (method) => {
    const { datagram, sent } = open()
    datagram(request(method, ['Authorization: Digest username="a", realm="sip.test", nonce="x", uri="y", response="z"']))
    expect(sent.some(({ text }) => /^SIP\/2\.0 40[17]/.test(text))).toBe(false)
  })

  test.each(['401 Unauthorized', '407 Proxy Authentication Required'])('trap 56: passes no %s on to anybody', (status) => {
    const { datagram, sent } = open()
    const challenge = 'WWW-Authenticate: Digest realm="sip.test", nonce="x"'
    datagram(request('INVITE', [challenge]).replace(/^INVITE .*\r\n/, `SIP/2.0 ${status}\r\n`))
    expect(sent).toEqual([])
  })

  test('trap 58: takes a call from nobody, be the sender registered or not, and says what it takes', () => {
    const { datagram, sent } = open()
    datagram(registerText())
    datagram(request('INVITE'))
    expect(sent.map(({ text }) => statusOf(text))).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 405 Method Not Allowed'])
    expect(sent[1]?.text).toContain('\r\nAllow: REGISTER, OPTIONS\r\n')
  })

  test('trap 59: sends credentials to nobody: not back to their sender, and to no one else', () => {
    const { datagram, sent } = open()
    const secret = 'response="0123456789abcdef"'
    for (const method of ['REGISTER', 'OPTIONS', 'INVITE', 'MESSAGE', 'CANCEL'])
      datagram(request(method, [`Authorization: Digest ${secret}`, `Proxy-Authorization: Digest ${secret}`]))
    expect(sent).toHaveLength(5)
    expect(sent.every(({ text, flow }) => flow === phoneFlow && !text.includes('0123456789abcdef'))).toBe(true)
  })

  test('answers a request that is broken where it can tell whose it is', () => {
    const { datagram, sent } = open()
    datagram(registerText().replace('CSeq: 1 REGISTER', 'CSeq: 1 INVITE'))
    expect(statusOf(sent[0]?.text)).toBe('SIP/2.0 400 Bad Request')
  })

  test.each(['', '\r\n\r\n', '\0\0\0\0', 'jaK', 'no sip at all', 'SIP/2.0 200 OK\r\n\r\n'])(
    'trap 37: says nothing to %j on UDP',
    (text) => {
      const { datagram, sent } = open()
      datagram(text)
      expect(sent).toEqual([])
    },
  )

  test('trap 37: answers STUN on UDP, wherever it lies in what was read, and shows it to no parser', () => {
    const { endpoint, sent } = open()
    const request = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex')
    endpoint.datagram(Buffer.concat([Buffer.from('REGISTER'), request, Buffer.from('x')]), phoneFlow, 8, request.length)
    expect(sent.map(({ text, flow }) => [text.length, flow])).toEqual([[32, phoneFlow]])
    expect(endpoint.numbers).toMatchObject({ keepalives: 1, stun: 1, unreadable: 0, requests: 0 })
  })

  test('trap 37: answers a ping on a stream with one CRLF, none on UDP', () => {
    const { endpoint, sent } = open()
    endpoint.received({ kind: 'keepalive', what: 'ping' }, tcpFlow)
    endpoint.received({ kind: 'keepalive', what: 'ping' }, phoneFlow)
    expect(sent).toEqual([{ text: '\r\n', flow: tcpFlow }])
  })
})

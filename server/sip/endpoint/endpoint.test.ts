import { describe, expect, test } from 'vitest'
import { phoneFlow } from '../../../test/support/open-registrar.ts'
import { registerText } from '../../../test/support/register-request.ts'
import { ProvenRing } from '../transaction/proven-ring.ts'
import type { Flow } from '../transport/flow.ts'
import { type Answer, Endpoint, type Handler, optionsHandler } from './endpoint.ts'

function open(handler: Handler = (_request, _flow, _now, answer) => answer(ok)) {
  const sent: { text: string; flow: Flow }[] = []
  let handled = 0
  const endpoint = new Endpoint({
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
    toTag: () => 'totag',
    send: (bytes, flow) => sent.push({ text: bytes.toString('latin1'), flow }),
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
  test('answers where the packet came from, with received and rport', () => {
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
    expect(sent[0]?.text).toContain('\r\nAllow: REGISTER, OPTIONS\r\n')
  })

  test.each([
    ['INVITE', 'SIP/2.0 405 Method Not Allowed'],
    ['SUBSCRIBE', 'SIP/2.0 489 Bad Event'],
    ['CANCEL', 'SIP/2.0 481 Call/Transaction Does Not Exist'],
    ['ACK', undefined],
  ])('answers %s with %s', (method, status) => {
    const { datagram, sent } = open()
    datagram(request(method))
    expect(statusOf(sent[0]?.text)).toBe(status)
  })

  test('answers a request that is broken where it can tell whose it is', () => {
    const { datagram, sent } = open()
    datagram(registerText().replace('CSeq: 1 REGISTER', 'CSeq: 1 INVITE'))
    expect(statusOf(sent[0]?.text)).toBe('SIP/2.0 400 Bad Request')
  })

  test.each(['', '\r\n\r\n', '\0\0\0\0', 'jaK', 'no sip at all', 'SIP/2.0 200 OK\r\n\r\n'])('says nothing to %j on UDP', (text) => {
    const { datagram, sent } = open()
    datagram(text)
    expect(sent).toEqual([])
  })

  test('answers a ping on a stream with one CRLF, none on UDP', () => {
    const { endpoint, sent } = open()
    endpoint.received({ kind: 'keepalive', what: 'ping' }, tcpFlow)
    endpoint.received({ kind: 'keepalive', what: 'ping' }, phoneFlow)
    expect(sent).toEqual([{ text: '\r\n', flow: tcpFlow }])
  })
})

import { describe, expect, test } from 'vitest'
import type { SipResponse } from '../message/message.ts'
import { parseDatagram } from '../message/parse.ts'
import type { Flow } from '../transport/flow.ts'
import { type AskAnswer, type Question, Requester } from './requester.ts'
import { TimerWheel, tickMs } from './timer-wheel.ts'

const udp: Flow = { transport: 'udp', remoteIp: '192.0.2.7', remotePort: 5062, connection: 0, local: 0 }
const tcp: Flow = { ...udp, transport: 'tcp', connection: 9 }
const options: Question = {
  method: 'OPTIONS',
  uri: 'sip:1001@10.0.0.7:5060;line=a',
  from: '<sip:sip.test>',
  to: '<sip:1001@10.0.0.7:5060;line=a>',
  callId: 'c1',
  cseq: 7,
  headers: 'Accept: application/sdp\r\n',
}

function open(most?: number) {
  let now = 1_800_000_000_000
  const wheel = new TimerWheel(now)
  const sent: { text: string; flow: Flow }[] = []
  const answers: AskAnswer[] = []
  let drawn = 0
  const requester = new Requester({
    wheel,
    now: () => now,
    monotonic: () => now,
    random: (count) => Buffer.alloc(count, ++drawn),
    sentBy: () => '203.0.113.1:5060',
    send: (text, flow) => sent.push({ text, flow }),
    ...(most === undefined ? {} : { most }),
  })
  const world = {
    requester,
    wheel,
    sent,
    answers,
    ask: (question: Partial<Question> = {}, flow: Flow = udp) =>
      requester.ask({ ...options, ...question }, flow, (answer) => answers.push(answer)),
    pass(ms: number) {
      for (let until = now + ms; now < until; ) {
        now = Math.min(until, now + tickMs)
        wheel.advance(now)
      }
    },
    /** The answer of the phone to the newest request, with changes to its text. */
    answer(status: number, flow: Flow = udp, change: (text: string) => string = (text) => text) {
      const rows = (sent.at(-1)?.text ?? '').split('\r\n').filter((row) => /^(Via|From|To|Call-ID|CSeq):/.test(row))
      const text = change(`SIP/2.0 ${status} Whatever\r\n${rows.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`)
      requester.answered(parseDatagram(Buffer.from(text, 'latin1'), text.length) as SipResponse, flow)
    },
  }
  return world
}

describe('a request of ours', () => {
  test('is a whole SIP request with a branch of its own, sent on the flow', () => {
    const { ask, sent } = open()
    ask({ body: 'ab\xff', contentType: 'text/plain' })
    expect(sent).toEqual([
      {
        flow: udp,
        text:
          'OPTIONS sip:1001@10.0.0.7:5060;line=a SIP/2.0\r\n' +
          `Via: SIP/2.0/UDP 203.0.113.1:5060;branch=z9hG4bK1.${'01'.repeat(12)};rport\r\n` +
          'Max-Forwards: 70\r\n' +
          `From: <sip:sip.test>;tag=${'02'.repeat(8)}\r\n` +
          'To: <sip:1001@10.0.0.7:5060;line=a>\r\n' +
          'Call-ID: c1\r\nCSeq: 7 OPTIONS\r\nAccept: application/sdp\r\n' +
          'Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nab\xff',
      },
    ])
  })

  test('keeps the tag that From has, and names the transport of its flow', () => {
    const { ask, sent } = open()
    ask({ method: 'NOTIFY', from: '<sip:1001@sip.test>;tag=dialog' }, { ...tcp, transport: 'wss' })
    expect(sent[0]?.text).toContain('From: <sip:1001@sip.test>;tag=dialog\r\n')
    expect(sent[0]?.text).toContain('Via: SIP/2.0/WSS ')
  })

  test.each([200, 404, 405, 501])('is answered by a %i, with the ms that it took', (status) => {
    const { ask, answer, answers, pass } = open()
    ask()
    pass(130)
    answer(100)
    answer(status)
    answer(status)
    expect(answers).toEqual([{ status, ms: 130 }])
  })

  test('that nobody answers is sent again over UDP, and told as a timeout after 32 s', () => {
    const { ask, sent, pass, answers, requester, wheel } = open()
    ask()
    pass(31_900)
    expect([sent.length, answers]).toEqual([11, []])
    expect(new Set(sent.map((one) => one.text)).size).toBe(1)
    pass(400)
    expect(answers).toEqual(['timeout'])
    expect([requester.size, wheel.size]).toEqual([0, 0])
  })

  test('leaves nothing behind when it is answered', () => {
    const { ask, answer, pass, requester, wheel, sent } = open()
    ask()
    answer(200)
    ask({}, tcp)
    answer(200, tcp)
    pass(40_000)
    expect([requester.size, wheel.size, sent.length]).toEqual([0, 0, 2])
  })

  test.each<[string, Flow, (text: string) => string]>([
    ['from another address', { ...udp, remoteIp: '192.0.2.8' }, (text) => text],
    ['from another port', { ...udp, remotePort: 5063 }, (text) => text],
    ['over another connection', tcp, (text) => text],
    ['with another branch', udp, (text) => text.replace(/\.01/, '.02')],
    ['with a branch that is not ours', udp, (text) => text.replace(/z9hG4bK[^;]*/, 'z9hG4bK1')],
    ['to another method', udp, (text) => text.replace('7 OPTIONS', '7 NOTIFY')],
    ['that passed through somebody else', udp, (text) => text.replace('Via:', 'Via: SIP/2.0/UDP x;branch=z9hG4bKx\r\nVia:')],
  ])('is not answered %s', (_, flow, change) => {
    const { ask, answer, answers, requester } = open()
    ask()
    answer(200, flow, change)
    expect(answers).toEqual([])
    expect(requester.numbers.stray).toBe(1)
    answer(200)
    expect(answers).toHaveLength(1)
  })

  test.each<[string, Partial<Question>]>([
    ['a line end', { uri: 'sip:a@b\r\nX: y' }],
    ['a blank in its URI', { uri: 'sip:a b@c' }],
    ['a line end in To', { to: '<sip:a@b>\nX: y' }],
    ['no URI', { uri: '' }],
  ])('is not sent with %s', (_, question) => {
    const { ask, sent, answers } = open()
    ask(question)
    expect([sent, answers]).toEqual([[], ['not-sent']])
  })

  test('is not sent while too many wait', () => {
    const { ask, answers, pass } = open(2)
    ask()
    ask()
    ask()
    expect(answers).toEqual(['not-sent'])
    pass(33_000)
    ask()
    expect(answers).toEqual(['not-sent', 'timeout', 'timeout'])
  })
})

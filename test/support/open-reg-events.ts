/** Event package reg on a registrar without sockets: SUBSCRIBEs go in as text, NOTIFYs come out as values that a test answers. */
import { type RegEventNeeds, RegEvents, type SubscribeAnswer } from '../../server/reg-event/reg-events.ts'
import type { Notify } from '../../server/reg-event/subscription.ts'
import type { NotifyAnswer } from '../../server/reg-event/subscriptions.ts'
import type { Refusal } from '../../server/registrar/prove.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import { openRegistrar, phoneFlow, type TestLine } from './open-registrar.ts'
import { authorization, type DigestWish } from './register-request.ts'

export interface SubscribeWish {
  /** Whose: user of Request-URI, To and From. */
  user?: string
  domain?: string
  callId?: string
  cseq?: number
  fromTag?: string
  toTag?: string
  contact?: string
  /** '' leaves it out. */
  expires?: number | ''
  event?: string
  rows?: string[]
  digest?: DigestWish
}

export interface SentNotify {
  notify: Notify
  flow: Flow
  answer(answer: NotifyAnswer): void
}

export function openRegEvents(lines: readonly TestLine[], more: Partial<Pick<RegEventNeeds, 'most' | 'ask'>> = {}) {
  const world = openRegistrar(lines)
  const sent: SentNotify[] = []
  const refused: Refusal[] = []
  /** What happened, in order. */
  const order: string[] = []
  let random = 0
  const events = new RegEvents({
    registrar: world.registrar,
    domains: new Set(['sip.test']),
    answers: { nonces: world.nonces, realm: 'sip.test' },
    wheel: world.wheel,
    now: world.now,
    random: (count) => Buffer.alloc(count, ++random),
    contact: ({ transport }) => `<sip:192.0.2.1:5060;transport=${transport}>`,
    ask(notify, flow, done) {
      order.push(`NOTIFY ${notify.cseq}`)
      sent.push({ notify, flow, answer: done })
    },
    refused: (refusal) => refused.push(refusal),
    proven: () => {},
    ...more,
  })
  let nonce = ''
  let count = 0
  let cseq = 0
  const tell = () => events.changed(world.told.splice(0), world.now())
  const opened = {
    world,
    events,
    sent,
    refused,
    order,
    proof(over: Partial<DigestWish> = {}): DigestWish {
      if (nonce === '') nonce = world.nonce()
      count++
      return { password: 'pw', nonce, nc: count, ...over }
    },
    /** Sends one; its answer. */
    send(wish: SubscribeWish, flow: Flow = phoneFlow): SubscribeAnswer {
      let answer: SubscribeAnswer | undefined
      const bytes = Buffer.from(subscribeText({ cseq: ++cseq, ...wish }), 'latin1')
      const message = parseDatagram(bytes, bytes.length)
      if (message.kind !== 'request') throw new Error('the test wrote no request')
      events.subscribe(message, flow, world.now(), (one) => {
        order.push(`${one.status}`)
        answer = one
      })
      if (answer === undefined) throw new Error('no answer in this turn')
      return answer
    },
    /** The same with the right digest of the user. */
    subscribe(wish: SubscribeWish = {}, flow: Flow = phoneFlow): SubscribeAnswer {
      return opened.send({ ...wish, digest: { ...opened.proof(), method: 'SUBSCRIBE', ...wish.digest } }, flow)
    },
    /** A REGISTER with the right digest; what it changed is told as the wiring does. */
    register(uri: string, expires = 600, callId = uri): void {
      const rows = [`Contact: <${uri}>`, `Expires: ${expires}`]
      const outcome = world.send({ rows, callId, cseq: ++cseq, branch: `z9hG4bKr${cseq}`, digest: opened.proof() })
      if (outcome?.kind !== 'registered') throw new Error(`REGISTER ended as ${outcome?.kind}`)
      events.changed(outcome.changes, world.now())
    },
    /** Lets time pass a second at a time; `reply` answers each NOTIFY as it goes out. */
    pass(seconds: number, reply?: NotifyAnswer): void {
      for (let left = seconds; left > 0; left -= 1) {
        world.pass(Math.min(left, 1) * 1000)
        tell()
        if (reply !== undefined) opened.answerAll(reply)
      }
    },
    /** Answers what was sent since the last time; gives it. */
    answerAll(answer: NotifyAnswer = { status: 200 }): SentNotify[] {
      const waiting = sent.splice(0)
      for (const one of waiting) one.answer(answer)
      return waiting
    },
    held: () =>
      world.registrar.held
        .of(1)
        .bindings.map(({ uri }) => uri)
        .sort(),
  }
  return opened
}

function subscribeText(wish: SubscribeWish): string {
  const { user = '1001', domain = 'sip.test', callId = 'watch@phone', cseq = 1, fromTag = 'f', toTag, expires = 600 } = wish
  const address = `<sip:${user}@${domain}>`
  return [
    `SUBSCRIBE sip:${user}@${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKs${cseq};rport`,
    'Max-Forwards: 70',
    `From: ${address};tag=${fromTag}`,
    `To: ${address}${toTag === undefined ? '' : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} SUBSCRIBE`,
    `Contact: ${wish.contact ?? '<sip:1001@192.0.2.10:5060>'}`,
    `Event: ${wish.event ?? 'reg'}`,
    ...(expires === '' ? [] : [`Expires: ${expires}`]),
    ...(wish.rows ?? []),
    ...(wish.digest === undefined ? [] : [`Authorization: ${authorization(wish.digest, wish.digest.username ?? user, 'sip.test')}`]),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

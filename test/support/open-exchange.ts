/** A registrar behind an endpoint, without sockets: what a phone writes goes in as text, and what it would read comes out. */
import { isProven } from '../../server/registrar/outcome.ts'
import { type ReplyNeeds, replyTo } from '../../server/registrar/reply.ts'
import { Endpoint, type Handler, optionsHandler } from '../../server/sip/endpoint/endpoint.ts'
import { ProvenRing } from '../../server/sip/transaction/proven-ring.ts'
import { RequestHasher } from '../../server/sip/transaction/request-hash.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import { memoryBindings } from '../../server/storage/memory/bindings.ts'
import { openRegistrar, phoneFlow, type TestLine, type TestRules } from './open-registrar.ts'
import { type DigestWish, type RegisterWish, registerText } from './register-request.ts'
import { readAnswer, type SipAnswer } from './wire-phone.ts'

export const password = 'a password'

export interface ExchangeOptions {
  lines?: readonly TestLine[]
  rules?: TestRules
  answers?: Partial<Pick<ReplyNeeds, 'serviceRoute' | 'flowTimer'>>
}

export function openExchange({ lines = [{ username: '1001', password }], rules = {}, answers = {} }: ExchangeOptions = {}) {
  const store = memoryBindings()
  let commits = 0
  const world = openRegistrar(
    lines,
    {
      ...store,
      commit(batch, done) {
        commits++
        store.commit(batch, done)
      },
    },
    rules,
  )
  let came: string[] = []
  const register: Handler = (request, flow, now, answer) =>
    world.registrar.register(request, flow, now, (outcome) => {
      const { nonces, gruus } = world
      const reply = replyTo(outcome, now, flow.remoteIp, { nonces, gruus, realm: 'sip.test', ...answers })
      answer({ status: reply.status, reason: reply.reason, headers: reply.headers, keep: reply.keep, remember: isProven(outcome) })
    })
  const endpoint = new Endpoint({
    handlers: new Map<string, Handler>([
      ['REGISTER', register],
      ['OPTIONS', optionsHandler('REGISTER, OPTIONS')],
    ]),
    ring: new ProvenRing(64),
    now: world.now,
    hasher: new RequestHasher(Buffer.alloc(16, 5)),
    send: (message) => came.push(typeof message === 'string' ? message : message.toString('latin1')),
  })
  let count = 0
  let nonce = ''
  const exchange = {
    world,
    /** How often something was stored. */
    commits: () => commits,
    /** Sends text; gives every answer to it. */
    send(text: string, flow: Flow = phoneFlow): SipAnswer[] {
      came = []
      endpoint.datagram(Buffer.from(text, 'latin1'), flow)
      world.endTurn()
      return came.map(readAnswer)
    },
    /** Sends text and reads the one answer. */
    ask(text: string, flow: Flow = phoneFlow): SipAnswer {
      const [answer, ...more] = exchange.send(text, flow)
      if (answer === undefined || more.length > 0) throw new Error(`${more.length + 1} answers to ${text}`)
      return answer
    },
    /** The right digest, each time with the next count of one nonce. */
    proof(over: Partial<DigestWish> = {}): DigestWish {
      if (nonce === '') nonce = world.nonce()
      count++
      return { password, nonce, nc: count, ...over }
    },
    /** A REGISTER with the right digest. */
    register(wish: Omit<RegisterWish, 'digest'> & { digest?: Partial<DigestWish> } = {}, flow: Flow = phoneFlow): SipAnswer {
      return exchange.ask(registerText({ ...wish, digest: exchange.proof(wish.digest) }), flow)
    },
    /** What line 1 holds. */
    held: () => world.registrar.held.of(1).bindings,
  }
  return exchange
}

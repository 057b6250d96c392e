/** The SIP side in one process, from the bytes of a socket to the store, on a clock that the fuzzer moves. */
import { isIPv4 } from 'node:net'
import type { Binding } from '../../server/registrar/binding.ts'
import type { BindingStore } from '../../server/registrar/binding-store.ts'
import { isProven, type Outcome } from '../../server/registrar/outcome.ts'
import { replyTo } from '../../server/registrar/reply.ts'
import { Endpoint, type Handler, optionsHandler } from '../../server/sip/endpoint/endpoint.ts'
import { FrameStream } from '../../server/sip/message/frame-stream.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'
import { ProvenRing } from '../../server/sip/transaction/proven-ring.ts'
import { RequestHasher } from '../../server/sip/transaction/request-hash.ts'
import { ipv4Number, ipv4Text } from '../../server/sip/transport/datagram-batch.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import { tellOutcome } from '../../server/status/fact-of-outcome.ts'
import type { Fact } from '../../server/status/facts.ts'
import { memoryBindings } from '../../server/storage/memory/bindings.ts'
import { openRegistrar } from '../support/open-registrar.ts'
import { password, provers } from './proof.ts'

export const maxContacts = 5

export interface EntryWorld {
  nonce(ip: string): string
  now(): number
  pass(ms: number): void
  /** One datagram from `flow`, and the end of its turn; gives the answers. */
  datagram(bytes: Buffer, flow: Flow): Buffer[]
  /** One message of a WebSocket. */
  webSocket(bytes: Buffer, flow: Flow): Buffer[]
  closed(connection: number): void
  /** Bytes on the stream of `flow`, in pieces; false in `open` when the server closed it. */
  stream(pieces: readonly Buffer[], flow: Flow): { answers: Buffer[]; open: boolean; framed: number }
  /** Answers that were given again to a repeated request. */
  repeated(): number
  /** Outcomes of the REGISTERs since the last call. */
  outcomes(): Outcome[]
  /** Every number that unproven requests must leave as it is. */
  marks(): string
  held(): Binding[]
  stored(): Binding[]
}

export function openEntryWorld(): EntryWorld {
  const memory = memoryBindings()
  let commits = 0
  const store: BindingStore = {
    ...memory,
    commit(batch, done, renewals) {
      commits++
      memory.commit(batch, done, renewals)
    },
  }
  const lines = [
    ...provers.map((username) => ({ username, password, maxContacts, strong: username === '1003' })),
    { username: '1009', password, open: false },
  ]
  const ring = new ProvenRing(256, 256 * 1024)
  const hasher = new RequestHasher(Buffer.alloc(16, 5))
  let answers: Buffer[] = []
  const world = openRegistrar(lines, store, {
    renewals: {
      key: Buffer.alloc(8, 6),
      hasher,
      lastRows: '',
      retryAfter: '',
      now: () => world.now(),
      ipOf: ipv4Text,
      isWatched: () => false,
      renewed: () => {},
      answered({ hashLow, hashHigh, bytes, start, end, at }) {
        ring.rememberBytes(hashLow, hashHigh, bytes, start, end, at)
        answers.push(Buffer.from(bytes.subarray(start, end)))
      },
    },
  })
  let outcomes: Outcome[] = []
  const facts: Fact[] = []
  const register: Handler = (request, flow, now, answer) =>
    world.registrar.register(request, flow, now, (outcome) => {
      outcomes.push(outcome)
      facts.length = 0
      tellOutcome(outcome, flow, now, facts)
      const reply = replyTo(outcome, now, flow.remoteIp, { nonces: world.nonces, realm: 'sip.test' })
      answer({ status: reply.status, reason: reply.reason, headers: reply.headers, remember: isProven(outcome) })
    })
  const endpoint = new Endpoint({
    handlers: new Map<string, Handler>([
      ['REGISTER', register],
      ['OPTIONS', optionsHandler('REGISTER, OPTIONS')],
    ]),
    ring,
    now: world.now,
    hasher,
    send: (bytes) => answers.push(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes),
  })
  const streams = new Map<number, FrameStream>()
  const given = () => {
    const out = answers
    answers = []
    return out
  }
  return {
    nonce: (ip) => world.nonce(ip),
    now: world.now,
    pass: (ms) => world.pass(ms),
    datagram(bytes, flow) {
      const { remoteIp, remotePort } = flow
      const known = isIPv4(remoteIp) && world.registrar.renewals?.take(bytes, 0, bytes.length, ipv4Number(remoteIp), remotePort, 0) === true
      if (!known) endpoint.datagram(bytes, flow)
      world.endTurn()
      return given()
    },
    webSocket(bytes, flow) {
      endpoint.received(parseDatagram(bytes, bytes.length), flow)
      world.endTurn()
      return given()
    },
    closed: (connection) => world.registrar.flowClosed(connection, world.now()),
    stream(pieces, flow) {
      const stream = streams.get(flow.connection) ?? new FrameStream()
      streams.set(flow.connection, stream)
      let framed = 0
      for (const piece of pieces) {
        for (const one of stream.push(piece)) {
          framed++
          endpoint.received(one, flow)
          if (one.kind !== 'parse-error' || !one.close) continue
          world.endTurn()
          streams.delete(flow.connection)
          return { answers: given(), open: false, framed }
        }
      }
      world.endTurn()
      return { answers: given(), open: true, framed }
    },
    repeated: () => endpoint.numbers.repeated,
    outcomes() {
      const out = outcomes
      outcomes = []
      return out
    },
    marks: () => `${world.registrar.held.size} lines, ${ring.size} answers, ${commits} commits, ${world.told.length} ends`,
    held: () => [...world.registrar.held.all()].flatMap((line) => [...line.bindings]),
    stored: () => [...memory.load(0)].flatMap((one) => (one.kind === 'live' ? [one.binding] : [])),
  }
}

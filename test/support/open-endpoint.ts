/** Everything between the sockets: bytes go in, the texts of the answers come out, on a clock that stands still. */

import type { BindingChange } from '../../server/registrar/binding.ts'
import type { BindingStore } from '../../server/registrar/binding-store.ts'
import { isProven } from '../../server/registrar/outcome.ts'
import { lastRowsOf, replyTo } from '../../server/registrar/reply.ts'
import { Endpoint } from '../../server/sip/endpoint/endpoint.ts'
import { ProvenRing } from '../../server/sip/transaction/proven-ring.ts'
import { RequestHasher } from '../../server/sip/transaction/request-hash.ts'
import { ipv4Number, ipv4Text } from '../../server/sip/transport/datagram-batch.ts'
import { openRegistrar, phoneFlow, type TestLine, type TestRules } from './open-registrar.ts'

export interface EndpointWish {
  /** Whether renewals are recognised. */
  recognises: boolean
  store?: BindingStore
  rules?: TestRules
  serviceRoute?: string
  isWatched?(lineId: number): boolean
}

export function openEndpoint(lines: readonly TestLine[], { recognises, store, rules, serviceRoute, isWatched }: EndpointWish) {
  const hasher = new RequestHasher(Buffer.alloc(8, 3))
  const ring = new ProvenRing(64, 64 * 1024)
  const answers: string[] = []
  /** What the portal would be told of renewals: line, binding, when and for how long. */
  const renewed: number[][] = []
  const replies = { realm: 'sip.test', ...(serviceRoute === undefined ? {} : { serviceRoute }) }
  const rows = lastRowsOf(replies)
  const renewals = {
    key: Buffer.alloc(8, 4),
    hasher,
    lastRows: rows.accepted,
    retryAfter: rows.notStored,
    now: () => world.now(),
    ipOf: ipv4Text,
    isWatched: isWatched ?? (() => false),
    renewed: (...numbers: number[]) => void renewed.push(numbers),
    answered(told: { hashLow: number; hashHigh: number; bytes: Buffer; start: number; end: number; at: number }) {
      ring.rememberBytes(told.hashLow, told.hashHigh, told.bytes, told.start, told.end, told.at)
      answers.push(told.bytes.toString('latin1', told.start, told.end))
    },
  }
  const world = openRegistrar(lines, store, { ...rules, ...(recognises ? { renewals } : {}) })
  const { registrar } = world
  const endpoint = new Endpoint({
    handlers: new Map([
      [
        'REGISTER',
        (request, flow, now, answer) =>
          registrar.register(request, flow, now, (outcome) => {
            if (outcome.kind === 'registered') outcome.changes.forEach(note)
            const { status, reason, headers, keep } = replyTo(outcome, now, flow.remoteIp, { ...replies, nonces: world.nonces })
            answer({ status, reason, headers, keep, remember: isProven(outcome) })
          }),
      ],
    ]),
    ring,
    now: world.now,
    hasher,
    send: (message) => void answers.push(message.toString('latin1')),
  })
  function note(change: BindingChange): void {
    const { binding } = change
    if (change.kind === 'renewed') renewed.push([binding.lineId, binding.id, binding.seenAt, binding.granted])
  }
  let taken = 0
  return {
    ...world,
    renewed,
    /** Datagrams that were recognised. */
    get taken() {
      return taken
    },
    /** Hands over one datagram without ending the turn. */
    hand(bytes: Buffer, ip = phoneFlow.remoteIp, port = phoneFlow.remotePort): void {
      // As in the memory of a batch: it does not begin where the buffer does.
      const place = Buffer.concat([Buffer.alloc(13), bytes])
      if (registrar.renewals?.take(place, 13, bytes.length, ipv4Number(ip), port, 0) === true) taken++
      else endpoint.datagram(place, { ...phoneFlow, remoteIp: ip, remotePort: port }, 13, bytes.length)
    },
    /** Ends the turn and gives the answers since the last one. */
    answers(): string[] {
      world.endTurn()
      return answers.splice(0)
    },
    /** All that the lines hold. */
    held() {
      return [...registrar.held.all()].map(({ lineId, bindings, lastEnded }) => ({
        lineId,
        bindings: bindings.map((binding) => ({ ...binding })),
        ended: lastEnded === null ? null : { ...lastEnded.binding, how: lastEnded.how },
      }))
    },
  }
}

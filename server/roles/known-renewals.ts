/** What of the SIP role the registrar needs to answer the renewals that it recognises. */
import type { KnownRenewalNeeds } from '../registrar/renewals/renewal-needs.ts'
import { lastRowsOf, type ReplyNeeds } from '../registrar/reply.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'
import type { ProvenRing } from '../sip/transaction/proven-ring.ts'
import type { RequestHasher } from '../sip/transaction/request-hash.ts'
import { ipv4Text } from '../sip/transport/datagram-batch.ts'
import type { FactSender } from './fact-sender.ts'
import type { SipListeners } from './sip-listeners.ts'

export interface RenewalParts {
  key: Buffer
  hasher: RequestHasher
  answers: Pick<ReplyNeeds, 'serviceRoute'>
  clock: Pick<SteadyClock, 'now'>
  ring: ProvenRing
  facts: FactSender
  /** Outcomes counted by kind. */
  outcomes: Record<string, number>
  isWatched(lineId: number): boolean
  listeners(): Pick<SipListeners, 'sendBytes'> | undefined
}

export function knownRenewals({
  key,
  hasher,
  answers,
  clock,
  ring,
  facts,
  outcomes,
  isWatched,
  listeners,
}: RenewalParts): KnownRenewalNeeds {
  const rows = lastRowsOf(answers)
  return {
    key,
    hasher,
    lastRows: rows.accepted,
    retryAfter: rows.notStored,
    now: () => clock.now(),
    ipOf: ipv4Text,
    isWatched,
    renewed: (lineId, bindingId, seenAt, granted) => facts.renewed(lineId, bindingId, seenAt, granted),
    answered({ stored, hashLow, hashHigh, bytes, start, end, address, port, local, at }) {
      const kind = stored ? 'registered' : 'not-stored'
      outcomes[kind] = (outcomes[kind] ?? 0) + 1
      ring.rememberBytes(hashLow, hashHigh, bytes, start, end, at)
      listeners()?.sendBytes(bytes, start, end, address, port, local)
    },
  }
}

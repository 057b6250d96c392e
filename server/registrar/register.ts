/**
 * One REGISTER from top to bottom, in the order of RFC 3261 §10.3. Reads memory only, waits for nothing, throws nothing:
 * whatever comes ends in one Outcome. Hot path: register.bench.ts.
 */
import { aorUser } from '../sip/message/address-of-record.ts'
import { readContacts } from '../sip/message/contact.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import type { SipRequest } from '../sip/message/message.ts'
import { readNameAddr } from '../sip/message/name-addr.ts'
import { unknownExtensions } from '../sip/message/option-tags.ts'
import { readUri } from '../sip/message/uri.ts'
import { readVia } from '../sip/message/via.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { Binding, BindingChange } from './binding.ts'
import { type BindingOrigin, decideBindings } from './decide-bindings.ts'
import type { Outcome } from './outcome.ts'
import { isOwnAddress, type OwnAddresses } from './own-address.ts'
import { attemptOf, mostUserAgent, type ProofNeeds, prove, useNonceCount } from './prove.ts'
import { greatestExpiry } from './reach/contact-host.ts'
import { repetitionOf } from './repetition.ts'
import { type ContactNeeds, featuresOf, wantedContacts } from './wanted-contacts.ts'

export interface RegistrarNeeds extends ProofNeeds, ContactNeeds {
  expiresMin: number
  expiresMax: number
  /** Greatest expiry of phones behind a NAT on UDP; 0: as for all. */
  natExpires: number
  /** As BindingRules has them. */
  strictCSeq: boolean
  isUnreachable(bindingId: number): boolean
  shorten(seconds: number, least: number): number
  shared(text: string): string
  nextId(): number
}

/** Judges one REGISTER; `now` in epoch ms. The caller stores the changes of `registered` before it answers. */
export function register(request: SipRequest, flow: Flow, now: number, use: RegistrarNeeds): Outcome {
  // Steps 2 and 5 as far as they need no proof: what cannot be read is refused before any work.
  if (request.has(HeaderId.Require)) {
    const missing = unknownExtensions(request.all(HeaderId.Require))
    if (missing !== '') return { kind: 'unsupported-extension', missing }
  }
  const looped = loopOf(request, flow.remoteIp, use)
  if (looped !== undefined) return looped
  const toAddress = readNameAddr(request.first(HeaderId.To) ?? '')
  const to = toAddress === undefined ? undefined : readUri(toAddress.uri)
  const toUser = to === undefined ? undefined : aorUser(to)
  if (to === undefined || toUser === undefined) return { kind: 'bad-request', why: 'Bad To' }
  const toDomain = 'host' in to ? to.host.toLowerCase() : use.realm
  const callId = request.first(HeaderId.CallId)
  const { cseq } = request
  if (callId === undefined || callId === '') return { kind: 'bad-request', why: 'Bad Call-ID' }

  // Step 3: proof.
  const proof = prove(request, flow, now, toUser, toDomain, use)
  if (proof.kind !== 'proven') return proof
  const { line, toLine, credentials, nonceId, count } = proof

  // A retransmission is answered before the nonce count is looked at: its count was used by itself.
  const rows = request.all(HeaderId.Contact)
  const contacts = rows.length === 0 ? [] : readContacts(rows)
  if (contacts === 'malformed') return { kind: 'bad-request', why: 'Bad Contact' }
  const held = use.held.ofLine(line)
  if (toLine === line) {
    const repetition = repetitionOf(held, { callId, cseq, nonceId, nonceCount: count }, contacts, now)
    if (repetition !== undefined) {
      const path = repetition.own > 0 ? (repetition.bindings[0]?.path ?? '') : ''
      const ofFlow = repetition.own > 0 && (repetition.bindings[0]?.regId ?? 0) > 0
      return { kind: 'retransmitted', line, ...repetition, features: featuresOf(request, path, ofFlow) }
    }
  }
  if (!useNonceCount(proof, held, flow.remoteIp, use)) return { kind: 'challenged', stale: true, strong: line.strong }

  // Steps 1, 4 and 5 that need the proof: may this user change this address-of-record?
  if (toDomain !== use.realm && !use.domains.has(toDomain)) {
    return { kind: 'wrong-domain', line, attempt: attemptOf(request, credentials, toUser, toDomain) }
  }
  if (toLine !== line) return { kind: 'not-your-line', line: toLine ?? line, attempt: attemptOf(request, credentials, toUser, toDomain) }
  if (!line.open) return { kind: 'line-closed', line, attempt: attemptOf(request, credentials, toUser, toDomain) }

  // Step 6 and 7. Told is only what is stored.
  if (contacts !== 'star' && contacts.length === 0) {
    return { kind: 'queried', line, bindings: held.bindings, features: featuresOf(request, '', false) }
  }
  const wanted = wantedContacts(request, contacts, held.current, flow, use)
  if ('status' in wanted) {
    return wanted.status === 400 ? { kind: 'bad-request', why: wanted.why } : { kind: 'contact-refused', line, why: wanted.why }
  }
  const expired = expiredOf(held.current, now)
  const decision = decideBindings(
    expired.length === 0 ? held.current : held.current.filter((binding) => binding.expiresAt > now),
    { contacts: wanted.contacts, callId, cseq, origin: originOf(request, flow, now, held.heldNonce(nonceId), count, wanted.path) },
    {
      lineId: line.lineId,
      maxContacts: line.maxContacts,
      expiresMin: use.expiresMin,
      expiresMax: greatestExpiry(wanted, flow, use.expiresMax, use.natExpires),
      liftBrief: held.briefRefusals >= mostBriefRefusals,
      strictCSeq: use.strictCSeq,
      isUnreachable: use.isUnreachable,
      shorten: use.shorten,
      shared: use.shared,
      nextId: use.nextId,
    },
  )
  switch (decision.kind) {
    case 'changed':
      // Once learned it stays: a phone that does not understand 423 does not learn it until its next renewal.
      if (held.briefRefusals < mostBriefRefusals) held.briefRefusals = 0
      return {
        kind: 'registered',
        line,
        bindings: decision.bindings,
        features: wanted.features,
        most: decision.most,
        changes: expired.length === 0 ? decision.changes : [...expired, ...decision.changes],
      }
    case 'interval-too-brief':
      held.briefRefusals++
      return { kind: 'interval-too-brief', line, least: decision.least }
    case 'out-of-order':
      return { kind: 'out-of-order', line }
    case 'too-many-contacts':
      return {
        kind: 'too-many-contacts',
        line,
        limit: decision.limit,
        attempt: attemptOf(request, credentials, toUser, toDomain),
      }
  }
}

/** After so many refusals in a row the line's phone is taken for one that does not understand them. */
const mostBriefRefusals = 2

/** Bindings whose time ran out have ended, even where the expirer has not come by yet. */
function expiredOf(bindings: readonly Binding[], now: number): readonly BindingChange[] {
  let ended: BindingChange[] = none
  for (const binding of bindings) {
    if (binding.expiresAt > now) continue
    if (ended === none) ended = []
    ended.push({ kind: 'ended', binding, how: 'expired' })
  }
  return ended
}
const none: BindingChange[] = []

/** No hop left (§16.3 step 3), or one of the hops was us already (step 4). */
function loopOf(request: SipRequest, from: string, own: OwnAddresses): Outcome | undefined {
  const hops = request.first(HeaderId.MaxForwards)
  if (hops !== undefined && hops.charCodeAt(0) === 48 && Number(hops) === 0) return { kind: 'looped', status: 483 }
  if (request.count(HeaderId.Via) === 1) return undefined
  for (const row of request.all(HeaderId.Via)) {
    const via = readVia(row)
    if (via !== undefined && isOwnAddress(via.host, via.port === 0 ? 5060 : via.port, from, own)) return { kind: 'looped', status: 482 }
  }
  return undefined
}

function originOf(request: SipRequest, flow: Flow, now: number, nonceId: string, count: number, path: string): BindingOrigin {
  return {
    transport: flow.transport,
    ip: flow.remoteIp,
    port: flow.remotePort,
    connection: flow.connection,
    path,
    userAgent: (request.first(HeaderId.UserAgent) ?? '').slice(0, mostUserAgent),
    nonceId,
    nonceCount: count,
    seenAt: now,
  }
}

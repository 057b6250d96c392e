/**
 * What one REGISTER does to the bindings that a line holds: RFC 3261 §10.3 steps 6 and 7 as one pure function, run inside the
 * store's atomic change. All or nothing: a refusal changes nothing. Hot path: register.bench.ts.
 */
import type { Binding, BindingChange } from './binding.ts'
import { atSameAddress, findBinding, isOutOfOrder } from './find-binding.ts'
import { whoGivesWay } from './make-room.ts'

/** One Contact of the request; `expires` in seconds, already chosen among parameter, header and default. */
export interface WantedContact {
  uri: string
  echo: string
  instance: string
  regId: number
  q: number
  expires: number
}

/** What a REGISTER asks for, and where it came from. */
export interface Wanted {
  /** 'star' is `Contact: *`. */
  contacts: readonly WantedContact[] | 'star'
  callId: string
  cseq: number
  origin: BindingOrigin
}

/** The parts of a binding that come from the request's way here. */
export type BindingOrigin = Pick<
  Binding,
  'transport' | 'ip' | 'port' | 'connection' | 'path' | 'userAgent' | 'nonceId' | 'nonceCount' | 'seenAt'
>

export interface BindingRules {
  lineId: number
  maxContacts: number
  /** Seconds: RFC 3261 §10.3 step 7, Min-Expires, and the most that is granted. */
  expiresMin: number
  expiresMax: number
  /** Grants expiresMin to who asks for less instead of refusing: to a phone that does not understand the refusal. */
  liftBrief: boolean
  /** Refuses every CSeq of the same Call-ID that is not higher, also of a phone that was restarted. */
  strictCSeq: boolean
  /** Whether nothing answers at this binding's address, as far as anybody asked. */
  isUnreachable(bindingId: number): boolean
  /** What is granted of `seconds`, never below `least`: spreads renewals that would all come at once. */
  shorten(seconds: number, least: number): number
  /** The one text for all that are alike: there are a million phones, of a few hundred kinds. */
  shared(text: string): string
  /** Hands out a number never used before. */
  nextId(): number
}

export type Decision =
  /**
   * `bindings` is all that the line holds now, the request's own contacts first. `most`: what would have been granted to the last of them in
   * seconds but for the spreading by chance.
   */
  | { kind: 'changed'; bindings: readonly Binding[]; changes: readonly BindingChange[]; most: number }
  | { kind: 'interval-too-brief'; least: number }
  | { kind: 'out-of-order' }
  | { kind: 'too-many-contacts'; limit: number }

/** Decides; `held` are live bindings only. Throws nothing. */
export function decideBindings(held: readonly Binding[], wanted: Wanted, rules: BindingRules): Decision {
  if (wanted.contacts === 'star') return signOffAll(held, wanted, rules)
  let toBind = 0
  for (const contact of wanted.contacts) {
    if (contact.expires === 0) continue
    toBind++
    if (contact.expires < rules.expiresMin && contact.expires < 3600 && !rules.liftBrief) {
      return { kind: 'interval-too-brief', least: rules.expiresMin }
    }
  }
  // Before each is compared with each: a hundred contacts of one request would hold up the others.
  if (toBind > rules.maxContacts && toBind > held.length) return { kind: 'too-many-contacts', limit: rules.maxContacts }
  const changes: BindingChange[] = []
  const own: Binding[] = []
  let rest: readonly Binding[] = held
  let most = 0
  for (const contact of wanted.contacts) {
    const before = findBinding(rest, own, contact, wanted.callId, toBind === 1 && contact.expires > 0)
    const isOwn = before !== undefined && own.includes(before)
    if (before !== undefined && !isOwn && isOutOfOrder(before, wanted, rules.strictCSeq)) return { kind: 'out-of-order' }
    if (contact.expires === 0) {
      if (before === undefined) continue
      changes.push({ kind: 'ended', binding: signedOff(before, wanted), how: 'signed-off' })
      if (isOwn) own.splice(own.indexOf(before), 1)
      else rest = without(rest, before)
      continue
    }
    most = mostOf(contact.expires, rules)
    const granted = rules.shorten(most, Math.min(most, rules.expiresMin))
    const binding =
      before === undefined ? newBinding(contact, wanted, rules, granted) : renewedBinding(before, contact, wanted, rules, granted)
    changes.push(before === undefined ? { kind: 'added', binding } : { kind: 'renewed', before, binding })
    if (isOwn) own.splice(own.indexOf(before), 1)
    else if (before !== undefined) {
      for (const other of atSameAddress(rest, before, contact)) {
        changes.push({ kind: 'ended', binding: other, how: 'replaced' })
        rest = without(rest, other)
      }
      rest = without(rest, before)
    }
    own.push(binding)
  }
  const tooMany = own.length + rest.length - rules.maxContacts
  if (tooMany > 0 && own.length + rest.length > held.length) {
    const going = whoGivesWay(rest, tooMany, wanted.contacts, wanted.origin, (id) => rules.isUnreachable(id))
    if (going === undefined) return { kind: 'too-many-contacts', limit: rules.maxContacts }
    for (const binding of going) changes.push({ kind: 'ended', binding, how: 'evicted' })
    rest = rest.filter((binding) => !going.includes(binding))
  }
  // Kept as long as the line is bound: a copy has no room for more in it, as `own` has after the pushes.
  return { kind: 'changed', bindings: rest.length === 0 ? own.slice() : own.concat(rest), changes, most }
}

/** Never above what was asked for, but for the least; never below the least for who asked for as much. */
function mostOf(expires: number, rules: BindingRules): number {
  return Math.min(Math.max(expires, Math.min(rules.expiresMin, 3600)), rules.expiresMax)
}

/** Step 6: every binding goes; one of the same Call-ID only for a higher CSeq, else the whole request fails. */
function signOffAll(held: readonly Binding[], wanted: Wanted, rules: BindingRules): Decision {
  for (const binding of held) {
    if (isOutOfOrder(binding, wanted, rules.strictCSeq)) return { kind: 'out-of-order' }
  }
  return {
    kind: 'changed',
    bindings: [],
    changes: held.map((binding) => ({ kind: 'ended', binding: signedOff(binding, wanted), how: 'signed-off' })),
    most: 0,
  }
}

function without(bindings: readonly Binding[], gone: Binding): readonly Binding[] {
  return bindings.length === 1 && bindings[0] === gone ? [] : bindings.filter((binding) => binding !== gone)
}

/** The binding as its sign-off leaves it: Call-ID, CSeq and nonce of that request stay, to know it again. */
function signedOff(binding: Binding, wanted: Wanted): Binding {
  const { origin } = wanted
  return {
    ...binding,
    callId: kept(binding.callId, wanted.callId),
    cseq: wanted.cseq,
    seenAt: origin.seenAt,
    nonceId: origin.nonceId,
    nonceCount: origin.nonceCount,
  }
}

function newBinding(contact: WantedContact, wanted: Wanted, rules: BindingRules, granted: number): Binding {
  const { origin } = wanted
  return {
    id: rules.nextId(),
    lineId: rules.lineId,
    uri: ownText(contact.uri),
    echo: ownText(contact.echo),
    instance: ownText(contact.instance),
    regId: contact.regId,
    q: contact.q,
    callId: ownText(wanted.callId),
    cseq: wanted.cseq,
    expiresAt: origin.seenAt + granted * 1000,
    granted,
    transport: origin.transport,
    ip: origin.ip,
    port: origin.port,
    connection: origin.connection,
    path: ownText(origin.path),
    userAgent: rules.shared(ownText(origin.userAgent)),
    boundAt: origin.seenAt,
    seenAt: origin.seenAt,
    nonceId: origin.nonceId,
    nonceCount: origin.nonceCount,
  }
}

function renewedBinding(before: Binding, contact: WantedContact, wanted: Wanted, rules: BindingRules, granted: number): Binding {
  const { origin } = wanted
  return {
    id: before.id,
    lineId: before.lineId,
    uri: kept(before.uri, contact.uri),
    echo: kept(before.echo, contact.echo),
    instance: kept(before.instance, contact.instance),
    regId: contact.regId,
    q: contact.q,
    callId: kept(before.callId, wanted.callId),
    cseq: wanted.cseq,
    expiresAt: origin.seenAt + granted * 1000,
    granted,
    transport: origin.transport,
    ip: origin.ip,
    port: origin.port,
    connection: origin.connection,
    path: kept(before.path, origin.path),
    userAgent: before.userAgent === origin.userAgent ? before.userAgent : rules.shared(ownText(origin.userAgent)),
    boundAt: before.boundAt,
    seenAt: origin.seenAt,
    nonceId: origin.nonceId,
    nonceCount: origin.nonceCount,
  }
}

/** The old text where nothing changed, so that a binding never keeps a whole message alive. */
function kept(before: string, now: string): string {
  return before === now ? before : ownText(now)
}

/** A copy that stands alone: a slice of a message would hold all of the message in memory as long as the binding lives. */
function ownText(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'latin1').toString('latin1')
}

/**
 * What one REGISTER does to the bindings that a line holds: RFC 3261 §10.3 steps 6 and 7 as one pure function, run inside the
 * store's atomic change. All or nothing: a refusal changes nothing. Hot path: register.bench.ts.
 */
import { compareUris, readUri } from '../sip/message/uri.ts'
import type { Binding, BindingChange } from './binding.ts'

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
  /** Hands out a number never used before. */
  nextId(): number
}

export type Decision =
  /** `bindings` is all that the line holds now, the request's own contacts first. */
  | { kind: 'changed'; bindings: readonly Binding[]; changes: readonly BindingChange[] }
  | { kind: 'interval-too-brief'; least: number }
  | { kind: 'out-of-order' }
  | { kind: 'too-many-contacts'; limit: number }

/** Decides; `held` are live bindings only. Throws nothing. */
export function decideBindings(held: readonly Binding[], wanted: Wanted, rules: BindingRules): Decision {
  if (wanted.contacts === 'star') return signOffAll(held, wanted)
  for (const contact of wanted.contacts) {
    if (contact.expires > 0 && contact.expires < rules.expiresMin && contact.expires < 3600) {
      return { kind: 'interval-too-brief', least: rules.expiresMin }
    }
  }
  const changes: BindingChange[] = []
  const own: Binding[] = []
  let rest: readonly Binding[] = held
  const mayReplaceByCallId = wanted.contacts.filter((contact) => contact.expires > 0).length === 1
  for (const contact of wanted.contacts) {
    const before = findBinding(rest, own, contact, wanted.callId, mayReplaceByCallId)
    if (before !== undefined && before.callId === wanted.callId && wanted.cseq <= before.cseq && !own.includes(before)) {
      return { kind: 'out-of-order' }
    }
    if (contact.expires === 0) {
      if (before === undefined) continue
      changes.push({ kind: 'ended', binding: signedOff(before, wanted), how: 'signed-off' })
      if (own.includes(before)) own.splice(own.indexOf(before), 1)
      else rest = without(rest, before)
      continue
    }
    const granted = Math.min(contact.expires, rules.expiresMax)
    const binding = before === undefined ? newBinding(contact, wanted, rules, granted) : renewedBinding(before, contact, wanted, granted)
    changes.push(before === undefined ? { kind: 'added', binding } : { kind: 'renewed', before, binding })
    if (before !== undefined) {
      if (own.includes(before)) own.splice(own.indexOf(before), 1)
      else rest = without(rest, before)
    }
    own.push(binding)
  }
  const bindings = rest.length === 0 ? own : [...own, ...rest]
  if (bindings.length > rules.maxContacts && bindings.length > held.length) {
    return { kind: 'too-many-contacts', limit: rules.maxContacts }
  }
  return { kind: 'changed', bindings, changes }
}

/** Step 6: every binding goes; one of the same Call-ID only for a higher CSeq, else the whole request fails. */
function signOffAll(held: readonly Binding[], wanted: Wanted): Decision {
  for (const binding of held) {
    if (binding.callId === wanted.callId && wanted.cseq <= binding.cseq) return { kind: 'out-of-order' }
  }
  return {
    kind: 'changed',
    bindings: [],
    changes: held.map((binding) => ({ kind: 'ended', binding: signedOff(binding, wanted), how: 'signed-off' })),
  }
}

/**
 * The binding that a contact means: the same device (instance and reg-id, RFC 5626 §6), else the same URI (§19.1.4), else the
 * one of the same Call-ID: a phone behind a NAT whose port moved is the same phone, not a second one.
 */
function findBinding(
  rest: readonly Binding[],
  own: readonly Binding[],
  contact: WantedContact,
  callId: string,
  mayReplaceByCallId: boolean,
): Binding | undefined {
  if (contact.instance !== '') {
    for (const binding of rest) if (binding.instance === contact.instance && binding.regId === contact.regId) return binding
  }
  for (const binding of rest) if (mayBeSame(binding, contact) && sameUri(binding.uri, contact.uri)) return binding
  for (const binding of own) if (mayBeSame(binding, contact) && sameUri(binding.uri, contact.uri)) return binding
  if (mayReplaceByCallId && contact.expires > 0) {
    const ofCall = rest.filter((binding) => binding.callId === callId)
    const [only] = ofCall
    // Where several share the Call-ID it does not tell which of them moved.
    if (ofCall.length === 1 && only !== undefined && mayBeSame(only, contact)) return only
  }
  return undefined
}

/** Two devices that both name their instance are two, whatever their URIs say. */
function mayBeSame(binding: Binding, contact: WantedContact): boolean {
  return binding.instance === '' || contact.instance === '' || (binding.instance === contact.instance && binding.regId === contact.regId)
}

function sameUri(a: string, b: string): boolean {
  if (a === b) return true
  const left = readUri(a)
  const right = readUri(b)
  return left !== undefined && right !== undefined && compareUris(left, right)
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
    nonceId: kept(binding.nonceId, origin.nonceId),
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
    userAgent: ownText(origin.userAgent),
    boundAt: origin.seenAt,
    seenAt: origin.seenAt,
    nonceId: ownText(origin.nonceId),
    nonceCount: origin.nonceCount,
  }
}

function renewedBinding(before: Binding, contact: WantedContact, wanted: Wanted, granted: number): Binding {
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
    userAgent: kept(before.userAgent, origin.userAgent),
    boundAt: before.boundAt,
    seenAt: origin.seenAt,
    nonceId: kept(before.nonceId, origin.nonceId),
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

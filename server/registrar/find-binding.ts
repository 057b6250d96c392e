/**
 * Which binding a contact of a REGISTER means, and whether the request comes in its order. First the device (instance and reg-id,
 * RFC 5626 §6), then the Call-ID (a phone whose port moved behind a NAT is the same phone), then the URI (RFC 3261 §19.1.4).
 * Hot path: register.bench.ts.
 */
import { issuedAtOf } from '../sip/digest/nonce.ts'
import { compareUris, readUri } from '../sip/message/uri.ts'
import type { Binding } from './binding.ts'
import type { Wanted, WantedContact } from './decide-bindings.ts'

/**
 * `rest`: what the line holds and no contact of this request has meant yet. `own`: what this request has made so far. `alone`: the only
 * contact that wants to be bound, for one Call-ID that stands for several does not tell which of them moved.
 */
export function findBinding(
  rest: readonly Binding[],
  own: readonly Binding[],
  contact: WantedContact,
  callId: string,
  alone: boolean,
): Binding | undefined {
  return ofDevice(rest, contact) ?? (alone ? ofCall(rest, contact, callId) : undefined) ?? ofUri(rest, contact) ?? ofUri(own, contact)
}

/** Bindings besides `found` that now stand for the same address: of two phones at one address only the newer can be there. */
export function atSameAddress(rest: readonly Binding[], found: Binding, contact: WantedContact): readonly Binding[] {
  if (found.uri === contact.uri || rest.length === 1) return none
  return rest.filter((binding) => binding !== found && mayBeSame(binding, contact) && sameUri(binding.uri, contact.uri))
}
const none: readonly Binding[] = []

/**
 * Whether a request of the binding's own Call-ID comes too late (§10.3 steps 6 and 7). A phone that was restarted may keep its Call-ID and
 * count CSeq from the beginning: it is told by another source, or by a nonce given out since. Neither can be had by repeating an
 * old request, whose nonce count is used up. `strict`: as the RFC has it, without exception.
 */
export function isOutOfOrder(before: Binding, wanted: Wanted, strict: boolean): boolean {
  if (wanted.cseq > before.cseq || before.callId !== wanted.callId) return false
  if (strict) return true
  const { origin } = wanted
  if (origin.ip !== before.ip || origin.port !== before.port || origin.transport !== before.transport) return false
  if (origin.connection !== before.connection) return false
  return origin.nonceId === before.nonceId || (issuedAtOf(origin.nonceId) + 1) * 1000 <= before.seenAt
}

/** The same instance and reg-id; else what this device bound before it told reg-ids, which is the same device still. */
function ofDevice(rest: readonly Binding[], contact: WantedContact): Binding | undefined {
  if (contact.instance === '') return undefined
  let same: Binding | undefined
  let withoutFlow: Binding | undefined
  for (const binding of rest) {
    if (binding.instance !== contact.instance) continue
    if (binding.regId === contact.regId) {
      if (binding.uri === contact.uri) return binding
      same ??= binding
    } else if (binding.regId === 0) withoutFlow ??= binding
  }
  return same ?? withoutFlow
}

function ofCall(rest: readonly Binding[], contact: WantedContact, callId: string): Binding | undefined {
  let only: Binding | undefined
  for (const binding of rest) {
    if (binding.callId !== callId) continue
    if (binding.uri === contact.uri && mayBeSame(binding, contact)) return binding
    if (only !== undefined) return undefined
    only = binding
  }
  return only !== undefined && mayBeSame(only, contact) ? only : undefined
}

function ofUri(bindings: readonly Binding[], contact: WantedContact): Binding | undefined {
  for (const binding of bindings) if (binding.uri === contact.uri && mayBeSame(binding, contact)) return binding
  for (const binding of bindings) if (mayBeSame(binding, contact) && sameUri(binding.uri, contact.uri)) return binding
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

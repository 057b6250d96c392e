/**
 * Whether a REGISTER is one that was accepted before, come again over another connection, after a restart of ours or by another way (RFC 3261
 * §8.2.2.2): then it gets its 200 again and nothing is written. Retransmissions of a transaction never come so far.
 */
import type { ContactValue } from '../sip/message/contact.ts'
import { readExpires } from '../sip/message/expires.ts'
import type { Binding } from './binding.ts'
import type { HeldLine } from './held-lines.ts'

/** What makes a request this one: nothing of it is used twice by an honest phone. */
export interface RequestMark {
  callId: string
  cseq: number
  nonceId: string
  nonceCount: number
}

/** As long as a phone sends a request again (64 × T1). */
const repeatedWithinMs = 32_000
const none: readonly Binding[] = []

/** The answer's bindings, the requester's own first, and how many those are; undefined if the request is a new one. */
export function repetitionOf(
  held: HeldLine,
  mark: RequestMark,
  contacts: readonly ContactValue[] | 'star',
  now: number,
): { bindings: readonly Binding[]; own: number } | undefined {
  const { current } = held
  // A sign-off may come again while the first one still waits to be stored.
  const lastEnded = held.stagedEnd ?? held.lastEnded
  if (contacts !== 'star') {
    let own: Binding[] | undefined
    let missing = false
    for (const contact of contacts) {
      const binding = left(current, contact.uri, mark, now)
      if (binding !== undefined) own = [...(own ?? none), binding]
      // A sign-off beside a sign-in leaves nothing behind that could be found.
      else if (contact.expires === undefined || readExpires(contact.expires) !== 0) missing = true
    }
    if (own !== undefined && !missing) {
      const first = own
      return { bindings: [...first, ...current.filter((binding) => !first.includes(binding))], own: first.length }
    }
    if (contacts.length === 0) return undefined
  }
  if (lastEnded === null || lastEnded.how !== 'signed-off') return undefined
  return isOf(mark, lastEnded.binding, lastEnded.at, now) ? { bindings: current, own: 0 } : undefined
}

/** What a request of this mark left at `uri`. */
function left(bindings: readonly Binding[], uri: string, mark: RequestMark, now: number): Binding | undefined {
  for (const binding of bindings) if (isOf(mark, binding, binding.seenAt, now) && binding.uri === uri) return binding
  return undefined
}

function isOf(mark: RequestMark, binding: Binding, at: number, now: number): boolean {
  return (
    binding.cseq === mark.cseq &&
    binding.nonceCount === mark.nonceCount &&
    binding.nonceId === mark.nonceId &&
    binding.callId === mark.callId &&
    now - at < repeatedWithinMs
  )
}

/**
 * Every way a REGISTER can end. The reply (reply.ts), the metric, the log line and what the customer is told (fact-of-outcome.ts)
 * all come from it, in switches without default: a new kind makes the compiler name each of them.
 *
 * On the wire `challenged`, `wrong-password`, `wrong-username`, `unknown-user` and `blocked` are the same answer at the same cost.
 */
import type { Binding, BindingChange } from './binding.ts'
import type { RegistrarLine } from './line-book.ts'

/** What an attempt that failed said of itself. Counts as evidence only when it answers a nonce issued to this very address. */
export interface Attempt {
  /** Exactly the digest's user name. */
  username: string
  toUser: string
  toDomain: string
  userAgent: string
  instance: string
  callId: string
}

/** `features`: what the answer says beside the contacts, as wanted-contacts.ts numbers it. */
export type Outcome =
  /** Proven, decided; becomes a 200 when stored. `most`: as Decision has it. */
  | {
      kind: 'registered'
      line: RegistrarLine
      bindings: readonly Binding[]
      changes: readonly BindingChange[]
      features: number
      most: number
    }
  /** No Contact: asks what is held (§10.3 step 6). */
  | { kind: 'queried'; line: RegistrarLine; bindings: readonly Binding[]; features: number }
  /** The same request again, after its transaction or a restart: the same answer, nothing is written. `own`: how many the phone bound. */
  | { kind: 'retransmitted'; line: RegistrarLine; bindings: readonly Binding[]; own: number; features: number }
  /** No proof yet, or one that is out of date (`stale`): no failure of anybody. */
  | { kind: 'challenged'; stale: boolean; strong: boolean }
  | { kind: 'wrong-password'; line: RegistrarLine; attempt: Attempt; strong: boolean }
  /** To names a line, the digest somebody else. */
  | { kind: 'wrong-username'; line: RegistrarLine; attempt: Attempt; strong: boolean }
  | { kind: 'unknown-user'; attempt: Attempt; strong: boolean }
  /** Its address guessed too much (guard/guess-limits.ts): not proven, whatever the digest is. */
  | { kind: 'blocked'; strong: boolean }
  /** Proven, but To names another line, which is `line`, or none; then `line` is the proven one. */
  | { kind: 'not-your-line'; line: RegistrarLine; attempt: Attempt }
  /** Proven, but asks for a domain that is not ours. */
  | { kind: 'wrong-domain'; line: RegistrarLine; attempt: Attempt }
  /** Proven, but disabled, cancelled or authenticated by address. */
  | { kind: 'line-closed'; line: RegistrarLine; attempt: Attempt }
  | { kind: 'too-many-contacts'; line: RegistrarLine; attempt: Attempt; limit: number }
  | { kind: 'interval-too-brief'; line: RegistrarLine; least: number }
  | { kind: 'out-of-order'; line: RegistrarLine }
  /** Proven, but its address must not be bound: no SIP address, or this server itself. */
  | { kind: 'contact-refused'; line: RegistrarLine; why: string }
  | { kind: 'unsupported-extension'; missing: string }
  /** It has passed here before (482), or may go no further (483). */
  | { kind: 'looped'; status: 482 | 483 }
  | { kind: 'bad-request'; why: string }
  /** The store could not keep it: nothing was acknowledged. */
  | { kind: 'not-stored'; line: RegistrarLine }

/** Whether the password was proven: such a request may cost a transaction. */
export function isProven(outcome: Outcome): boolean {
  switch (outcome.kind) {
    case 'registered':
    case 'queried':
    case 'retransmitted':
    case 'not-your-line':
    case 'wrong-domain':
    case 'line-closed':
    case 'too-many-contacts':
    case 'contact-refused':
    case 'interval-too-brief':
    case 'out-of-order':
    case 'not-stored':
      return true
    case 'challenged':
    case 'wrong-password':
    case 'wrong-username':
    case 'unknown-user':
    case 'blocked':
    case 'unsupported-extension':
    case 'looped':
    case 'bad-request':
      return false
  }
}

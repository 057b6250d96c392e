/**
 * Outcome → SIP answer. What may not be told apart on the wire is made the same here: a name nobody has, a wrong password and a
 * first try are one and the same 401. Hot path: register.bench.ts.
 */
import { challengeHeader } from '../sip/digest/challenge.ts'
import type { Nonces } from '../sip/digest/nonce.ts'
import type { Binding, BindingChange } from './binding.ts'
import type { Outcome } from './outcome.ts'

export interface Reply {
  status: number
  reason: string
  /** Whole header rows, each ending in CRLF. */
  headers: string
}

export interface ReplyNeeds {
  nonces: Pick<Nonces, 'issue'>
  realm: string
}

/** The answer an outcome earns; `now` in epoch ms, `ip` the source address that a new nonce is for. */
export function replyTo(outcome: Outcome, now: number, ip: string, use: ReplyNeeds): Reply {
  switch (outcome.kind) {
    case 'registered':
      return { status: 200, reason: 'OK', headers: contactRows(outcome.bindings, now, outcome.changes.some(isKept)) }
    case 'queried':
    case 'retransmitted':
      return { status: 200, reason: 'OK', headers: contactRows(outcome.bindings, now, outcome.bindings.length === 1) }
    case 'challenged':
      return challenge(use, now, ip, outcome.strong, outcome.stale)
    case 'wrong-password':
    case 'wrong-username':
    case 'unknown-user':
      return challenge(use, now, ip, outcome.strong, false)
    case 'not-your-line':
    case 'line-closed':
      return { status: 403, reason: 'Forbidden', headers: '' }
    case 'too-many-contacts':
      return { status: 403, reason: `Forbidden (at most ${outcome.limit} contacts)`, headers: '' }
    case 'wrong-domain':
      return { status: 404, reason: 'Not Found', headers: '' }
    case 'interval-too-brief':
      return { status: 423, reason: 'Interval Too Brief', headers: `Min-Expires: ${outcome.least}\r\n` }
    case 'out-of-order':
      return { status: 500, reason: 'CSeq out of order', headers: '' }
    case 'unsupported-extension':
      return { status: 420, reason: 'Bad Extension', headers: `Unsupported: ${outcome.missing}\r\n` }
    case 'bad-request':
      return { status: 400, reason: outcome.why, headers: '' }
    case 'not-stored':
      return { status: 500, reason: 'Server Internal Error', headers: `Retry-After: ${retryAfterSeconds}\r\n` }
  }
}

/** After this many seconds a phone may try again when nothing can be stored. */
const retryAfterSeconds = 10

function challenge(use: ReplyNeeds, now: number, ip: string, strong: boolean, stale: boolean): Reply {
  const value = challengeHeader(use.realm, use.nonces.issue(now, ip), strong ? 'SHA-256' : 'MD5', stale)
  return { status: 401, reason: 'Unauthorized', headers: `WWW-Authenticate: ${value}\r\n` }
}

/**
 * All that is held, the requester's own first, each with the seconds left. `own`: the first is the requester's, so that Expires may say its
 * time again for phones that read only that; after a sign-off it would be another phone's.
 */
function contactRows(bindings: readonly Binding[], now: number, own: boolean): string {
  let rows = ''
  let first = -1
  for (const binding of bindings) {
    const left = Math.ceil((binding.expiresAt - now) / 1000)
    if (left <= 0) continue
    if (first < 0) first = left
    rows += `Contact: <${binding.uri}>${binding.echo};expires=${left}\r\n`
  }
  return `${rows}${own && first >= 0 ? `Expires: ${first}\r\n` : ''}Date: ${dateRow(now)}\r\n`
}

function isKept(change: BindingChange): boolean {
  return change.kind !== 'ended'
}

let dateOf = -1
let dateText = ''

/** RFC 3261 §20.17; made once a second. */
function dateRow(now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== dateOf) {
    dateOf = second
    dateText = new Date(second * 1000).toUTCString()
  }
  return dateText
}

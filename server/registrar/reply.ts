/**
 * Outcome → SIP answer. What may not be told apart on the wire is made the same here: a name nobody has, a wrong password and a
 * first try are one and the same 401. Hot path: register.bench.ts.
 */
import { challengeHeader } from '../sip/digest/challenge.ts'
import type { Nonces } from '../sip/digest/nonce.ts'
import { Extension } from '../sip/message/option-tags.ts'
import type { TransportName } from '../sip/transport/flow.ts'
import type { Binding, BindingChange } from './binding.ts'
import type { Gruus } from './gruu.ts'
import type { RegistrarLine } from './line-book.ts'
import type { Outcome } from './outcome.ts'
import { direct } from './wanted-contacts.ts'

export interface Reply {
  status: number
  reason: string
  /** Whole header rows, each ending in CRLF. */
  headers: string
  /** Seconds between the keepalives that we would like on this flow (RFC 6223); 0 where nothing is registered over it. */
  keep: number
}

export interface ReplyNeeds {
  nonces: Pick<Nonces, 'issue'>
  realm: string
  /** Makes addresses of single devices for phones that understand them; none without. */
  gruus?: Pick<Gruus, 'parameters'>
  /** Value of Service-Route (RFC 3608), '' for none. */
  serviceRoute?: string
  /** Seconds between keepalives on a stream (RFC 5626 §5.4). */
  flowTimer?: number
}

/** Between keepalives over UDP: a NAT that forgets after 30 s is the most forgetful that is common. */
const datagramKeepSeconds = 25
const streamKeepSeconds = 120

/** The answer an outcome earns; `now` in epoch ms, `ip` the source address that a new nonce is for. */
export function replyTo(outcome: Outcome, now: number, ip: string, use: ReplyNeeds): Reply {
  switch (outcome.kind) {
    case 'registered':
      return accepted(outcome, outcome.changes.some(isKept), outcome.features, now, use)
    case 'queried':
      return accepted(outcome, outcome.bindings.length === 1, outcome.features, now, use)
    case 'retransmitted':
      return accepted(outcome, outcome.own > 0, outcome.features, now, use)
    case 'challenged':
      return challenge(use, now, ip, outcome.strong, outcome.stale)
    case 'wrong-password':
    case 'wrong-username':
    case 'unknown-user':
    case 'blocked':
      return challenge(use, now, ip, outcome.strong, false)
    case 'not-your-line':
    case 'line-closed':
      return refused(403, 'Forbidden')
    case 'contact-refused':
      return refused(403, outcome.why)
    case 'too-many-contacts':
      return refused(403, `Forbidden (at most ${outcome.limit} contacts)`)
    case 'wrong-domain':
      return refused(404, 'Not Found')
    case 'interval-too-brief':
      return refused(423, 'Interval Too Brief', `Min-Expires: ${outcome.least}\r\n`)
    case 'out-of-order':
      return refused(500, 'CSeq out of order')
    case 'unsupported-extension':
      return refused(420, 'Bad Extension', `Unsupported: ${outcome.missing}\r\n`)
    case 'looped':
      return refused(outcome.status, outcome.status === 482 ? 'Loop Detected' : 'Too Many Hops')
    case 'bad-request':
      return refused(400, outcome.why)
    case 'not-stored':
      return refused(500, 'Server Internal Error', retryAfterRow)
  }
}

/** After this many seconds a phone may try again when nothing can be stored. */
const retryAfterSeconds = 10
const retryAfterRow = `Retry-After: ${retryAfterSeconds}\r\n`

/** Rows that every 200 has at its end beside those that go by the phone, and rows of a 500: for who writes answers of his own. */
export function lastRowsOf({ serviceRoute = '' }: Pick<ReplyNeeds, 'serviceRoute'>): { accepted: string; notStored: string } {
  return { accepted: serviceRoute === '' ? '' : `Service-Route: ${serviceRoute}\r\n`, notStored: retryAfterRow }
}

function challenge(use: ReplyNeeds, now: number, ip: string, strong: boolean, stale: boolean): Reply {
  const value = challengeHeader(use.realm, use.nonces.issue(now, ip), strong ? 'SHA-256' : 'MD5', stale)
  return refused(401, 'Unauthorized', `WWW-Authenticate: ${value}\r\n`)
}

function refused(status: number, reason: string, headers = ''): Reply {
  return { status, reason, headers, keep: 0 }
}

/** `own`: the first of the bindings is the requester's. */
function accepted(held: HeldAnswer, own: boolean, features: number, now: number, use: ReplyNeeds): Reply {
  const headers = contactRows(held, features, now, own, use)
  const [first] = held.bindings
  if (!own || first === undefined) return { status: 200, reason: 'OK', headers, keep: 0 }
  const keep = keepSeconds(first.transport, use)
  const more = features === 0 && use.serviceRoute === undefined ? '' : extensionRows(first, features, keep, use.serviceRoute ?? '')
  return { status: 200, reason: 'OK', headers: more === '' ? headers : headers + more, keep }
}

type HeldAnswer = { line: RegistrarLine; bindings: readonly Binding[] }

/** What is in force beside the binding, as far as the phone understands it. */
function extensionRows(binding: Binding, features: number, keep: number, serviceRoute: string): string {
  let rows = ''
  if ((features & Extension.outbound) !== 0) {
    rows += 'Require: outbound\r\n'
    // RFC 5626 §6: between neighbours only; further hops keep their own time.
    if ((features & direct) !== 0) rows += `Flow-Timer: ${keep}\r\n`
  }
  if ((features & Extension.path) !== 0) rows += `Path: ${binding.path}\r\n`
  return serviceRoute === '' ? rows : `${rows}Service-Route: ${serviceRoute}\r\n`
}

function keepSeconds(transport: TransportName, use: ReplyNeeds): number {
  return transport === 'udp' ? datagramKeepSeconds : (use.flowTimer ?? streamKeepSeconds)
}

/** Characters of Contact rows beyond which the parameters of further contacts are left out: over UDP every answer is one datagram. */
const mostRows = 4096

/**
 * All that is held, the requester's own first, each with the seconds left. `own`: the first is the requester's, so that Expires may say its
 * time again for phones that read only that; after a sign-off it would be another phone's.
 */
function contactRows({ bindings, line }: HeldAnswer, features: number, now: number, own: boolean, use: ReplyNeeds): string {
  let rows = ''
  let first = -1
  for (const binding of bindings) {
    const left = Math.ceil((binding.expiresAt - now) / 1000)
    if (left <= 0) continue
    if (first < 0) first = left
    if (rows.length > mostRows) rows += `Contact: <${binding.uri}>;expires=${left}\r\n`
    else rows += `Contact: <${binding.uri}>${binding.echo}${gruusOf(line, binding, features, use)};expires=${left}\r\n`
  }
  return `${rows}${own && first >= 0 ? `Expires: ${first}\r\n` : ''}Date: ${dateRow(now)}\r\n`
}

function gruusOf(line: RegistrarLine, binding: Binding, features: number, use: ReplyNeeds): string {
  if ((features & Extension.gruu) === 0 || use.gruus === undefined) return ''
  return use.gruus.parameters(line.username, line.lineId, binding.instance, binding.callId)
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

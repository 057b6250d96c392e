/** What a SUBSCRIBE for package reg says (RFC 6665 §4.2.1, RFC 3680 §4), before anybody asks who sent it. Pure. */
import { aorUser } from '../sip/message/address-of-record.ts'
import { readContacts } from '../sip/message/contact.ts'
import { readExpires } from '../sip/message/expires.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import type { SipRequest } from '../sip/message/message.ts'
import { readNameAddr, tagOf } from '../sip/message/name-addr.ts'
import { unknownExtensions } from '../sip/message/option-tags.ts'
import { readParam, trimBlankEnd } from '../sip/message/params.ts'
import { readUri } from '../sip/message/uri.ts'
import { reginfoType } from './reginfo.ts'

/** Texts are cut out of the message: who keeps one makes a copy. */
export interface SubscribeRequest {
  /** Parameter id of Event, '' for none. */
  eventId: string
  /** Seconds, from `leastExpires` to `mostExpires`; 0 ends the subscription, or asks once. */
  expires: number
  /** Where NOTIFYs go: Request-URI of each. */
  target: string
  /** Value of Record-Route's rows, '' for none. */
  route: string
  callId: string
  cseq: number
  /** Values of the headers, with the sender's tag and without ours. */
  from: string
  to: string
  fromTag: string
  /** '' outside of a dialog. */
  toTag: string
  /** Whose registrations, lower case: Request-URI, or To where that names no user. */
  user: string
  domain: string
}

export interface SubscribeRefusal {
  status: number
  reason: string
  /** Whole header rows, each ending in CRLF. */
  headers: string
}

/** §4.4 of RFC 3680: a little longer than registrations last. */
export const defaultExpires = 3761
const leastExpires = 60
const mostExpires = 7200
/** Characters of one subscription that are kept. */
const mostKept = 2048

/** `ownDomain`: the domain of an address without one. */
export function readSubscribe(request: SipRequest, ownDomain: string): SubscribeRequest | SubscribeRefusal {
  const event = readEvent(request)
  if (event === undefined) return { status: 489, reason: 'Bad Event', headers: 'Allow-Events: reg\r\n' }
  const missing = request.has(HeaderId.Require) ? unknownExtensions(request.all(HeaderId.Require)) : ''
  if (missing !== '') return { status: 420, reason: 'Bad Extension', headers: `Unsupported: ${missing}\r\n` }
  if (!acceptsReginfo(request)) return { status: 406, reason: 'Not Acceptable', headers: `Accept: ${reginfoType}\r\n` }

  const to = readNameAddr(request.first(HeaderId.To) ?? '')
  const from = readNameAddr(request.first(HeaderId.From) ?? '')
  const fromTag = from === undefined ? undefined : tagOf(from)
  const toTag = to === undefined ? undefined : (tagOf(to) ?? '')
  const callId = request.first(HeaderId.CallId) ?? ''
  if (to === undefined || toTag === undefined) return bad('Bad To')
  if (fromTag === undefined || fromTag === '') return bad('Bad From')
  if (callId === '') return bad('Bad Call-ID')
  const whose = whoseOf(toTag === '' ? request.uri : to.uri, ownDomain) ?? whoseOf(to.uri, ownDomain)
  if (whose === undefined) return bad('Bad To')

  const contacts = readContacts(request.all(HeaderId.Contact))
  const target = typeof contacts === 'string' || contacts.length !== 1 ? undefined : targetOf(contacts[0]?.uri ?? '')
  if (target === undefined) return bad('Bad Contact')
  const route = request.all(HeaderId.RecordRoute).join(', ')
  if (route !== '' && typeof readContacts([route]) === 'string') return bad('Bad Record-Route')

  const asked = request.first(HeaderId.Expires)
  const expires = asked === undefined ? defaultExpires : readExpires(asked)
  if (expires > 0 && expires < leastExpires) {
    return { status: 423, reason: 'Interval Too Brief', headers: `Min-Expires: ${leastExpires}\r\n` }
  }
  const read: SubscribeRequest = {
    eventId: event.id,
    expires: Math.min(expires, mostExpires),
    target,
    route,
    callId,
    cseq: request.cseq,
    from: request.first(HeaderId.From) ?? '',
    to: request.first(HeaderId.To) ?? '',
    fromTag,
    toTag,
    ...whose,
  }
  // These go out again: nothing in them may begin a row, and nobody makes us keep much.
  const kept = [read.eventId, target, route, callId, read.from, read.to]
  if (!kept.every(isPrintable) || kept.join('').length > mostKept) return bad('Cannot Be Kept')
  return read
}

/** The package's name is compared letter for letter (RFC 6665 §8.2.1); undefined for another one. */
function readEvent(request: SipRequest): { id: string } | undefined {
  const value = request.first(HeaderId.Event) ?? ''
  const semicolon = value.indexOf(';')
  const end = semicolon < 0 ? value.length : semicolon
  if (value.substring(0, trimBlankEnd(value, 0, end)) !== 'reg') return undefined
  return { id: semicolon < 0 ? '' : (readParam(value.substring(semicolon), 'id') ?? '') }
}

function acceptsReginfo(request: SipRequest): boolean {
  if (!request.has(HeaderId.Accept)) return true
  for (const range of request.all(HeaderId.Accept).join(',').split(',')) {
    const semicolon = range.indexOf(';')
    const type = (semicolon < 0 ? range : range.slice(0, semicolon)).trim().toLowerCase()
    if (type === reginfoType || type === 'application/*' || type === '*/*') return true
  }
  return false
}

function whoseOf(address: string, ownDomain: string): { user: string; domain: string } | undefined {
  const uri = readUri(address)
  const user = uri === undefined ? undefined : aorUser(uri)
  if (uri === undefined || user === undefined) return undefined
  return { user, domain: 'host' in uri ? uri.host.toLowerCase() : ownDomain }
}

/** A contact may carry headers, which no Request-URI has (RFC 3261 §19.1.1, table 1). */
function targetOf(contact: string): string | undefined {
  const uri = readUri(contact)
  if (uri === undefined || uri.scheme === 'tel' || uri.scheme === 'other') return undefined
  return uri.headers === '' ? contact : contact.slice(0, contact.length - uri.headers.length - 1)
}

function isPrintable(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code < 32 && code !== 9) || code === 127) return false
  }
  return true
}

function bad(reason: string): SubscribeRefusal {
  return { status: 400, reason, headers: '' }
}

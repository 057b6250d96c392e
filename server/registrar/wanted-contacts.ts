/**
 * What the Contacts of a proven REGISTER ask for, before any binding is looked at: how long, as which device, by which way, and whether the
 * address may be bound at all. Hot path: register.bench.ts.
 */
import { type ContactValue, readContacts } from '../sip/message/contact.ts'
import { readExpires } from '../sip/message/expires.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import type { SipRequest } from '../sip/message/message.ts'
import { Extension, readExtensions } from '../sip/message/option-tags.ts'
import { readParam } from '../sip/message/params.ts'
import { readUri } from '../sip/message/uri.ts'
import { readVia } from '../sip/message/via.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { Binding } from './binding.ts'
import type { WantedContact } from './decide-bindings.ts'
import type { Gruus } from './gruu.ts'
import { isOwnUri, type OwnAddresses } from './own-address.ts'

export interface ContactNeeds extends OwnAddresses {
  gruus: Pick<Gruus, 'read'>
  expiresDefault: number
}

/** What the answer adds, as bits: those of Extension that it says are in force, and whether the phone is our neighbour. */
export const direct = 8

export interface WantedRequest {
  contacts: readonly WantedContact[] | 'star'
  /** The Path rows as one list, '' for none (RFC 3327 §5.3). */
  path: string
  features: number
}

/** 400: cannot be read. 403: can, but must not be bound. */
export interface ContactRefusal {
  status: 400 | 403
  why: string
}

/** Characters kept of a contact's URI, of its parameters, of a Path; longer ones are refused. */
const mostUri = 1024
const mostEcho = 1024
const mostPath = 1024

/** `held`: what the line holds; an address that is there was looked at before. */
export function wantedContacts(
  request: SipRequest,
  contacts: readonly ContactValue[] | 'star',
  held: readonly Binding[],
  flow: Flow,
  use: ContactNeeds,
): WantedRequest | ContactRefusal {
  const headerExpires = request.first(HeaderId.Expires)
  if (contacts === 'star') {
    const isZero = headerExpires !== undefined && readExpires(headerExpires) === 0 && headerExpires.trim() === '0'
    return isZero ? { contacts, path: '', features: 0 } : bad('Contact * needs Expires: 0')
  }
  const path = request.has(HeaderId.Path) ? request.all(HeaderId.Path).join(', ') : ''
  if (path.length > mostPath || (path !== '' && typeof readContacts([path]) === 'string')) return bad('Bad Path')
  const flowsCount = contacts.some(namesFlow) && keepsFlows(request, path)
  let toBind = 0
  let ofFlow = false
  const wanted: WantedContact[] = []
  for (const contact of contacts) {
    const { uri, echo, instance } = contact
    if (uri.length > mostUri || echo.length > mostEcho) return bad('Contact Too Long')
    if (!isHeld(held, uri)) {
      const why = whyNotBound(uri, flow, use)
      if (why !== undefined) return why
    }
    const asked = contact.expires ?? headerExpires
    const expires = asked === undefined ? use.expiresDefault : readExpires(asked)
    const regId = flowsCount && instance !== '' ? contact.regId : 0
    if (expires > 0) {
      toBind++
      if (regId > 0) ofFlow = true
    }
    wanted.push({ uri, echo, instance, regId, q: contact.q ?? 1000, expires })
  }
  // RFC 5626 §6: such a request binds one device over one flow.
  if (ofFlow && toBind > 1) return bad('One Contact Per Flow')
  return { contacts: wanted, path, features: featuresOf(request, path, ofFlow) }
}

/** Bits of what the phone says it supports and this request makes use of. A phone that told nothing is asked nothing. */
export function featuresOf(request: SipRequest, path: string, ofFlow: boolean): number {
  if (!request.has(HeaderId.Supported)) return 0
  const supported = readExtensions(request.all(HeaderId.Supported))
  if (supported === 0) return 0
  let features = supported & Extension.gruu
  if (path !== '') features |= supported & Extension.path
  if (ofFlow) features |= supported & Extension.outbound
  return isFirstHop(request) ? features | direct : features
}

/** Whether `uri` is among them, letter for letter. */
function isHeld(held: readonly Binding[], uri: string): boolean {
  for (const binding of held) if (binding.uri === uri) return true
  return false
}

function whyNotBound(text: string, flow: Flow, use: ContactNeeds): ContactRefusal | undefined {
  const uri = readUri(text)
  // Phones write worse URIs than the grammar has; what comes back must be what they wrote.
  if (uri === undefined) return isSip(text) ? undefined : bad('Bad Contact')
  // RFC 5627 §5.1; and nothing could be sent there.
  if (uri.scheme === 'tel' || uri.scheme === 'other') return { status: 403, why: 'Contact Is No SIP Address' }
  if (isOwnUri(uri, flow.remoteIp, use) || (uri.user !== undefined && use.gruus.read(uri.user) !== undefined)) {
    return { status: 403, why: 'Contact Is This Server' }
  }
  return undefined
}

function isSip(text: string): boolean {
  const scheme = text.slice(0, 5).toLowerCase()
  return scheme.startsWith('sip:') || scheme === 'sips:'
}

function namesFlow(contact: ContactValue): boolean {
  return contact.regId > 0 && contact.instance !== ''
}

/**
 * Whether a flow can be kept apart (RFC 5626 §6): the phone is our neighbour, or its own neighbour says in Path that it keeps flows. If not,
 * reg-id is passed over and the phone registered without: to refuse it with 439 leaves phones unregistered for ever.
 */
function keepsFlows(request: SipRequest, path: string): boolean {
  if (isFirstHop(request)) return true
  const hops = path === '' ? [] : readContacts([path])
  const uri = typeof hops === 'string' ? undefined : readUri(hops[0]?.uri ?? '')
  return uri !== undefined && 'host' in uri && readParam(uri.params, 'ob') !== undefined
}

/** One Via only: nobody stands between. */
function isFirstHop(request: SipRequest): boolean {
  if (request.count(HeaderId.Via) !== 1) return false
  const row = request.first(HeaderId.Via) ?? ''
  return readVia(row)?.end === row.length
}

function bad(why: string): ContactRefusal {
  return { status: 400, why }
}

/**
 * What a card will say: made while the request lies there that was read, judged and accepted, and only if the form of it means what the parser
 * found in it. From then on the form stands for all that. Not hot: once for each change of what a phone writes.
 */
import { readDigest } from '../../sip/digest/credentials.ts'
import { nonceLength } from '../../sip/digest/nonce.ts'
import { digestAlgorithm, isAscii } from '../../sip/digest/verify.ts'
import { wireText } from '../../sip/message/address-of-record.ts'
import { HeaderId } from '../../sip/message/header-name.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { readNameAddr, tagOf } from '../../sip/message/name-addr.ts'
import { readVia } from '../../sip/message/via.ts'
import type { RequestForm } from '../../sip/request-form/request-form.ts'
import type { Accepted } from './known-line.ts'
import type { KnownUris } from './known-uris.ts'
import { hashNonce, nonceHash } from './nonce-hash.ts'
import { digestSize, isProvenBy, readDigestWords } from './proof-in-bytes.ts'

export interface CardDraft {
  low: number
  high: number
  ha1: Int32Array
  /** The digest names the line as the directory does. */
  isPlainName: boolean
  most: number
  address: number
  port: number
  uri: string
  /** Both halves of the hash of the nonce, all of its characters. */
  nonceLow: number
  nonceHigh: number
  contactSize: number
}

export interface DraftNeeds {
  request: SipRequest
  outcome: Accepted
  /** Of this very request, which begins at `start` of `view`. */
  form: RequestForm
  view: DataView
  start: number
  address: number
  port: number
  uris: Pick<KnownUris, 'look' | 'ha2s'>
}

const mostContact = 0xffff
const mostUri = 128
const mostSeconds = 0x7fffffff

/** undefined where the likes of the request are to be read each time. */
export function draftOf({ request, outcome, form, view, start, address, port, uris }: DraftNeeds): CardDraft | undefined {
  const { line, bindings, changes, features, most } = outcome
  const [binding] = bindings
  const [change] = changes
  if (binding === undefined || change === undefined || bindings.length > 1 || changes.length > 1 || change.kind === 'ended')
    return undefined
  if (features !== 0 || binding.path !== '' || most > mostSeconds) return undefined
  const text = (from: number, to: number) => request.text.substring(from - start, to - start)
  for (const header of once) if (request.count(header) !== 1) return undefined
  if (!isSameVia(request, form, text)) return undefined
  const to = request.first(HeaderId.To) ?? ''
  const toAddress = readNameAddr(to)
  if (toAddress === undefined || tagOf(toAddress) !== undefined) return undefined
  const contact = request.first(HeaderId.Contact) ?? ''
  const echoed = `<${binding.uri}>${binding.echo}`
  const isSame =
    request.cseq === form.cseq &&
    text(form.fromStart, form.fromEnd) === `From: ${request.first(HeaderId.From)}` &&
    text(form.toStart, form.toEnd) === `To: ${to}` &&
    text(form.callIdStart, form.callIdEnd) === `Call-ID: ${request.first(HeaderId.CallId)}` &&
    text(form.cseqStart, form.cseqEnd) === `CSeq: ${request.first(HeaderId.CSeq)}` &&
    text(form.contactStart, form.contactEnd) === contact
  if (!isSame || !contact.startsWith(echoed) || echoed.length > mostContact) return undefined
  const credentials = readDigest(request.first(HeaderId.Authorization) ?? '')
  if (typeof credentials === 'string' || credentials.qop !== 'auth' || digestAlgorithm(credentials.algorithm) !== 'MD5') return undefined
  const { nonce, nc, cnonce, response, realm, username, uri } = credentials
  const isSameProof =
    nonce.length === nonceLength &&
    text(form.nonceStart, form.nonceStart + nonceLength) === nonce &&
    text(form.countStart, form.countStart + 8) === nc &&
    text(form.cnonceStart, form.cnonceEnd) === cnonce &&
    text(form.responseStart, form.responseEnd) === response
  const name = wireText(username)
  if (!isSameProof || !isAscii(uri) || !line.isDerived('MD5', name, realm)) return undefined
  if (uri.length > mostUri) return undefined
  const ha1 = new Int32Array(4)
  const hex = Buffer.from(line.ha1('MD5', name, realm), 'latin1')
  if (hex.length !== digestSize || !readDigestWords(new DataView(hex.buffer, hex.byteOffset), 0, ha1, 0)) return undefined
  if (!isProvenBy(form, view, ha1, 0, uris.ha2s, uris.look(uri) * digestSize)) return undefined
  hashNonce(view, form.nonceStart)
  return {
    low: form.low,
    high: form.high,
    ha1,
    isPlainName: name === line.username,
    most,
    address,
    port,
    uri,
    nonceLow: nonceHash.low,
    nonceHigh: nonceHash.high,
    contactSize: echoed.length,
  }
}

const once = [HeaderId.Via, HeaderId.From, HeaderId.To, HeaderId.CallId, HeaderId.CSeq, HeaderId.Contact, HeaderId.Authorization] as const

/** Answers go where its parameters say: none may be there that the form does not know of. */
function isSameVia(request: SipRequest, form: RequestForm, text: (from: number, to: number) => string): boolean {
  const row = request.first(HeaderId.Via) ?? ''
  const via = readVia(row)
  return (
    via !== undefined &&
    text(form.viaStart, form.viaEnd) === `Via: ${row}` &&
    via.end === row.length &&
    via.host === text(form.hostStart, form.hostEnd) &&
    via.port === form.viaPort &&
    via.branch === text(form.branchStart, form.branchEnd) &&
    via.received === undefined &&
    via.rport === (form.rportEnd < 0 ? undefined : '') &&
    !via.keep
  )
}

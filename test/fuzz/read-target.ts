/** Parser and readers: any bytes as a datagram, every header read by every reader, the answer built. */

import { glanceAt, nonceAt } from '../../server/sip/admission/peek.ts'
import { readDigest } from '../../server/sip/digest/credentials.ts'
import { aorUser } from '../../server/sip/message/address-of-record.ts'
import { buildResponse } from '../../server/sip/message/build-response.ts'
import { readContacts } from '../../server/sip/message/contact.ts'
import { readExpires } from '../../server/sip/message/expires.ts'
import { HeaderId } from '../../server/sip/message/header-name.ts'
import { limits } from '../../server/sip/message/limits.ts'
import type { SipMessage, SipRequest } from '../../server/sip/message/message.ts'
import { readNameAddr, tagOf } from '../../server/sip/message/name-addr.ts'
import { readExtensions, unknownExtensions } from '../../server/sip/message/option-tags.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'
import { answerStun } from '../../server/sip/message/stun.ts'
import { compareUris, readUri, type Uri } from '../../server/sip/message/uri.ts'
import { readVia, readVias } from '../../server/sip/message/via.ts'
import { RequestHasher, toTagOf } from '../../server/sip/transaction/request-hash.ts'
import { checkAnswer } from './check-answer.ts'
import { everything } from './seeds.ts'
import { must, type Target } from './target.ts'

const source = { remoteIp: '2001:db8::7', remotePort: 4711, connection: 0 }
const hasher = new RequestHasher(Buffer.alloc(16, 6))
const ids = Object.values(HeaderId)

export function readTarget(): Target {
  return { name: 'read', weight: 4, seeds: everything, run: readInput, reset() {}, another: readTarget }
}

const nonceSize = 50

function readInput(input: Buffer): void {
  glanceAt(input, 0, input.length)
  const nonce = nonceAt(input, 0, input.length, nonceSize)
  must(nonce >= -1 && nonce + nonceSize <= Math.max(input.length, nonceSize), 'a nonce beyond the end')
  const answered = answerStun(input, 0, input.length, source.remoteIp, source.remotePort)
  must(answered === undefined || answered.length <= input.length + 24, 'a STUN answer that is much longer than its request')
  const message = parseDatagram(input, input.length)
  switch (message.kind) {
    case 'keepalive':
      must(input.length <= 65_535, 'a keepalive larger than a datagram')
      return
    case 'parse-error':
      must((message.answer === null) === (message.request === undefined || !isAnswerable(message.request)), 'an answer without a request')
      if (message.request === undefined) return
      readAll(message.request)
      if (message.answer !== null) answer(message.request, message.answer)
      return
    case 'response':
      must(message.status >= 100 && message.status <= 699, 'a status out of range')
      readAll(message)
      return
    case 'request':
      for (const header of [HeaderId.Via, HeaderId.From, HeaderId.To, HeaderId.CallId, HeaderId.CSeq])
        must(message.count(header) > 0, 'a request without what every request has')
      readAll(message)
      answer(message, 200)
      return
  }
}

function isAnswerable(request: SipRequest): boolean {
  return request.method !== 'ACK' && request.first(HeaderId.Via) !== undefined
}

function answer(request: SipRequest, status: number): void {
  const text = buildResponse(request, status, 'OK', source, 'tag', '')
  must(text.length <= request.text.length + 1000, () => `${request.text.length} bytes were answered by ${text.length}`)
  const bytes = Buffer.from(text, 'latin1')
  checkAnswer(bytes)
  const again = parseDatagram(bytes, bytes.length)
  // A request that was refused may lack what an answer must have.
  if (again.kind === 'parse-error') {
    const excused = status !== 200 || again.reason === 'message-too-large' || again.reason === 'header-too-long'
    must(excused, () => `our answer is not read by ourselves: ${again.reason}`)
    return
  }
  must(again.kind === 'response' && again.status === status, 'our answer is read as something else')
  if (again.kind !== 'response') return
  for (const header of [HeaderId.From, HeaderId.CallId, HeaderId.CSeq])
    must(again.first(header) === (request.first(header) ?? again.first(header)), 'an answer changes what it copies')
  must(again.count(HeaderId.Via) === request.count(HeaderId.Via), 'an answer has other Vias than its request')
}

/** Gives every value to every reader that might see it. */
function readAll(message: SipMessage): void {
  let before: Uri | undefined
  for (const id of ids) {
    if (!message.has(id)) continue
    const rows = message.all(id)
    must(rows.length > 0 && rows.length === message.count(id) && rows[0] === message.first(id), 'the ways to read a header disagree')
    for (const value of rows) {
      must(!value.includes('\n') && !value.includes('\r'), 'a line end in a value')
      before = readValue(value, before)
    }
    // A Contact as long as a header may be has a hundred entries at most.
    const contacts = readContacts(rows)
    if (Array.isArray(contacts)) must(contacts.length <= limits.list, 'more contacts than the limit')
    readVias(rows)
    readExtensions(rows)
    must(!/[\r\n]/.test(unknownExtensions(rows)), 'a line end in an Unsupported header')
  }
  must(message.text.includes(message.body), 'a body that is not in the message')
  message.other('x-other')
  message.other('__proto__')
  if (message.kind === 'request') {
    readUri(message.uri)
    const via = readVia(message.first(HeaderId.Via) ?? '')
    must(/^[0-9a-f]{8}$/.test(toTagOf(hasher.of(message, via, source))), 'a To tag that is none')
  }
}

function readValue(value: string, before: Uri | undefined): Uri | undefined {
  readExpires(value)
  const digest = readDigest(value)
  if (typeof digest !== 'string') must(digest.realm !== undefined, 'a digest without realm')
  const via = readVia(value)
  if (via !== undefined) must(via.end <= value.length && via.rportEnd <= via.end && via.receivedEnd <= via.end, 'a Via beyond its end')
  const address = readNameAddr(value)
  if (address !== undefined) {
    tagOf(address)
    must(
      value.includes(address.uri) && value.endsWith(address.params.trimEnd() === '' ? '' : address.params),
      'an address that is not in its header',
    )
  }
  const uri = readUri(address?.uri ?? value)
  if (uri === undefined) return before
  aorUser(uri)
  must(compareUris(uri, uri), 'a URI that is not the same as itself')
  if (before !== undefined) must(compareUris(uri, before) === compareUris(before, uri), 'a comparison that depends on the order')
  return uri
}

/**
 * What one REGISTER of 600 bytes costs from bytes to the values that a registrar reads, and back to an answer; and what finding a
 * retransmission costs. Aims: parse with reads ≤ 3 µs, ring ≤ 1 µs.
 */

import { readDigest } from '../server/sip/digest/credentials.ts'
import { aorUser } from '../server/sip/message/address-of-record.ts'
import { buildResponse } from '../server/sip/message/build-response.ts'
import { readContacts } from '../server/sip/message/contact.ts'
import { readExpires } from '../server/sip/message/expires.ts'
import { FrameStream } from '../server/sip/message/frame-stream.ts'
import { HeaderId } from '../server/sip/message/header-name.ts'
import type { SipRequest } from '../server/sip/message/message.ts'
import { readNameAddr, tagOf } from '../server/sip/message/name-addr.ts'
import { parseDatagram } from '../server/sip/message/parse.ts'
import { readUri } from '../server/sip/message/uri.ts'
import { readVia } from '../server/sip/message/via.ts'
import { ProvenRing } from '../server/sip/transaction/proven-ring.ts'
import { RequestHasher } from '../server/sip/transaction/request-hash.ts'
import { measure } from './measure.ts'

const source = { remoteIp: '192.0.2.17', remotePort: 5062 }

function register(at: number): Buffer {
  const user = `05012340${String(at).padStart(4, '0')}`
  return Buffer.from(
    [
      'REGISTER sip:sip.example.com SIP/2.0',
      `Via: SIP/2.0/UDP 192.0.2.17:5062;branch=z9hG4bK${at}f3a91c;rport`,
      'Max-Forwards: 70',
      `From: "Reception" <sip:${user}@sip.example.com>;tag=8f21a${at}`,
      `To: "Reception" <sip:${user}@sip.example.com>`,
      `Call-ID: 0_1930481203@192.0.2.${at}`,
      `CSeq: ${at + 2} REGISTER`,
      `Contact: <sip:${user}@192.0.2.17:5062;transport=udp>;expires=3600`,
      `Authorization: Digest username="${user}", realm="sip.example.com", nonce="0165a1b2c3deadbeef0011223344556677aabbccddeeff0011", uri="sip:sip.example.com", response="6629fae49393a05397450978507c4ef1", algorithm=MD5, qop=auth, nc=0000000a, cnonce="0a4f113b"`,
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS',
      'User-Agent: Example T46U 108.86.0.20',
      'Expires: 3600',
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n'),
    'latin1',
  )
}

const datagrams = Array.from({ length: 64 }, (_, at) => register(at))
const datagram = (call: number) => datagrams[call & 63] as Buffer
const requests = datagrams.map((bytes) => parseDatagram(bytes, bytes.length) as SipRequest)
const request = (call: number) => requests[call & 63] as SipRequest
/** Keeps the results alive, so that nothing measured can be left out. */
let kept = 0

function read(message: SipRequest): number {
  const via = readVia(message.first(HeaderId.Via) ?? '')
  const from = readNameAddr(message.first(HeaderId.From) ?? '')
  const to = readNameAddr(message.first(HeaderId.To) ?? '')
  const aor = to && readUri(to.uri)
  const contacts = readContacts(message.all(HeaderId.Contact))
  const digest = readDigest(message.first(HeaderId.Authorization) ?? '')
  return (
    (via?.branch.length ?? 0) +
    ((from && tagOf(from))?.length ?? 0) +
    ((aor && aorUser(aor))?.length ?? 0) +
    (message.first(HeaderId.CallId)?.length ?? 0) +
    message.cseq +
    contacts.length +
    readExpires(message.first(HeaderId.Expires) ?? '') +
    (typeof digest === 'string' ? 0 : digest.nonce.length) +
    (message.first(HeaderId.UserAgent)?.length ?? 0)
  )
}

console.log(`REGISTER of ${datagram(0).length} bytes`)
measure('parse', (call) => {
  const bytes = datagram(call)
  if (parseDatagram(bytes, bytes.length).kind === 'request') kept++
})
measure('parse and read what a registrar reads', (call) => {
  const bytes = datagram(call)
  const message = parseDatagram(bytes, bytes.length)
  if (message.kind === 'request') kept += read(message)
})
const stream = new FrameStream()
measure('the same from a stream', (call) => {
  for (const message of stream.push(datagram(call))) if (message.kind === 'request') kept += read(message)
})
const out = Buffer.alloc(2048)
const headers =
  'Contact: <sip:050123400000@192.0.2.17:5062;transport=udp>;expires=3600\r\nExpires: 3600\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n'
measure('build a 200 into a buffer', (call) => {
  kept += out.write(buildResponse(request(call), 200, 'OK', source, 'a1b2c3d4', headers), 0, 'latin1')
})
const ring = new ProvenRing()
const hasher = new RequestHasher(Buffer.alloc(8, 7))
const vias = requests.map((message) => readVia(message.first(HeaderId.Via) ?? ''))
const answer = out.toString('latin1', 0, 500)
measure('request hash, not found in the ring, remembered', (call) => {
  const via = vias[call & 63]
  if (via === undefined) return
  const key = hasher.of(request(call), via, { remoteIp: '192.0.2.17', remotePort: call & 0xffff, connection: 0 })
  if (ring.find(key, call / 50) === undefined) ring.remember(key, answer, call / 50)
})
if (kept === 0) throw new Error('nothing was measured')

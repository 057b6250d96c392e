/** What admission costs a datagram: while turns are short, in a long turn for one that passes, and for one that waits. */

import { Admission } from '../server/sip/admission/admission.ts'
import { Nonces } from '../server/sip/digest/nonce.ts'
import type { Flow } from '../server/sip/transport/flow.ts'
import { measure } from './measure.ts'

const flow: Flow = { transport: 'udp', remoteIp: '192.0.2.17', remotePort: 5060, connection: 0, local: 0 }
const nonces = new Nonces({ current: { id: 1, key: Buffer.alloc(32, 3) } }, 3_600_000, Buffer.alloc(8, 1))
const now = Date.UTC(2026, 0, 5)
let turnEnds = () => {}
const admission = new Admission({
  now: () => performance.now(),
  time: () => now,
  nonces,
  bytes: (count) => Buffer.alloc(count, 5),
  below: () => 0,
  endOfTurn(work) {
    turnEnds = work
  },
  after: () => {},
  serve: () => {},
  told: () => {},
})
const common =
  'Contact: <sip:u1@192.0.2.17:5060>\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY\r\nUser-Agent: Bench\r\nExpires: 600\r\n\r\n'
const head = (n: number) =>
  `REGISTER sip:sip.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK-${n}-17;rport\r\nFrom: <sip:u1@sip.test>;tag=1\r\n` +
  'To: <sip:u1@sip.test>\r\nCall-ID: 1_bench@192.0.2.17\r\nCSeq: 17 REGISTER\r\n'
const proven = Buffer.from(
  `${head(1)}Authorization: Digest username="u1", realm="sip.test", nonce="${nonces.issue(now, flow.remoteIp)}", uri="sip:sip.test", ` +
    `response="${'0'.repeat(32)}", algorithm=MD5, cnonce="c0ffee", qop=auth, nc=00000001\r\n${common}`,
)
const firsts = Array.from({ length: 32_768 }, (_, n) => Buffer.from(head(n) + common))
const give = (bytes: Buffer) => admission.datagram(bytes, flow, 0, bytes.length)

measure('short turns', (call) => {
  give(proven)
  if (call % 32 === 31) turnEnds()
})
// Never ended: the turn stays long.
for (let n = 0; n < 1000; n++) give(proven)
if (give(proven) !== 'pass') throw new Error('the proven did not pass')
measure('a long turn: one that passes', () => void give(proven))
const offices: Flow[] = Array.from({ length: 1009 }, (_, n) => ({ ...flow, remoteIp: `198.51.${n >> 8}.${n & 255}` }))
measure('a long turn: one that waits', (call) => {
  const bytes = firsts[call % firsts.length] as Buffer
  admission.datagram(bytes, offices[call % offices.length] as Flow, 0, bytes.length)
})

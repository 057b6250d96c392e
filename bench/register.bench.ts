/**
 * One renewal through everything between the sockets, on one thread and without them: parse, register, decide, stage, commit (to memory),
 * reply, tell the web role: of 20,000 lines in no order, in turns of 32 as the event loop hands them over.
 */
import { createHash } from 'node:crypto'
import { isProven } from '../server/registrar/outcome.ts'
import { replyTo } from '../server/registrar/reply.ts'
import { Endpoint, type Handler } from '../server/sip/endpoint/endpoint.ts'
import { parseDatagram } from '../server/sip/message/parse.ts'
import { ProvenRing } from '../server/sip/transaction/proven-ring.ts'
import { RequestHasher } from '../server/sip/transaction/request-hash.ts'
import type { Flow } from '../server/sip/transport/flow.ts'
import { packFacts } from '../server/status/fact-codec.ts'
import { tellOutcome } from '../server/status/fact-of-outcome.ts'
import type { Fact } from '../server/status/facts.ts'
import { openRegistrar } from '../test/support/open-registrar.ts'
import { measure } from './measure.ts'

const lines = 20_000
/** Prime to the number of lines. */
const stride = 7919
const turn = 32
const realm = 'sip.test'
const flow: Flow = { transport: 'udp', remoteIp: '192.0.2.17', remotePort: 5060, connection: 0, local: 0 }

const world = openRegistrar(Array.from({ length: lines }, (_, user) => ({ username: `u${user}`, password: `pw${user}` })))
let facts: Fact[] = []
let accepted = 0
let refused = 0
const handler: Handler = (request, from, now, answer) =>
  world.registrar.register(request, from, now, (outcome) => {
    if (outcome.kind === 'registered') accepted++
    else refused++
    tellOutcome(outcome, from, now, facts)
    const { status, reason, headers } = replyTo(outcome, now, from.remoteIp, { nonces: world.nonces, realm })
    answer({ status, reason, headers, remember: isProven(outcome) })
  })
let sent = 0
const endpoint = new Endpoint({
  handlers: new Map([['REGISTER', handler]]),
  ring: new ProvenRing(),
  now: world.now,
  hasher: new RequestHasher(Buffer.alloc(16, 5)),
  send: (bytes) => {
    sent += bytes.length
  },
})

function endTurn(): void {
  world.endTurn()
  if (facts.length < 2000) return
  sent += packFacts(facts).length
  facts = []
}

const phones = Array.from({ length: lines }, (_, user) => {
  const nonce = world.nonces.issue(world.now(), flow.remoteIp)
  return { user, nonce, ha1: md5(`u${user}:${realm}:pw${user}`), count: 0, cseq: 0 }
})
const ha2 = md5(`REGISTER:sip:${realm}`)
let next = 0
for (let i = 0; i < lines; i++) {
  endpoint.datagram(nextPacket(), flow)
  if (i % turn === 0) world.endTurn()
}
world.endTurn()

/** Packets are written before they are measured: writing one costs more than answering it. */
const roundSize = 8192
let packets: Buffer[] = []
const prepare = () => {
  packets = Array.from({ length: roundSize }, nextPacket)
}
measure(
  'parse alone',
  (call) => {
    const packet = packets[call % roundSize] as Buffer
    if (parseDatagram(packet, packet.length).kind !== 'request') refused++
  },
  roundSize,
  prepare,
)
measure(
  'a renewal, from its bytes to those of its 200',
  (call) => {
    endpoint.datagram(packets[call % roundSize] as Buffer, { ...flow })
    if (call % turn === turn - 1) endTurn()
  },
  roundSize,
  prepare,
)
if (accepted === 0 || refused > 0 || sent === 0) throw new Error(`${refused} of the renewals were refused`)

function nextPacket(): Buffer {
  next = (next + stride) % lines
  const phone = phones[next]
  if (phone === undefined) throw new Error('no such phone')
  phone.count++
  phone.cseq++
  const nc = phone.count.toString(16).padStart(8, '0')
  const response = md5(`${phone.ha1}:${phone.nonce}:${nc}:c0ffee:auth:${ha2}`)
  const { user, cseq } = phone
  return Buffer.from(
    `REGISTER sip:${realm} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.17:5060;branch=z9hG4bK-${user}-${cseq};rport\r\n` +
      `From: "Desk ${user}" <sip:u${user}@${realm}>;tag=f${cseq}\r\nTo: "Desk ${user}" <sip:u${user}@${realm}>\r\n` +
      `Call-ID: ${user}_bench@192.0.2.17\r\nCSeq: ${cseq} REGISTER\r\nContact: <sip:u${user}@192.0.2.17:5060;line=${user * 7919}>\r\n` +
      `Authorization: Digest username="u${user}", realm="${realm}", nonce="${phone.nonce}", uri="sip:${realm}", response="${response}", ` +
      `algorithm=MD5, cnonce="c0ffee", qop=auth, nc=${nc}\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, INFO\r\n` +
      'Max-Forwards: 70\r\nUser-Agent: Bench Phone 1.0\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n',
    'latin1',
  )
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

/**
 * One renewal that is recognised, between the sockets: its form, its proof, its answer and its row, beside one that is read. Of 20,000 lines in
 * no order, in turns of 32. Aim: a third of what reading takes.
 */
import { createHash } from 'node:crypto'
import { beginMd5, md5Block } from '../server/sip/digest/md5.ts'
import { FormReader } from '../server/sip/request-form/request-form.ts'
import { openEndpoint } from '../test/support/open-endpoint.ts'
import { authorization } from '../test/support/register-request.ts'
import { measure } from './measure.ts'

const lines = 20_000
/** Prime to the number of lines. */
const stride = 7919
const turn = 32
const roundSize = 8192

interface Phone {
  user: number
  nonce: string
  count: number
}

function open(recognises: boolean) {
  const world = openEndpoint(
    Array.from({ length: lines }, (_, user) => ({ username: `u${user}`, password: `pw${user}` })),
    { recognises },
  )
  const phones = Array.from({ length: lines }, (_, user): Phone => ({ user, nonce: world.nonce(), count: 0 }))
  let next = 0
  const packet = () => {
    next = (next + stride) % lines
    return written(phones[next] as Phone)
  }
  for (let i = 0; i < 2 * lines; i++) {
    world.hand(packet())
    if (i % turn === 0) world.answers()
  }
  world.answers()
  return { ...world, packet, taken: () => world.taken }
}

function written(phone: Phone): Buffer {
  const { user, nonce } = phone
  const count = ++phone.count
  const name = `u${user}`
  return Buffer.from(
    `REGISTER sip:sip.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-${user}-${count};rport\r\n` +
      `From: "Desk ${user}" <sip:${name}@sip.test>;tag=f${count}\r\nTo: "Desk ${user}" <sip:${name}@sip.test>\r\n` +
      `Call-ID: ${user}_bench@192.0.2.10\r\nCSeq: ${count} REGISTER\r\nContact: <sip:${name}@192.0.2.10:5060;line=${user * 7919}>\r\n` +
      `Authorization: ${authorization({ password: `pw${user}`, nonce, nc: count }, name, 'sip.test')}\r\n` +
      'Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, REFER, INFO\r\n' +
      'Max-Forwards: 70\r\nUser-Agent: Bench Phone 1.0\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n',
    'latin1',
  )
}

const known = open(true)
const read = open(false)
const before = known.taken()
for (const [name, world] of [
  ['recognised', known],
  ['read', read],
] as const) {
  let packets: Buffer[] = []
  const prepare = () => {
    packets = Array.from({ length: roundSize }, world.packet)
  }
  const work = (call: number) => {
    world.hand(packets[call % roundSize] as Buffer)
    if (call % turn === turn - 1) world.answers()
  }
  measure(`a renewal that is ${name}, from its bytes to those of its 200`, work, roundSize, prepare)
}
if (known.taken() - before < roundSize) throw new Error('the renewals were not recognised')

const reader = new FormReader(Buffer.alloc(8, 1))
const some = Array.from({ length: 256 }, known.packet)
measure('the form of a REGISTER', (call) => reader.read(some[call % 256] as Buffer, 0, (some[call % 256] as Buffer).length))
const state = new Int32Array(4)
const words = new Int32Array(32)
measure('MD5 of two blocks, ours', () => {
  beginMd5(state)
  md5Block(state, words, 0)
  md5Block(state, words, 16)
})
const text = 'x'.repeat(110)
measure('MD5 of two blocks, by the library', () => createHash('md5').update(text).digest('hex'))

/**
 * The proof of a renewal whose nonce and address are those of the last one: MD5 of `HA1:nonce:nc:cnonce:auth:HA2`, of which the first 64
 * characters have been hashed before. Reads the request's bytes, makes no text. RFC 7616 §3.4.1. Hot path: known-renewals.bench.ts.
 */
import { beginMd5, md5Block } from '../../sip/digest/md5.ts'
import type { RequestForm } from '../../sip/request-form/request-form.ts'

const blockSize = 64
/** Of `HA1:nonce` so many characters of the nonce are in the first block. */
const nonceInFirst = 31
const countSize = 8
const proofSize = 32
/** What two blocks leave for the client nonce beside the rest, the end mark and the length. */
export const longestCnonce = 52

const words = new Int32Array(32)
const view = new DataView(words.buffer)
const bytes = new Uint8Array(words.buffer)
const state = new Int32Array(4)
const hexValue = new Uint8Array(256).fill(255)
for (let digit = 0; digit < 16; digit++) {
  hexValue['0123456789abcdef'.charCodeAt(digit)] = digit
  hexValue['0123456789ABCDEF'.charCodeAt(digit)] = digit
}
const COLON = 58
const auth = Buffer.from('auth').readInt32LE(0)

/** Writes the state behind the first block into `into` from word `at` on. `ha1`: 32 characters; `nonce`: 50. */
export function hashFirstBlock(ha1: string, nonce: string, into: Int32Array, at: number): void {
  const first = `${ha1}:${nonce}`
  for (let i = 0; i < blockSize; i++) bytes[i] = first.charCodeAt(i)
  beginMd5(state)
  md5Block(state, words, 0)
  into.set(state, at)
}

/**
 * Whether the request of this `form`, which lies in `from`, is proven. The state behind the first block stands in `states` from word `at` on;
 * HA2, 32 characters, in `ha2s` from byte `ha2At` on.
 */
export function isProvenBy(form: RequestForm, from: DataView, states: Int32Array, at: number, ha2s: DataView, ha2At: number): boolean {
  const cnonceSize = form.cnonceEnd - form.cnonceStart
  if (cnonceSize > longestCnonce || form.responseEnd - form.responseStart !== proofSize) return false
  let to = copy(from, form.nonceStart + nonceInFirst, form.nonceEnd, 0)
  bytes[to++] = COLON
  to = copy(from, form.countStart, form.countStart + countSize, to)
  bytes[to++] = COLON
  to = copy(from, form.cnonceStart, form.cnonceEnd, to)
  bytes[to++] = COLON
  view.setInt32(to, auth, true)
  bytes[to + 4] = COLON
  to = copy(ha2s, ha2At, ha2At + proofSize, to + 5)
  const bits = (blockSize + to) * 8
  bytes[to++] = 0x80
  while ((to & 3) !== 0) bytes[to++] = 0
  for (let word = to >> 2; word < 30; word++) words[word] = 0
  words[30] = bits
  words[31] = 0
  for (let i = 0; i < 4; i++) state[i] = states[at + i] as number
  md5Block(state, words, 0)
  md5Block(state, words, 16)
  // All of it is compared whatever the first digits are.
  let different = 0
  let bad = 0
  let digit = form.responseStart
  for (let i = 0; i < 4; i++) {
    let told = 0
    for (let shift = 0; shift < 32; shift += 8, digit += 2) {
      const high = hexValue[from.getUint8(digit)] as number
      const low = hexValue[from.getUint8(digit + 1)] as number
      bad |= high | low
      told |= ((high << 4) | low) << shift
    }
    different |= told ^ (state[i] as number)
  }
  return different === 0 && bad < 16
}

function copy(from: DataView, start: number, end: number, to: number): number {
  let at = to
  let i = start
  for (; i + 4 <= end; i += 4, at += 4) view.setInt32(at, from.getInt32(i, true), true)
  for (; i < end; i++, at++) bytes[at] = from.getUint8(i)
  return at
}

/**
 * The proof of a renewal: MD5 of `HA1:nonce:nc:cnonce:auth:HA2`, from the request's bytes. Makes no text. RFC 7616 §3.4.1. Hot path:
 * known-renewals.bench.ts.
 */
import { hexDigit } from '../../sip/digest/address-network.ts'
import { beginMd5, md5Block } from '../../sip/digest/md5.ts'
import { nonceLength } from '../../sip/digest/nonce.ts'
import type { RequestForm } from '../../sip/request-form/request-form.ts'

const countSize = 8
/** Characters of an MD5 digest. */
export const digestSize = 32
/** What three blocks leave for the client nonce beside the rest, the end mark and the length. */
const longestCnonce = 52

const words = new Int32Array(48)
const view = new DataView(words.buffer)
const bytes = new Uint8Array(words.buffer)
const state = new Int32Array(4)
/** Two hex digits of each byte, as they lie in memory. */
const hexOfByte = new Int32Array(256)
for (let byte = 0; byte < 256; byte++) hexOfByte[byte] = Buffer.from(byte.toString(16).padStart(2, '0')).readInt16LE(0)
const COLON = 58
const auth = Buffer.from('auth').readInt32LE(0)

/** Reads 32 hex digits into four words from `at` on; false if one of them is none. */
export function readDigestWords(hex: DataView, start: number, into: Int32Array, at: number): boolean {
  let bad = 0
  let digit = start
  for (let i = 0; i < 4; i++) {
    let word = 0
    for (let shift = 0; shift < 32; shift += 8, digit += 2) {
      const high = hexDigit[hex.getUint8(digit)] as number
      const low = hexDigit[hex.getUint8(digit + 1)] as number
      bad |= high | low
      word |= ((high << 4) | low) << shift
    }
    into[at + i] = word
  }
  return bad < 16
}

/**
 * Whether the request of this `form`, which lies in `from`, is proven. HA1 stands in `ha1s`, four words from `at` on; HA2, 32 characters, in
 * `ha2s` from byte `ha2At` on.
 */
export function isProvenBy(form: RequestForm, from: DataView, ha1s: Int32Array, at: number, ha2s: DataView, ha2At: number): boolean {
  const cnonceSize = form.cnonceEnd - form.cnonceStart
  if (cnonceSize > longestCnonce || form.responseEnd - form.responseStart !== digestSize) return false
  let to = 0
  for (let i = 0; i < 4; i++) {
    const word = ha1s[at + i] as number
    for (let shift = 0; shift < 32; shift += 8, to += 2) view.setInt16(to, hexOfByte[(word >>> shift) & 255] as number, true)
  }
  bytes[to++] = COLON
  to = copy(from, form.nonceStart, form.nonceStart + nonceLength, to)
  bytes[to++] = COLON
  to = copy(from, form.countStart, form.countStart + countSize, to)
  bytes[to++] = COLON
  to = copy(from, form.cnonceStart, form.cnonceEnd, to)
  bytes[to++] = COLON
  view.setInt32(to, auth, true)
  bytes[to + 4] = COLON
  to = copy(ha2s, ha2At, ha2At + digestSize, to + 5)
  const bits = to * 8
  bytes[to++] = 0x80
  while ((to & 3) !== 0) bytes[to++] = 0
  for (let word = to >> 2; word < 46; word++) words[word] = 0
  words[46] = bits
  words[47] = 0
  beginMd5(state)
  md5Block(state, words, 0)
  md5Block(state, words, 16)
  md5Block(state, words, 32)
  // All of it is compared whatever the first digits are.
  const isHex = readDigestWords(from, form.responseStart, told, 0)
  let different = 0
  for (let i = 0; i < 4; i++) different |= (told[i] as number) ^ (state[i] as number)
  return different === 0 && isHex
}
const told = new Int32Array(4)

function copy(from: DataView, start: number, end: number, to: number): number {
  let at = to
  let i = start
  for (; i + 4 <= end; i += 4, at += 4) view.setInt32(at, from.getInt32(i, true), true)
  for (; i < end; i++, at++) bytes[at] = from.getUint8(i)
  return at
}

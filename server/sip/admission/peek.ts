/**
 * What a datagram seems to be, from a glance at its bytes: enough to say how dear it is before anything is spent on it. Whoever
 * deceives the glance is found out by the parser and the registrar. Makes no object. Hot path: admission.bench.ts.
 */

export type Glance =
  /** REGISTER, OPTIONS, SUBSCRIBE, and whatever cannot be read. */
  | 'request'
  /** Part of a call that somebody is making. */
  | 'call'
  /** An answer to us, or a keepalive: small, and it ends something or keeps it alive. */
  | 'small'

/** The first four characters of a method, big-endian. */
function fourOf(text: string): number {
  return Buffer.from(text, 'latin1').readInt32BE(0)
}
const invite = fourOf('INVI')
const ack = fourOf('ACK ')
const bye = fourOf('BYE ')
const cancel = fourOf('CANC')
const prack = fourOf('PRAC')
const update = fourOf('UPDA')
const info = fourOf('INFO')
const refer = fourOf('REFE')
const answer = fourOf('SIP/')
/** Shorter than any request: a keepalive, or nothing. */
const shortest = 40

/** What begins at `start`. Methods are upper case (RFC 3261 §7.1). */
export function glanceAt(bytes: Uint8Array, start: number, length: number): Glance {
  // Letters begin at 0x41: what is below are line ends, zeros or STUN.
  if (length < shortest || (bytes[start] as number) < 0x40) return 'small'
  const four =
    ((bytes[start] as number) << 24) |
    ((bytes[start + 1] as number) << 16) |
    ((bytes[start + 2] as number) << 8) |
    (bytes[start + 3] as number)
  switch (four) {
    case answer:
      return 'small'
    case invite:
    case ack:
    case bye:
    case cancel:
    case prack:
    case update:
    case info:
    case refer:
      return 'call'
    default:
      return 'request'
  }
}

const word = Buffer.from('nonce="')
/** By how much a search may go on when this character stands below the last one of the word (Horspool). */
const skip = new Uint8Array(256).fill(word.length)
for (let at = 0; at < word.length - 1; at++) skip[word[at] as number] = word.length - 1 - at
const last = word.length - 1
const quote = 0x22

/** Where the value of a `nonce="` of `size` characters begins; -1 without one. `cnonce` is another word. */
export function nonceAt(bytes: Uint8Array, start: number, length: number, size: number): number {
  const end = start + length
  // Behind the value its closing quote must fit.
  for (let at = start + 1; at + word.length + size < end; ) {
    const code = bytes[at + last] as number
    if (code === quote && isWord(bytes, at)) {
      if (bytes[at + word.length + size] === quote) return at + word.length
    }
    at += skip[code] as number
  }
  return -1
}

function isWord(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < last; i++) if (bytes[at + i] !== word[i]) return false
  const before = (bytes[at - 1] as number) | 32
  return before !== 0x63
}

/**
 * Nonces that need no memory: 50 hex digits that only the holder of the key can make. Hot path: digest-verify.bench.ts.
 *
 *     key id 2 | issued, epoch seconds 8 | tag of the address 8 | number 16 | MAC 16 (of all before it)
 *
 * Hex, since phones have been seen to trip over + / = (and lower-casing a nonce does it no harm).
 * The MAC is SipHash-2-4 in JavaScript: 0.2 µs of CPU, against 0.3–0.6 µs for one crypto.hash of SHA-256 (which would be a MAC only
 * with care) and 11–21 µs for an HMAC object (digest-verify.bench.ts measures all three).
 */
import { hexDigit, networkWords, readNetwork } from './address-network.ts'
import { SipHashKey, sipHash, sipTag } from './siphash.ts'

export interface NonceKey {
  /** 0 … 255; tells current and previous key apart. */
  readonly id: number
  /** 32 random bytes, kept over restarts and shared by all machines of an installation. */
  readonly key: Buffer
}

/** Two keys, so that neither a rotation nor a restart challenges the world anew. */
export interface NonceKeySet {
  readonly current: NonceKey
  readonly previous?: NonceKey
}

export type NonceCheck =
  | { readonly ours: false }
  | {
      readonly ours: true
      readonly expired: boolean
      /** Issued to this address (IPv4; IPv6 /64). */
      readonly sameAddress: boolean
      /** Names this nonce for the counting of nc. */
      readonly id: string
    }

const notOurs: NonceCheck = { ours: false }
/** Characters of a nonce of ours. */
export const nonceLength = 50
/** Where in it stand when it was issued, 8 digits, and its id, as NonceCheck names it. */
export const issuedStart = 2
export const nonceIdStart = 2
export const nonceIdLength = 32
/** A clock set back by more than this makes a nonce from the future; it is expired, so the phone gets a new one. */
const futureSeconds = 300

class Keyed {
  readonly id: number
  readonly mac: SipHashKey
  readonly address: SipHashKey

  constructor(key: NonceKey) {
    if (key.key.length < 32) throw new RangeError('a nonce key has 32 bytes')
    this.id = key.id & 255
    this.mac = new SipHashKey(key.key, 0)
    this.address = new SipHashKey(key.key, 16)
  }
}

const words = new Int32Array(6)

export class Nonces {
  #current: Keyed
  #previous: Keyed | undefined
  readonly #lifetime: number
  readonly #serial: Int32Array
  /** Seconds: nonces keep a time of their own, which goes on evenly when the clock is set. */
  #ahead = 0

  /**
   * `lifetimeMs`: how long a nonce is good; at least the longest granted expiry, so that a renewal takes one round trip.
   * `seed`: 8 random bytes, new for every start; the numbers of the nonces count on from there.
   */
  constructor(keys: NonceKeySet, lifetimeMs: number, seed: Buffer) {
    this.#current = new Keyed(keys.current)
    this.#previous = keys.previous === undefined ? undefined : new Keyed(keys.previous)
    this.#lifetime = Math.ceil(lifetimeMs / 1000)
    this.#serial = Int32Array.of(seed.readInt32LE(0), seed.readInt32LE(4))
  }

  /** Takes new keys over; nonces of a key that is in neither place are no longer ours. */
  rotate(keys: NonceKeySet): void {
    this.#current = new Keyed(keys.current)
    this.#previous = keys.previous === undefined ? undefined : new Keyed(keys.previous)
  }

  /** The clock was set ahead by `by` ms (negative: back); at the start, all that it was set since the installation was made. */
  clockSet(by: number): void {
    this.#ahead += by / 1000
  }

  /** A fresh nonce for the phone at `ip`, at epoch ms `nowMs`. */
  issue(nowMs: number, ip: string): string {
    const keyed = this.#current
    const serial = this.#serial
    serial[0] = (serial[0] as number) + 1
    if (serial[0] === 0) serial[1] = (serial[1] as number) + 1
    const tag = addressTag(keyed, ip)
    words[0] = keyed.id
    words[1] = nowMs / 1000 - this.#ahead
    words[2] = tag
    words[3] = serial[0] as number
    words[4] = serial[1] as number
    words[5] = 0
    const head = hexByte[keyed.id] + hex32(words[1] as number) + hex32(tag) + hex32(serial[0] as number) + hex32(serial[1] as number)
    sipHash(keyed.mac, words, 6)
    return head + hex32(sipTag.low) + hex32(sipTag.high)
  }

  /** Whether `nonce` is one of ours, and for whom and how long. Any text is answered; upper case hex is accepted. */
  check(nonce: string, nowMs: number, ip: string): NonceCheck {
    if (nonce.length !== nonceLength) return notOurs
    const id = readHex(nonce, 0, 2)
    const keyed = id === this.#current.id ? this.#current : id === this.#previous?.id ? this.#previous : undefined
    if (keyed === undefined) return notOurs
    const issued = readHex(nonce, 2, 10)
    const tag = readHex(nonce, 10, 18)
    const low = readHex(nonce, 18, 26)
    const high = readHex(nonce, 26, 34)
    const macLow = readHex(nonce, 34, 42)
    const macHigh = readHex(nonce, 42, 50)
    if (id < 0 || issued < 0 || tag < 0 || low < 0 || high < 0 || macLow < 0 || macHigh < 0) return notOurs
    words[0] = id
    words[1] = issued
    words[2] = tag
    words[3] = low
    words[4] = high
    words[5] = 0
    sipHash(keyed.mac, words, 6)
    if (((sipTag.low ^ macLow) | (sipTag.high ^ macHigh)) !== 0) return notOurs
    return {
      ours: true,
      expired: !this.isCurrent(issued, nowMs),
      sameAddress: addressTag(keyed, ip) === (tag | 0),
      id: nonce.substring(nonceIdStart, nonceIdStart + nonceIdLength),
    }
  }

  /** Whether the key of this number is in use: a nonce that was ours under it still is. */
  hasKey(id: number): boolean {
    return id === this.#current.id || id === this.#previous?.id
  }

  /** Whether a nonce that says it was issued then, in seconds, is still good. */
  isCurrent(issued: number, nowMs: number): boolean {
    const age = Math.floor(nowMs / 1000 - this.#ahead) - issued
    return age <= this.#lifetime && age >= -futureSeconds
  }

  /**
   * Names the nonce whose characters lie in `bytes` from `at` on, if it is ours, still good and was issued to the phone at `ip`; else 0.
   * For a look at a packet before anything is spent on it: makes no object.
   */
  known(bytes: Uint8Array, at: number, nowMs: number, ip: string): number {
    const id = readHexBytes(bytes, at, at + 2)
    const keyed = id === this.#current.id ? this.#current : id === this.#previous?.id ? this.#previous : undefined
    if (keyed === undefined) return 0
    const issued = readHexBytes(bytes, at + 2, at + 10)
    const tag = readHexBytes(bytes, at + 10, at + 18)
    if (!this.isCurrent(issued, nowMs) || addressTag(keyed, ip) !== (tag | 0)) return 0
    const low = readHexBytes(bytes, at + 18, at + 26)
    const high = readHexBytes(bytes, at + 26, at + 34)
    words[0] = id
    words[1] = issued
    words[2] = tag
    words[3] = low
    words[4] = high
    words[5] = 0
    sipHash(keyed.mac, words, 6)
    const macLow = readHexBytes(bytes, at + 34, at + 42)
    const macHigh = readHexBytes(bytes, at + 42, at + 50)
    if (low < 0 || high < 0 || macLow < 0 || macHigh < 0) return 0
    return ((sipTag.low ^ macLow) | (sipTag.high ^ macHigh)) === 0 ? low | 0 || 1 : 0
  }
}

/** Keyed, so that a nonce does not tell which address it was given to. */
function addressTag(keyed: Keyed, ip: string): number {
  readNetwork(ip)
  sipHash(keyed.address, networkWords, 2)
  return sipTag.low
}

const hexByte: string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))

function hex32(value: number): string {
  return `${hexByte[value >>> 24]}${hexByte[(value >>> 16) & 255]}${hexByte[(value >>> 8) & 255]}${hexByte[value & 255]}`
}

/** Up to 8 hex digits as an unsigned number; -1 if one of them is none. */
function readHex(text: string, start: number, end: number): number {
  let value = 0
  let bad = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    const digit = code < 256 ? (hexDigit[code] as number) : 255
    bad |= digit
    value = (value << 4) | digit
  }
  return bad > 15 ? -1 : value >>> 0
}

/** The same for characters that lie in `bytes`. */
export function readHexBytes(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  let bad = 0
  for (let at = start; at < end; at++) {
    const digit = hexDigit[bytes[at] as number] as number
    bad |= digit
    value = (value << 4) | digit
  }
  return bad > 15 ? -1 : value >>> 0
}

/** When the nonce with this `id` (of a check that said ours) was issued, epoch seconds. */
export function issuedAtOf(id: string): number {
  return Math.max(readHex(id, 0, 8), 0)
}

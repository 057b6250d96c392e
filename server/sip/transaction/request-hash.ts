/**
 * Which transaction a request belongs to (RFC 3261 §17.2.3), and the tag that an answer adds to To (§8.2.7): a keyed hash of 64 bits of
 * what the transaction is known by, made in one go and with nothing to collect. Hot path: parse.bench.ts.
 */
import { HeaderId } from '../message/header-name.ts'
import type { SipRequest } from '../message/message.ts'
import type { ViaValue } from '../message/via.ts'
import type { RequestForm } from '../request-form/request-form.ts'
import { halfSipHash, halfSipTag } from './half-siphash.ts'

/** What a request is known by. */
export interface RequestHash {
  readonly low: number
  readonly high: number
}

/** The way a request came: part of what it is known by, so that nobody can fetch another's answer by guessing a branch. */
export interface RequestSource {
  readonly remoteIp: string
  readonly remotePort: number
  readonly connection: number
}

/** Characters of one value that count. */
const mostCharacters = 512
const words = new Int32Array((6 * (mostCharacters + 8)) / 4)

export class RequestHasher {
  readonly #keyLow: number
  readonly #keyHigh: number

  /** `key`: 8 bytes or more, new for every start. */
  constructor(key: Buffer) {
    this.#keyLow = key.readInt32LE(0)
    this.#keyHigh = key.readInt32LE(4)
  }

  /**
   * Two requests are one transaction if they hash alike: branch, sent-by and method, and where they came from. Without the magic cookie
   * (RFC 2543 senders) or a readable Via the branch says nothing: Request-URI, From, Call-ID, CSeq and the Via count. ACK is hashed as its INVITE.
   */
  of(request: SipRequest, via: ViaValue | undefined, source: RequestSource): RequestHash {
    let at = put(source.remoteIp, 0)
    words[at++] = source.remotePort
    words[at++] = source.connection
    at = put(request.method === 'ACK' ? 'INVITE' : request.method, at)
    if (via !== undefined && via.branch.length > 7 && via.branch.startsWith('z9hG4bK')) {
      at = put(via.branch, at)
      words[at++] = via.port
      at = put(via.host, at)
    } else {
      words[at++] = request.cseq
      at = put(request.first(HeaderId.CallId) ?? '', at)
      at = put(request.first(HeaderId.From) ?? '', at)
      at = put(request.uri, at)
      at = put(request.first(HeaderId.Via) ?? '', at)
    }
    halfSipHash(this.#keyLow, this.#keyHigh, words, at * 4)
    return { low: halfSipTag.low | 0, high: halfSipTag.high | 0 }
  }

  /** The same of a REGISTER that came over UDP and of which only the places are known. Answers one and the same object every time. */
  ofForm(form: RequestForm, bytes: DataView, ip: string, port: number): RequestHash {
    let at = put(ip, 0)
    words[at++] = port
    words[at++] = 0
    at = put('REGISTER', at)
    at = putBytes(bytes, form.branchStart, form.branchEnd, at)
    words[at++] = form.viaPort
    at = putBytes(bytes, form.hostStart, form.hostEnd, at)
    halfSipHash(this.#keyLow, this.#keyHigh, words, at * 4)
    ofForm.low = halfSipTag.low | 0
    ofForm.high = halfSipTag.high | 0
    return ofForm
  }
}

const ofForm = { low: 0, high: 0 }

/** The tag of To in every answer to this request: 8 hex digits, the same whenever it comes again, so that no state is needed. */
export function toTagOf({ low }: RequestHash): string {
  return hexByte(low >>> 24) + hexByte(low >>> 16) + hexByte(low >>> 8) + hexByte(low)
}

/** Writes length and characters of `text` from word `at` on; answers the word behind. */
function put(text: string, at: number): number {
  const length = text.length < mostCharacters ? text.length : mostCharacters
  words[at++] = text.length
  let from = 0
  for (; from + 4 <= length; from += 4) {
    words[at++] =
      text.charCodeAt(from) | (text.charCodeAt(from + 1) << 8) | (text.charCodeAt(from + 2) << 16) | (text.charCodeAt(from + 3) << 24)
  }
  if (from < length) {
    let word = 0
    for (let shift = 0; from < length; from++, shift += 8) word |= text.charCodeAt(from) << shift
    words[at++] = word
  }
  return at
}

/** The same of the characters from `start` to `end` of `bytes`. */
function putBytes(bytes: DataView, start: number, end: number, to: number): number {
  let at = to
  const length = end - start < mostCharacters ? end - start : mostCharacters
  words[at++] = end - start
  let from = start
  for (; from + 4 <= start + length; from += 4) words[at++] = bytes.getInt32(from, true)
  if (from < start + length) {
    let word = 0
    for (let shift = 0; from < start + length; from++, shift += 8) word |= bytes.getUint8(from) << shift
    words[at++] = word
  }
  return at
}

const hexBytes: readonly string[] = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'))

function hexByte(value: number): string {
  return hexBytes[value & 255] as string
}

/**
 * What stays the same from one renewal of a phone to its next: all of a REGISTER but branch, From tag, CSeq, nonce, nonce count, client nonce
 * and proof. One pass over the bytes finds where those stand and hashes the rest, so that a REGISTER whose like has been read and judged
 * before need not be read again. Makes no object. Hot path: known-renewals.bench.ts.
 *
 * Only the plainest way of writing counts: long header names, one line each, no Via but our neighbour's, no body. Whatever else comes has
 * no form here and is read by the parser.
 */
import { readAuthorization } from './authorization-form.ts'
import { beginFormHash, endFormHash, formHash } from './form-hash.ts'
import { CR, endOfLine, four, LF, SP, wholeLine } from './form-text.ts'
import { readCSeq, readFrom, readVia } from './line-forms.ts'

/** Places are those of the bytes; an end is the place behind. */
export class RequestForm {
  /** 64 bits over all that stays the same, keyed. */
  low = 0
  high = 0
  viaStart = 0
  /** Behind the line's last character, before its CRLF; so of all lines. */
  viaEnd = 0
  hostStart = 0
  hostEnd = 0
  /** 0 if sent-by names none. */
  viaPort = 0
  branchStart = 0
  branchEnd = 0
  /** Behind a `;rport` without a value; -1 without one. */
  rportEnd = -1
  fromStart = 0
  fromEnd = 0
  toStart = 0
  toEnd = 0
  callIdStart = 0
  callIdEnd = 0
  cseqStart = 0
  cseqEnd = 0
  cseq = 0
  /** First character of the value. */
  contactStart = 0
  contactEnd = 0
  /** As many characters as a nonce of ours has. */
  nonceStart = 0
  /** Eight characters. */
  countStart = 0
  cnonceStart = 0
  cnonceEnd = 0
  responseStart = 0
  responseEnd = 0
}

const HT = 9
const regi = four('REGI')
const ster = four('STER')
const via = four('Via:')
const from = four('From')
const callId = four('Call')
const callIdBehind = four('ID: ')
const cseq = four('CSeq')
const contact = four('Cont')
const act = four('act:')
const authorization = four('Auth')
/** Characters that are looked at to know a line. */
const longestName = 24

const seenVia = 1
const seenFrom = 2
const seenTo = 4
const seenCallId = 8
const seenCseq = 16
const seenContact = 32
const seenAuthorization = 64
const seenAll = 127
const shortest = 200
const longest = 4096

export class FormReader {
  readonly form = new RequestForm()
  readonly #keyA: number
  readonly #keyB: number
  #buffer: ArrayBufferLike | undefined
  #view: DataView = new DataView(new ArrayBuffer(0))
  #bytes: Uint8Array = new Uint8Array(0)

  /** `key`: 8 bytes, new for every start. */
  constructor(key: Buffer) {
    this.#keyA = key.readInt32LE(0)
    this.#keyB = key.readInt32LE(4)
  }

  /** Reads `length` bytes from `start` on into `form`; false if they have none, and then `form` means nothing. */
  read(bytes: Uint8Array, start: number, length: number): boolean {
    if (length < shortest || length > longest) return false
    if (bytes.buffer !== this.#buffer) {
      this.#buffer = bytes.buffer
      this.#view = new DataView(bytes.buffer)
      this.#bytes = new Uint8Array(bytes.buffer)
    }
    const base = start + bytes.byteOffset
    const view = this.#view
    if (view.getInt32(base, true) !== regi || view.getInt32(base + 4, true) !== ster) return false
    beginFormHash(this.#keyA, this.#keyB, base)
    // Places are those of the view while it is read, so that one number serves for words and bytes.
    return readLines(view, this.#bytes, base, base + length, this.form)
  }

  /** What the places of `form` count in, and the same as bytes. */
  get view(): DataView {
    return this.#view
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }
}

function readLines(view: DataView, bytes: Uint8Array, start: number, end: number, form: RequestForm): boolean {
  let seen = 0
  let at = endOfLine(view, bytes, start, end)
  if (at < 0) return false
  at += 2
  for (;;) {
    if (end - at < 4) return lastLine(view, bytes, at, end, seen, form)
    let lineEnd = -1
    let bit = 0
    // So near the end stands no line that must be known.
    const word = end - at < longestName ? 0 : view.getInt32(at, true)
    switch (word) {
      case via:
        bit = seenVia
        lineEnd = readVia(view, bytes, at, end, form)
        break
      case from:
        bit = seenFrom
        lineEnd = readFrom(view, bytes, at, end, form)
        break
      case callId:
        if (view.getInt32(at + 5, true) === callIdBehind) {
          bit = seenCallId
          lineEnd = wholeLine(view, bytes, at, end, 9)
          form.callIdStart = at
          form.callIdEnd = lineEnd
        } else lineEnd = endOfLine(view, bytes, at, end)
        break
      case cseq:
        bit = seenCseq
        lineEnd = readCSeq(view, bytes, at, end, form)
        break
      case contact:
        if (view.getInt32(at + 4, true) === act) {
          bit = seenContact
          lineEnd = wholeLine(view, bytes, at, end, 9)
          form.contactStart = at + 9
          form.contactEnd = lineEnd
        } else lineEnd = endOfLine(view, bytes, at, end)
        break
      case authorization:
        bit = seenAuthorization
        lineEnd = readAuthorization(view, bytes, at, end, form)
        break
      default:
        if ((word & 0xffffff) === toWord) {
          bit = seenTo
          lineEnd = wholeLine(view, bytes, at, end, 4)
          form.toStart = at
          form.toEnd = lineEnd
        } else {
          const first = bytes[at] as number
          if (first === SP || first === HT) return false
          lineEnd = endOfLine(view, bytes, at, end)
        }
    }
    if (lineEnd < 0 || (seen & bit) !== 0) return false
    seen |= bit
    at = lineEnd + 2
  }
}

/** `To:` */
const toWord = 0x3a6f54

function lastLine(view: DataView, bytes: Uint8Array, at: number, end: number, seen: number, form: RequestForm): boolean {
  if (seen !== seenAll || end - at !== 2 || (bytes[at] as number) !== CR || (bytes[at + 1] as number) !== LF) return false
  endFormHash(view, bytes, end)
  form.low = formHash.low
  form.high = formHash.high
  return true
}

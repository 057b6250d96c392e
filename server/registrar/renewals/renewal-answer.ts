/**
 * The 200 of a renewal that was recognised, from the bytes of its request: to the letter what build-response.ts and reply.ts write. Makes no
 * text but once a second. Hot path: known-renewals.bench.ts.
 */
import type { RequestForm } from '../../sip/request-form/request-form.ts'

/** No answer is longer: a request that is recognised has 4,096 bytes at most, and the answer repeats six of its lines. */
const longestAnswer = 6144
const statusLine = Buffer.from('SIP/2.0 200 OK\r\n')
const tagWord = Buffer.from(';tag=')
const contactWord = Buffer.from('Contact: ')
const receivedWord = Buffer.from(';received=')
const hexDigits = Buffer.from('0123456789abcdef')
const CR = 13
const LF = 10
const EQUALS = 61
const failedStatusLine = 'SIP/2.0 500 Server Internal Error\r\n'

export class RenewalAnswers {
  /** The answers of one turn, one behind the other. */
  readonly bytes: Buffer
  readonly #view: DataView
  readonly #retryAfter: string
  readonly #lastRows: string
  /** The rows behind the contact by the seconds granted, as they are in this second. */
  readonly #tails = new Map<number, Buffer>()
  #second = -1
  #date = ''
  used = 0
  /** Behind the answer's own rows, where those of the registrar begin. */
  ownEnd = 0

  /** `lastRows`: rows that every 200 has at its end, `retryAfter` those of a 500. */
  constructor(size: number, lastRows: string, retryAfter: string) {
    this.bytes = Buffer.allocUnsafeSlow(Math.max(size, longestAnswer))
    this.#view = new DataView(this.bytes.buffer)
    this.#lastRows = lastRows
    this.#retryAfter = retryAfter
  }

  /** Whether one more fits. */
  get hasRoom(): boolean {
    return this.bytes.length - this.used >= longestAnswer
  }

  clear(): void {
    this.used = 0
  }

  /**
   * Writes the 200 to the request of this `form`, whose places count in `from`: `ip` and `port` are where it came from, `tag` the 32 bits of To's
   * tag, `contactSize` the characters of its Contact that are echoed, `granted` in seconds, `now` in epoch ms. It begins at `used`, which moves on.
   */
  write(form: RequestForm, from: DataView, ip: string, port: number, tag: number, contactSize: number, granted: number, now: number): void {
    const { bytes } = this
    let at = this.#put(statusLine, this.used)
    // RFC 3581 §4: a `received` to everybody who asked for `rport`, or who is elsewhere than he says.
    const asked = form.rportEnd >= 0
    if (asked) {
      at = this.#copy(from, form.viaStart, form.rportEnd, at)
      bytes[at] = EQUALS
      at = this.#number(port, at + 1)
      at = this.#copy(from, form.rportEnd, form.viaEnd, at)
    } else at = this.#copy(from, form.viaStart, form.viaEnd, at)
    if (asked || !isText(from, form.hostStart, form.hostEnd, ip)) at = this.#ascii(ip, this.#put(receivedWord, at))
    at = this.#copy(from, form.fromStart, form.fromEnd, this.#lineEnd(at))
    at = this.#copy(from, form.toStart, form.toEnd, this.#lineEnd(at))
    at = this.#put(tagWord, at)
    for (let shift = 28; shift >= 0; shift -= 4) bytes[at++] = hexDigits[(tag >>> shift) & 15] as number
    at = this.#copy(from, form.callIdStart, form.callIdEnd, this.#lineEnd(at))
    at = this.#copy(from, form.cseqStart, form.cseqEnd, this.#lineEnd(at))
    at = this.#lineEnd(at)
    this.ownEnd = at
    at = this.#copy(from, form.contactStart, form.contactStart + contactSize, this.#put(contactWord, at))
    const tail = this.#tail(granted, now)
    tail.copy(bytes, at)
    this.used = at + tail.length
  }

  /** The 500 in the place of the 200 that begins at `start`: its binding could not be stored. */
  failed(start: number, ownEnd: number): string {
    return `${failedStatusLine}${this.bytes.toString('latin1', start + statusLine.length, ownEnd)}${this.#retryAfter}Content-Length: 0\r\n\r\n`
  }

  /** What follows the contact. */
  #tail(granted: number, now: number): Buffer {
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#date = new Date(second * 1000).toUTCString()
      this.#tails.clear()
    }
    let tail = this.#tails.get(granted)
    if (tail === undefined) {
      tail = Buffer.from(
        `;expires=${granted}\r\nExpires: ${granted}\r\nDate: ${this.#date}\r\n${this.#lastRows}Content-Length: 0\r\n\r\n`,
        'latin1',
      )
      this.#tails.set(granted, tail)
    }
    return tail
  }

  #put(text: Buffer, at: number): number {
    const { bytes } = this
    for (let i = 0; i < text.length; i++) bytes[at + i] = text[i] as number
    return at + text.length
  }

  #ascii(text: string, at: number): number {
    const { bytes } = this
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
    return at + text.length
  }

  #number(value: number, at: number): number {
    const { bytes } = this
    let size = 1
    for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) size++
    let rest = value
    for (let i = at + size - 1; i >= at; i--) {
      bytes[i] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
    return at + size
  }

  #lineEnd(at: number): number {
    this.bytes[at] = CR
    this.bytes[at + 1] = LF
    return at + 2
  }

  /** Four characters at a time: a call of the system's own copying costs more than most lines. */
  #copy(from: DataView, start: number, end: number, to: number): number {
    const view = this.#view
    let at = to
    let i = start
    for (; i + 4 <= end; i += 4, at += 4) view.setInt32(at, from.getInt32(i, true), true)
    for (; i < end; i++, at++) view.setUint8(at, from.getUint8(i))
    return at
  }
}

function isText(view: DataView, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false
  for (let i = 0; i < text.length; i++) if (view.getUint8(start + i) !== text.charCodeAt(i)) return false
  return true
}

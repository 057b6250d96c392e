/**
 * Whole messages out of a stream of bytes (RFC 3261 §18.3): the same rules as for datagrams, but Content-Length is needed.
 * However the bytes are cut, the same comes out. Hot path: parse.bench.ts.
 */
import { HeaderId } from './header-name.ts'
import { limits } from './limits.ts'
import type { SipMessage } from './message.ts'
import { parseError } from './parse.ts'
import type { Keepalive, ParseError } from './parse-error.ts'
import type { ParsedRequest, ParsedResponse } from './rows.ts'
import { HeadFacts, scanHead } from './scan-head.ts'

/** `ping` is CRLFCRLF before a message and wants a CRLF back (RFC 5626 §3.5.1). After an error with `close` nothing more comes. */
export type Framed = SipMessage | ParseError | Keepalive

const CR = 13
const LF = 10
const nothing = Buffer.alloc(0)

export class FrameStream {
  #held: Buffer = nothing
  /** Own memory for what waits, with room behind it; #held lies in it while bytes wait. */
  #room: Buffer = nothing
  /** Up to where #held has been searched for the end of the head. */
  #searched = 0
  #message: ParsedRequest | ParsedResponse | undefined = undefined
  #bodyStart = 0
  #total = 0
  #breaks = 0
  #closed = false
  readonly #facts = new HeadFacts()

  /** Bytes that wait for the rest of their message. */
  get waiting(): number {
    return this.#held.length
  }

  /**
   * Takes what the socket read and gives what is complete with it, in order, `most` at a time: when it gives so many there may be more, which
   * an empty chunk asks for.
   */
  push(chunk: Buffer, most = Number.POSITIVE_INFINITY): Framed[] {
    const out: Framed[] = []
    if (this.#closed) return out
    const waited = this.#held.length > 0
    if (chunk.length > 0) this.#held = waited ? this.#append(chunk) : chunk
    while (!this.#closed && this.#held.length > 0 && out.length < most && this.#step(out)) {}
    if (this.#closed || this.#held.length === 0) {
      this.#held = nothing
      this.#room = nothing
    } else if (!waited) this.#held = Buffer.from(this.#held) // the socket's buffer is not ours to keep
    return out
  }

  /** What waits and `chunk` behind it. Room doubles, so that a message sent byte by byte is not copied once a byte. */
  #append(chunk: Buffer): Buffer {
    const held = this.#held
    const start = held.byteOffset - this.#room.byteOffset
    const end = start + held.length
    if (held.buffer === this.#room.buffer && start >= 0 && end + chunk.length <= this.#room.length) {
      chunk.copy(this.#room, end)
      return this.#room.subarray(start, end + chunk.length)
    }
    this.#room = Buffer.allocUnsafeSlow(Math.max(1024, 2 * (held.length + chunk.length)))
    held.copy(this.#room, 0)
    chunk.copy(this.#room, held.length)
    return this.#room.subarray(0, held.length + chunk.length)
  }

  /** One step on; false if more bytes are needed. */
  #step(out: Framed[]): boolean {
    if (this.#message === undefined) {
      if (this.#searched === 0 && this.#skipBreaks(out)) return true
      if (this.#held.length === 0 || !this.#readHead(out)) return false
    }
    return this.#readBody(out)
  }

  /** Takes line ends before a message; true if a ping was seen. */
  #skipBreaks(out: Framed[]): boolean {
    const held = this.#held
    let at = 0
    let ping = false
    // A ping is CR LF CR LF; every line end that is not part of one is skipped (RFC 3261 §7.5).
    for (; at < held.length && !ping; at++) {
      const byte = held[at]
      if (byte !== CR && byte !== LF) break
      const wanted = this.#breaks % 2 === 0 ? CR : LF
      this.#breaks = byte === wanted ? this.#breaks + 1 : byte === CR ? 1 : 0
      ping = this.#breaks === 4
    }
    if (ping || at < held.length) this.#breaks = 0
    this.#held = held.subarray(at)
    if (ping) out.push({ kind: 'keepalive', what: 'ping' })
    return ping
  }

  #readHead(out: Framed[]): boolean {
    const held = this.#held
    const end = this.#endOfHead(held)
    if (end > limits.head || (end < 0 && held.length > limits.head)) {
      return this.#fail(out, parseError('message-too-large', scanHead(held.toString('latin1', 0, limits.head), 0, this.#facts), true))
    }
    if (end < 0) return false
    const message = scanHead(held.toString('latin1', 0, end), 0, this.#facts)
    const { reason, contentLength } = this.#facts
    if (reason === 'not-sip' || reason === 'bad-content-length') return this.#fail(out, parseError(reason, message, true))
    if (contentLength < 0) {
      const lost = reason === undefined || reason === 'missing-header' ? 'missing-content-length' : reason
      return this.#fail(out, parseError(lost, message, true))
    }
    if (end + contentLength > limits.message) return this.#fail(out, parseError('message-too-large', message, true))
    // Two Content-Lengths: which one holds is anybody's guess.
    if (reason === 'duplicate-header' && message.count(HeaderId.ContentLength) > 1)
      return this.#fail(out, parseError(reason, message, true))
    this.#message = message
    this.#bodyStart = end
    this.#total = end + contentLength
    return true
  }

  #readBody(out: Framed[]): boolean {
    const message = this.#message
    if (message === undefined || this.#held.length < this.#total) return false
    if (this.#total > this.#bodyStart) message.text = this.#held.toString('latin1', 0, this.#total)
    message.bodyStart = this.#bodyStart
    message.bodyEnd = this.#total
    const reason = this.#facts.reason
    out.push(reason === undefined ? message : parseError(reason, message, false))
    this.#held = this.#held.subarray(this.#total)
    this.#message = undefined
    this.#searched = 0
    return true
  }

  /** First byte behind the empty line; -1 if it has not come yet. Goes on where it left off. */
  #endOfHead(held: Buffer): number {
    let lf = held.indexOf(LF, this.#searched)
    while (lf >= 0) {
      const next = held[lf + 1]
      if (next === LF) return lf + 2
      if (next === CR && held[lf + 2] === LF) return lf + 3
      if (next === undefined || (next === CR && held[lf + 2] === undefined)) {
        // The line end may be the first half of an empty line: look at it again with the next bytes.
        this.#searched = lf
        return -1
      }
      lf = held.indexOf(LF, lf + 1)
    }
    this.#searched = held.length
    return -1
  }

  #fail(out: Framed[], error: ParseError): false {
    out.push(error)
    this.#closed = true
    return false
  }
}

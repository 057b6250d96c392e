/**
 * Bytes of a datagram (or of one WebSocket frame) to a value. Total: any bytes give a message, an error that names the answer
 * it earns, or a keepalive; nothing throws. RFC 3261 §7 and §18.3, RFC 4475. Hot path: parse.bench.ts.
 */

import { HeaderId } from './header-name.ts'
import { limits } from './limits.ts'
import type { SipMessage } from './message.ts'
import { type Keepalive, type ParseError, type ParseReason, parseAnswers } from './parse-error.ts'
import type { ParsedRequest, ParsedResponse } from './rows.ts'
import { HeadFacts, scanHead } from './scan-head.ts'

const CR = 13
const LF = 10
const facts = new HeadFacts()

/**
 * Reads one datagram: `length` bytes of `bytes` from `start` on; nothing of `bytes` is kept. Bytes behind Content-Length are ignored; fewer than it are an
 * error; without Content-Length the body runs to the end (RFC 3261 §18.3).
 */
export function parseDatagram(bytes: Buffer, length: number, start = 0): SipMessage | ParseError | Keepalive {
  if (length > limits.message) return parseError('message-too-large', undefined, false)
  const first = length === 0 ? 0 : (bytes[start] as number)
  // Letters begin at 0x41: only what is below can be a keepalive, but for "jaK".
  if (first < 0x40 || first === 0x6a) {
    const keepalive = readKeepalive(bytes.subarray(start, start + length), length)
    if (keepalive !== undefined) return keepalive
  }
  const text = bytes.toString('latin1', start, start + length)
  let head = 0
  while (head < length && (text.charCodeAt(head) === CR || text.charCodeAt(head) === LF)) head++
  const message = scanHead(text, head, facts)
  if (facts.bodyStart >= 0) {
    message.bodyStart = facts.bodyStart
    message.bodyEnd = length
    if (facts.contentLength >= 0) {
      if (facts.contentLength > length - facts.bodyStart) facts.reason ??= 'body-too-short'
      else message.bodyEnd = facts.bodyStart + facts.contentLength
    }
  }
  return facts.reason === undefined ? message : parseError(facts.reason, message, false)
}

/** The error for a message that has been scanned; the answer is silence unless it is a request with a Via and not ACK. */
export function parseError(reason: ParseReason, message: ParsedRequest | ParsedResponse | undefined, close: boolean): ParseError {
  const request = message?.kind === 'request' && reason !== 'not-sip' ? message : undefined
  const answerable = request !== undefined && request.method !== 'ACK' && request.first(HeaderId.Via) !== undefined
  return { kind: 'parse-error', reason, answer: answerable ? parseAnswers[reason] : null, request, close }
}

function readKeepalive(bytes: Buffer, length: number): Keepalive | undefined {
  if (length === 0) return { kind: 'keepalive', what: 'empty' }
  if (length >= 20 && ((bytes[0] as number) & 0xc0) === 0 && bytes.readUInt32BE(4) === 0x2112a442)
    return { kind: 'keepalive', what: 'stun' }
  if (length <= 4 && bytes[0] === 0x6a && bytes[1] === 0x61 && bytes[2] === 0x4b) return { kind: 'keepalive', what: 'jak' }
  let breaks = 0
  let zeros = 0
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]
    if (byte === CR || byte === LF) breaks++
    else if (byte === 0) zeros++
    else return undefined
  }
  if (zeros === length) return { kind: 'keepalive', what: 'zeros' }
  if (breaks !== length) return undefined
  return { kind: 'keepalive', what: length === 4 && bytes[0] === CR && bytes[2] === CR ? 'ping' : 'crlf' }
}

/** One pass over start line and headers: finds every row and the first thing that is wrong. Never throws. Hot path: parse.bench.ts. */
import { HeaderId, headerIdAt } from './header-name.ts'
import { limits } from './limits.ts'
import type { ParseReason } from './parse-error.ts'
import { ParsedRequest, ParsedResponse } from './rows.ts'

const CR = 13
const LF = 10
const SP = 32
const HT = 9
const COLON = 58
const highestCSeq = 2_147_483_647

/** What a scan found besides the rows; kept by the caller and written anew by every scan. */
export class HeadFacts {
  /** First fault, if any. The scan goes on after it, since an answer needs the rows that follow. */
  reason: ParseReason | undefined = undefined
  /** Value of Content-Length; -1 without one or if it cannot be read. */
  contentLength = -1
  /** First character behind the empty line; -1 if there is no empty line. */
  bodyStart = -1
}

/** A character of `token`, RFC 3261 §25.1. */
const isToken = new Uint8Array(256)
for (const c of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") isToken[c.charCodeAt(0)] = 1

/** Headers that a message carries once; a second row is a way to smuggle one past another reader. */
const single =
  (1 << HeaderId.From) |
  (1 << HeaderId.To) |
  (1 << HeaderId.CallId) |
  (1 << HeaderId.CSeq) |
  (1 << HeaderId.MaxForwards) |
  (1 << HeaderId.ContentLength) |
  (1 << HeaderId.Expires)
/** RFC 3261 §8.1.1, but for Max-Forwards, which old phones leave out. */
const needed = (1 << HeaderId.Via) | (1 << HeaderId.From) | (1 << HeaderId.To) | (1 << HeaderId.CallId) | (1 << HeaderId.CSeq)

/** Reads the head that begins at `from` of `text` (one character a byte) and writes the rest of what it saw into `facts`. */
export function scanHead(text: string, from: number, facts: HeadFacts): ParsedRequest | ParsedResponse {
  facts.reason = undefined
  facts.contentLength = -1
  facts.bodyStart = -1
  const startLf = text.indexOf('\n', from)
  const message = readStartLine(text, from, startLf < 0 ? text.length : lineEnd(text, from, startLf), facts)
  if (startLf < 0) fault(facts, 'no-end-of-headers')
  else scanRows(text, startLf + 1, message, facts)
  return message
}

function scanRows(text: string, from: number, message: ParsedRequest | ParsedResponse, facts: HeadFacts): void {
  /** Headers that have a row, and those of them that say anything: an empty one may not hide a second one. */
  let present = 0
  let seen = 0
  let at = from
  // Looked for once a line at most: to search the rest of the text anew for each would cost its square.
  let cr = nextCr(text, from)
  for (;;) {
    let lf = text.indexOf('\n', at)
    if (lf < 0) {
      fault(facts, 'no-end-of-headers')
      break
    }
    let end = lineEnd(text, at, lf)
    if (end === at) {
      facts.bodyStart = lf + 1
      break
    }
    const start = at
    let isFolded = false
    if (cr < start) cr = nextCr(text, start)
    let hasLoneCr = cr < end
    for (let next = text.charCodeAt(lf + 1); next === SP || next === HT; next = text.charCodeAt(lf + 1)) {
      const nextLf = text.indexOf('\n', lf + 1)
      if (nextLf < 0) break
      const begin = lf + 1
      lf = nextLf
      end = lineEnd(text, begin, lf)
      if (cr < begin) cr = nextCr(text, begin)
      if (cr < end) hasLoneCr = true
      isFolded = true
    }
    at = lf + 1
    if (hasLoneCr) {
      // It would be a line end to other readers: such a row is not kept, lest it get into a reply or a store.
      fault(facts, 'bad-header')
      continue
    }
    if (end - start > limits.value) fault(facts, 'header-too-long')
    let nameEnd = start
    while (isToken[text.charCodeAt(nameEnd)] === 1) nameEnd++
    let colon = nameEnd
    while (isBlank(text.charCodeAt(colon))) colon++
    if (nameEnd === start || text.charCodeAt(colon) !== COLON) {
      fault(facts, 'bad-header')
      continue
    }
    if (message.rowCount === limits.rows) {
      fault(facts, 'too-many-headers')
      // Content-Length may be among the rows that are not read.
      facts.contentLength = -1
      facts.bodyStart = text.length
      break
    }
    let valueStart = colon + 1
    while (valueStart < end && isSpace(text.charCodeAt(valueStart))) valueStart++
    let valueEnd = end
    while (valueEnd > valueStart && isSpace(text.charCodeAt(valueEnd - 1))) valueEnd--
    const id = headerIdAt(text, start, nameEnd)
    message.addRow(id, isFolded, start, valueStart, valueEnd)
    if (id === 0 || id > 31) continue
    const bit = 1 << id
    if ((present & single & bit) !== 0) fault(facts, 'duplicate-header')
    else if (id === HeaderId.CSeq) readCSeq(text, valueStart, valueEnd, message, facts)
    else if (id === HeaderId.ContentLength) readContentLength(text, valueStart, valueEnd, facts)
    present |= bit
    if (valueEnd > valueStart) seen |= bit
  }
  if ((seen & needed) !== needed) fault(facts, 'missing-header')
}

function fault(facts: HeadFacts, reason: ParseReason): void {
  facts.reason ??= reason
}

function lineEnd(text: string, start: number, lf: number): number {
  return lf > start && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf
}

/** The first CR from `at` on, or the end of the text. */
function nextCr(text: string, at: number): number {
  const cr = text.indexOf('\r', at)
  return cr < 0 ? text.length : cr
}

function isBlank(code: number): boolean {
  return code === SP || code === HT
}

function isSpace(code: number): boolean {
  return code === SP || code === HT || code === CR || code === LF
}

function readStartLine(text: string, start: number, end: number, facts: HeadFacts): ParsedRequest | ParsedResponse {
  if (isVersion(text, start)) return readStatusLine(text, start, end, facts)
  let methodEnd = start
  while (methodEnd < end && isToken[text.charCodeAt(methodEnd)] === 1) methodEnd++
  const lastSpace = text.lastIndexOf(' ', end - 1)
  // The one text for the one method that comes all the time: what is looked up by it need not hash it anew.
  const isRegister = methodEnd - start === 8 && text.startsWith('REGISTER', start)
  const method = isRegister ? 'REGISTER' : text.substring(start, Math.min(methodEnd, start + 64))
  if (methodEnd === start || methodEnd - start > 64 || text.charCodeAt(methodEnd) !== SP || lastSpace <= methodEnd + 1) {
    fault(facts, mentionsSip(text, start, end) ? 'bad-start-line' : 'not-sip')
    return new ParsedRequest(text, method, '')
  }
  const uriLength = lastSpace - methodEnd - 1
  if (uriLength > limits.uri) {
    fault(facts, mentionsSip(text, lastSpace, end) ? 'uri-too-long' : 'not-sip')
    return new ParsedRequest(text, method, '')
  }
  if (!isVersion(text, lastSpace + 1)) fault(facts, mentionsSip(text, start, end) ? 'bad-start-line' : 'not-sip')
  else if (!isSipTwo(text, lastSpace + 1, end)) fault(facts, isVersionNumber(text, lastSpace + 5, end) ? 'bad-version' : 'bad-start-line')
  else if (!isUriText(text, methodEnd + 1, lastSpace)) fault(facts, 'bad-start-line')
  return new ParsedRequest(text, method, text.substring(methodEnd + 1, lastSpace))
}

function readStatusLine(text: string, start: number, end: number, facts: HeadFacts): ParsedResponse {
  const space = text.indexOf(' ', start)
  if (space < 0 || space > end || !isSipTwo(text, start, space)) {
    fault(facts, space < 0 || space > end ? 'bad-start-line' : 'bad-version')
    return new ParsedResponse(text, 0, '')
  }
  let status = 0
  let at = space + 1
  for (; at < end && isDigit(text.charCodeAt(at)) && at - space <= 3; at++) status = status * 10 + text.charCodeAt(at) - 48
  if (at - space !== 4 || status < 100 || status > 699 || (at < end && text.charCodeAt(at) !== SP)) {
    fault(facts, 'bad-start-line')
    return new ParsedResponse(text, 0, '')
  }
  return new ParsedResponse(text, status, text.substring(at + 1, end))
}

/** `SIP/` in any case. */
function isVersion(text: string, at: number): boolean {
  return (
    (text.charCodeAt(at) | 32) === 115 &&
    (text.charCodeAt(at + 1) | 32) === 105 &&
    (text.charCodeAt(at + 2) | 32) === 112 &&
    text.charCodeAt(at + 3) === 47
  )
}

/** Whether exactly `SIP/2.0` stands there, once `isVersion` holds. */
function isSipTwo(text: string, at: number, end: number): boolean {
  return end - at === 7 && text.charCodeAt(at + 4) === 50 && text.charCodeAt(at + 5) === 46 && text.charCodeAt(at + 6) === 48
}

function isVersionNumber(text: string, start: number, end: number): boolean {
  let dots = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 46) dots++
    else if (!isDigit(code)) return false
  }
  return dots === 1 && end - start >= 3
}

/** Tells a broken SIP request, which earns a 400, from what was never meant for us and earns silence. */
function mentionsSip(text: string, start: number, end: number): boolean {
  for (let at = start; at + 7 <= end; at++) if (isVersion(text, at) && isDigit(text.charCodeAt(at + 4))) return true
  return false
}

function isUriText(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    // No blanks and controls, no < > or quotes around it (RFC 4475 §3.1.2.6, §3.1.2.8).
    if (code <= SP || code === 60 || code === 62 || code === 34 || code === 127) return false
  }
  return true
}

function readCSeq(text: string, start: number, end: number, message: ParsedRequest | ParsedResponse, facts: HeadFacts): void {
  let value = 0
  let at = start
  for (; at < end && isDigit(text.charCodeAt(at)); at++) if (value <= highestCSeq) value = value * 10 + text.charCodeAt(at) - 48
  const digitsEnd = at
  while (at < end && isSpace(text.charCodeAt(at))) at++
  if (digitsEnd === start || at === digitsEnd || at === end || value > highestCSeq) {
    fault(facts, 'bad-cseq')
    return
  }
  message.cseq = value
  if (message.kind === 'response') message.cseqMethod = text.substring(at, end)
  else if (end - at !== message.method.length || !text.startsWith(message.method, at)) fault(facts, 'cseq-method')
}

function readContentLength(text: string, start: number, end: number, facts: HeadFacts): void {
  let value = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code)) {
      fault(facts, 'bad-content-length')
      return
    }
    if (value < 1_000_000_000) value = value * 10 + code - 48
  }
  if (start === end) fault(facts, 'bad-content-length')
  else facts.contentLength = value
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

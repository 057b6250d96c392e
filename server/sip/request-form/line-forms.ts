/** Via, From and CSeq of a request: the parts that change, and those that an answer needs. Hot path: known-renewals.bench.ts. */
import { hashUpTo } from './form-hash.ts'
import { endOfLine, four, isInQuotes, isPlainValue, isToken, SP } from './form-text.ts'
import type { RequestForm } from './request-form.ts'

const SEMICOLON = 59
const COLON = 58
const EQUALS = 61
const highestCSeq = 2_147_483_647
const sipSlash = four(' SIP')
const twoZero = four('/2.0')
const udp = four('/UDP')
const fromBehind = four('om: ')
const cseqBehind = four('eq: ')
const tagStart = four(';tag')
const branchWord = four('bran')
const rportWord = four('rpor')
const keepWord = four('keep')
const receivedWord = four('rece')
const magicCookie = four('z9hG')
const magicCookieEnd = four('G4bK')

/** `Via: SIP/2.0/UDP host:port;branch=…;rport` and other parameters, in any order. */
export function readVia(view: DataView, bytes: Uint8Array, at: number, end: number, form: RequestForm): number {
  const lineEnd = endOfLine(view, bytes, at, end)
  if (lineEnd < at + 20) return -1
  if (view.getInt32(at + 4, true) !== sipSlash || view.getInt32(at + 8, true) !== twoZero || view.getInt32(at + 12, true) !== udp) return -1
  if ((bytes[at + 16] as number) !== SP) return -1
  form.viaStart = at
  form.viaEnd = lineEnd
  const hostStart = at + 17
  let i = hostStart
  let code = 0
  for (; i < lineEnd; i++) {
    code = bytes[i] as number
    if (isToken[code] !== 1) break
  }
  if (i === hostStart) return -1
  form.hostStart = hostStart
  form.hostEnd = i
  let port = 0
  if (code === COLON) {
    for (i++; i < lineEnd && port <= 65_535; i++) {
      code = bytes[i] as number
      if (code < 48 || code > 57) break
      port = port * 10 + code - 48
    }
    if (port === 0 || port > 65_535) return -1
  }
  form.viaPort = port
  form.branchStart = 0
  form.rportEnd = -1
  while (i < lineEnd) {
    if ((bytes[i] as number) !== SEMICOLON) return -1
    const name = i + 1
    const word = name + 4 <= lineEnd ? view.getInt32(name, true) : 0
    i = name
    while (i < lineEnd && isToken[bytes[i] as number] === 1) i++
    const nameEnd = i
    if (i < lineEnd && (bytes[i] as number) === EQUALS) {
      i++
      while (i < lineEnd && isInQuotes[bytes[i] as number] === 1) i++
    }
    switch (word) {
      case branchWord: {
        if (nameEnd - name !== 6 || form.branchStart !== 0 || i - nameEnd < 9) return -1
        const value = nameEnd + 1
        if (view.getInt32(value, true) !== magicCookie || view.getInt32(value + 3, true) !== magicCookieEnd) return -1
        form.branchStart = value
        form.branchEnd = i
        hashUpTo(view, bytes, value, i)
        break
      }
      case rportWord:
        // One with a value was filled in by somebody else.
        if (i !== nameEnd || form.rportEnd >= 0) return -1
        form.rportEnd = i
        break
      case keepWord:
      case receivedWord:
        return -1
    }
  }
  if (form.branchStart === 0) return -1
  return lineEnd
}

/** A From whose tag, if it has one, may be any. */
export function readFrom(view: DataView, bytes: Uint8Array, at: number, end: number, form: RequestForm): number {
  if (view.getInt32(at + 2, true) !== fromBehind) return -1
  const lineEnd = endOfLine(view, bytes, at, end)
  if (!isPlainValue(bytes, at + 6, lineEnd)) return -1
  form.fromStart = at
  form.fromEnd = lineEnd
  // The tag is the last that a From has, or nearly.
  for (let i = at + 6; i + 6 <= lineEnd; i++) {
    if ((bytes[i] as number) !== SEMICOLON || view.getInt32(i, true) !== tagStart || (bytes[i + 4] as number) !== EQUALS) continue
    const value = i + 5
    i = value
    while (i < lineEnd && isToken[bytes[i] as number] === 1) i++
    if (i === value) return -1
    hashUpTo(view, bytes, value, i)
    return lineEnd
  }
  return lineEnd
}

/** `CSeq: number REGISTER` */
export function readCSeq(view: DataView, bytes: Uint8Array, at: number, end: number, form: RequestForm): number {
  if (view.getInt32(at + 2, true) !== cseqBehind) return -1
  let value = 0
  let i = at + 6
  for (; i < end; i++) {
    const code = bytes[i] as number
    if (code < 48 || code > 57) break
    value = value * 10 + code - 48
    if (value > highestCSeq) return -1
  }
  if (i === at + 6) return -1
  const lineEnd = endOfLine(view, bytes, i, end)
  if (lineEnd !== i + 9) return -1
  form.cseq = value
  form.cseqStart = at
  form.cseqEnd = lineEnd
  hashUpTo(view, bytes, at + 6, i)
  return lineEnd
}

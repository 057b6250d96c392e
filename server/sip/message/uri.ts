/** SIP, SIPS and tel URIs as values, and their comparison (RFC 3261 §19.1, RFC 3966). Hot path: parse.bench.ts. */
import { ParamCursor, readParamAt } from './params.ts'

export interface SipUri {
  readonly scheme: 'sip' | 'sips'
  /** User part as sent, escapes kept; undefined without one. */
  readonly user: string | undefined
  readonly password: string | undefined
  /** As sent; an IPv6 address with its brackets. */
  readonly host: string
  /** 0 if none is named. */
  readonly port: number
  /** `;a=b;c` as sent, '' if none. */
  readonly params: string
  /** What follows `?`, as sent, '' if none. */
  readonly headers: string
}

export interface TelUri {
  readonly scheme: 'tel'
  readonly number: string
  readonly params: string
}

/** Any other scheme; `name` in lower case, `rest` behind the colon. */
export interface OtherUri {
  readonly scheme: 'other'
  readonly name: string
  readonly rest: string
}

export type Uri = SipUri | TelUri | OtherUri

/** Reads a URI without `<>`; undefined if it is malformed. Neither escapes nor case are touched. */
export function readUri(text: string): Uri | undefined {
  const colon = text.indexOf(':')
  if (colon < 1 || !isUriText(text)) return undefined
  const length = text.length
  if ((text.charCodeAt(0) | 32) === 115 && (text.charCodeAt(1) | 32) === 105 && (text.charCodeAt(2) | 32) === 112) {
    if (colon === 3) return readSip(text, 'sip', 4, length)
    if (colon === 4 && (text.charCodeAt(3) | 32) === 115) return readSip(text, 'sips', 5, length)
  }
  if (!isSchemeName(text, colon) || colon + 1 === length) return undefined
  const name = text.substring(0, colon).toLowerCase()
  if (name !== 'tel') return { scheme: 'other', name, rest: text.substring(colon + 1) }
  const semicolon = text.indexOf(';', colon)
  const end = semicolon < 0 ? length : semicolon
  return isTelNumber(text, colon + 1, end)
    ? { scheme: 'tel', number: text.substring(colon + 1, end), params: text.substring(end) }
    : undefined
}

function readSip(text: string, scheme: 'sip' | 'sips', start: number, end: number): SipUri | undefined {
  const at = text.indexOf('@', start)
  let user: string | undefined
  let password: string | undefined
  let hostStart = start
  if (at >= 0) {
    if (at === start || text.indexOf('@', at + 1) >= 0) return undefined
    const colon = text.indexOf(':', start)
    const userEnd = colon >= 0 && colon < at ? colon : at
    if (userEnd === start || !escapesAreWhole(text, start, at)) return undefined
    user = text.substring(start, userEnd)
    if (userEnd < at) password = text.substring(userEnd + 1, at)
    hostStart = at + 1
  }
  const hostEnd = endOfHost(text, hostStart, end)
  if (hostEnd <= hostStart) return undefined
  let port = 0
  let i = hostEnd
  if (text.charCodeAt(i) === 58) {
    for (i++; i < end && isDigit(text.charCodeAt(i)) && port <= 65_535; i++) port = port * 10 + text.charCodeAt(i) - 48
    if (port === 0 || port > 65_535) return undefined
  }
  let question = -1
  if (i < end) {
    const code = text.charCodeAt(i)
    if (code !== 59 && code !== 63) return undefined
    question = text.indexOf('?', i)
  }
  const paramsEnd = question < 0 ? end : question
  return {
    scheme,
    user,
    password,
    host: text.substring(hostStart, hostEnd),
    port,
    params: text.substring(i, paramsEnd),
    headers: question < 0 ? '' : text.substring(question + 1),
  }
}

/** End of a host name, IPv4 address or bracketed IPv6 address; -1 if it is none. Underscores are let through: they are met in the field. */
export function endOfHost(text: string, start: number, end: number): number {
  let i = start
  if (text.charCodeAt(i) === 91) {
    let colons = 0
    for (i++; i < end; i++) {
      const code = text.charCodeAt(i)
      if (code === 93) return colons >= 2 ? i + 1 : -1
      if (code === 58) colons++
      else if (!isHex(code) && code !== 46) return -1
    }
    return -1
  }
  for (; i < end; i++) {
    const code = text.charCodeAt(i)
    if (!isDigit(code) && !isLetter(code) && code !== 45 && code !== 46 && code !== 95) break
  }
  return i
}

/**
 * RFC 3261 §19.1.4. User and password are compared with their case, all else without; `%41` equals `A` where A needs no escape;
 * user, ttl, method, maddr and transport must be in both or in neither; any other parameter only matters if both have it.
 * Other schemes are compared as text.
 */
export function compareUris(a: Uri, b: Uri): boolean {
  if (a.scheme === 'other' || b.scheme === 'other')
    return a.scheme === 'other' && b.scheme === 'other' && a.name === b.name && a.rest === b.rest
  if (a.scheme === 'tel' || b.scheme === 'tel') return a.scheme === 'tel' && b.scheme === 'tel' && sameTel(a, b)
  return a.scheme === b.scheme && sameSip(a, b)
}

function sameSip(a: SipUri, b: SipUri): boolean {
  return (
    a.port === b.port &&
    sameEscaped(a.user, b.user) &&
    sameEscaped(a.password, b.password) &&
    sameIgnoringCase(a.host, b.host) &&
    (a.params === b.params || sameParams(a.params, b.params)) &&
    (a.headers === b.headers || sameHeaders(a.headers, b.headers))
  )
}

function sameEscaped(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined) return false
  return unescapeComparable(a) === unescapeComparable(b)
}

/** Unescapes only what means the same escaped and bare: RFC 2396 §2.2, reserved characters differ from their escapes. */
function unescapeComparable(text: string): string {
  if (!text.includes('%')) return text
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const code = escapedCode(text, at)
    if (code < 0) out += text[at]
    else {
      out += isReserved(code) ? text.substring(at, at + 3).toUpperCase() : String.fromCharCode(code)
      at += 2
    }
  }
  return out
}

function sameParams(a: string, b: string): boolean {
  const ofA = paramsByName(a)
  const ofB = paramsByName(b)
  for (const name of ['user', 'ttl', 'method', 'maddr', 'transport']) if (ofA.has(name) !== ofB.has(name)) return false
  for (const [name, value] of ofA) {
    const other = ofB.get(name)
    if (other !== undefined && !sameIgnoringCase(unescapeComparable(value), unescapeComparable(other))) return false
  }
  return true
}

/** By lower-case name, of two alike the first: to look for each in the other's text would cost the square of what a phone may send. */
function paramsByName(params: string): Map<string, string> {
  const found = new Map<string, string>()
  const cursor = new ParamCursor()
  for (let at = 0; at < params.length && params.charCodeAt(at) === 59 && readParamAt(params, at, params.length, cursor); at = cursor.end) {
    const name = params.substring(cursor.nameStart, cursor.nameEnd).toLowerCase()
    if (!found.has(name)) found.set(name, params.substring(cursor.valueStart, cursor.valueEnd))
  }
  return found
}

/** Headers must be the same set, in any order; names without case (§19.1.4 last rule, field by field as text). */
function sameHeaders(a: string, b: string): boolean {
  return headerSet(a) === headerSet(b)
}

function headerSet(headers: string): string {
  return headers
    .split('&')
    .map((header) => {
      const equals = header.indexOf('=')
      return equals < 0 ? header.toLowerCase() : header.substring(0, equals).toLowerCase() + unescapeComparable(header.substring(equals))
    })
    .sort()
    .join('&')
}

function sameTel(a: TelUri, b: TelUri): boolean {
  return bareNumber(a.number).toLowerCase() === bareNumber(b.number).toLowerCase() && a.params.toLowerCase() === b.params.toLowerCase()
}

/** A telephone number without its visual separators (RFC 3966 §5.1.1). */
export function bareNumber(number: string): string {
  let out = ''
  for (const c of number) if (c !== '-' && c !== '.' && c !== '(' && c !== ')') out += c
  return out
}

/** A text with its `%HH` made characters; a broken escape stays as it is. */
export function unescapeUser(text: string): string {
  if (!text.includes('%')) return text
  let out = ''
  for (let at = 0; at < text.length; at++) {
    const code = escapedCode(text, at)
    if (code < 0) out += text[at]
    else {
      out += String.fromCharCode(code)
      at += 2
    }
  }
  return out
}

function escapedCode(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1
  const high = hexValue(text.charCodeAt(at + 1))
  const low = hexValue(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function hexValue(code: number): number {
  if (isDigit(code)) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}

function escapesAreWhole(text: string, start: number, end: number): boolean {
  for (let at = text.indexOf('%', start); at >= 0 && at < end; at = text.indexOf('%', at + 1)) {
    if (escapedCode(text, at) < 0 || at + 2 >= end) return false
  }
  return true
}

function isUriText(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 32 || code === 34 || code === 60 || code === 62 || code === 127) return false
  }
  return true
}

function isSchemeName(text: string, end: number): boolean {
  if (!isLetter(text.charCodeAt(0))) return false
  for (let at = 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (!isLetter(code) && !isDigit(code) && code !== 43 && code !== 45 && code !== 46) return false
  }
  return true
}

function isTelNumber(text: string, start: number, end: number): boolean {
  let digits = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (isHex(code) || code === 42 || code === 35) digits++
    else if (!(code === 43 && at === start) && code !== 45 && code !== 46 && code !== 40 && code !== 41) return false
  }
  return digits > 0
}

function sameIgnoringCase(a: string, b: string): boolean {
  return a === b || (a.length === b.length && a.toLowerCase() === b.toLowerCase())
}

/** `;/?:@&=+$,` of RFC 3261 §25.1, and the escape itself. */
function isReserved(code: number): boolean {
  return code <= 32 || code >= 127 || ';/?:@&=+$,%"<>'.includes(String.fromCharCode(code))
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function isLetter(code: number): boolean {
  const lower = code | 32
  return lower >= 97 && lower <= 122
}

function isHex(code: number): boolean {
  return hexValue(code) >= 0
}

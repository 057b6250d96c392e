/** The value of Authorization and WWW-Authenticate with the scheme Digest (RFC 7616 §3.3, §3.4; RFC 3261 §22.4). Hot path: digest-verify.bench.ts. */

/** Parameters as sent, without quotes and backslashes; '' where absent. One character a byte. */
export class DigestCredentials {
  username = ''
  realm = ''
  nonce = ''
  uri = ''
  response = ''
  algorithm = ''
  qop = ''
  nc = ''
  cnonce = ''
  opaque = ''
  stale = ''
}

const HT = 9
const SP = 32
const QUOTE = 34
const COMMA = 44
const EQUALS = 61

/** Characters of a parameter's name. */
const isNameChar = new Uint8Array(256)
for (const c of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.') isNameChar[c.charCodeAt(0)] = 1

/**
 * Reads one header value in one pass. Liberal in what phones do: any case, blanks about = and commas, empty list entries, quoted
 * or bare values for every parameter; of a parameter given twice the first counts. `malformed`: an open quote, a missing comma,
 * single quotes, or no realm.
 */
export function readDigest(value: string): DigestCredentials | 'other-scheme' | 'malformed' {
  const end = value.length
  let at = skipBlank(value, 0, end)
  if (!isDigestScheme(value, at, end)) return 'other-scheme'
  at += 6
  const credentials = new DigestCredentials()
  const escapes = value.includes('\\')
  let realm = false
  for (;;) {
    at = skipBlank(value, at, end)
    if (at === end) break
    if (value.charCodeAt(at) === COMMA) {
      at++
      continue
    }
    const nameStart = at
    while (at < end && isNameChar[value.charCodeAt(at)] === 1) at++
    const nameEnd = at
    at = skipBlank(value, at, end)
    if (nameEnd === nameStart || value.charCodeAt(at) !== EQUALS) return 'malformed'
    at = skipBlank(value, at + 1, end)
    let text: string
    if (value.charCodeAt(at) === QUOTE) {
      const close = escapes ? closingQuote(value, at, end) : value.indexOf('"', at + 1)
      if (close < 0) return 'malformed'
      text = value.substring(at + 1, close)
      if (escapes) text = withoutBackslashes(text)
      at = close + 1
    } else {
      const start = at
      for (; at < end; at++) {
        const code = value.charCodeAt(at)
        if (code === COMMA || code === SP || code === HT) break
        if (code === QUOTE) return 'malformed'
      }
      // 'single quotes' are no quotes: such a value can never be what the phone meant.
      if (at === start || value.charCodeAt(start) === 39) return 'malformed'
      text = value.substring(start, at)
    }
    if (setField(credentials, value, nameStart, nameEnd, text)) realm = true
    at = skipBlank(value, at, end)
    if (at < end && value.charCodeAt(at) !== COMMA) return 'malformed'
  }
  return realm ? credentials : 'malformed'
}

/** Keeps what a verifier needs; true for realm. */
function setField(into: DigestCredentials, value: string, start: number, end: number, text: string): boolean {
  switch (end - start) {
    case 2:
      if (into.nc === '' && isName(value, start, 'nc')) into.nc = text
      break
    case 3:
      if (isName(value, start, 'uri')) into.uri ||= text
      else if (isName(value, start, 'qop')) into.qop ||= text
      break
    case 5:
      if (isName(value, start, 'realm')) {
        into.realm ||= text
        return true
      }
      if (isName(value, start, 'nonce')) into.nonce ||= text
      else if (isName(value, start, 'stale')) into.stale ||= text
      break
    case 6:
      if (isName(value, start, 'cnonce')) into.cnonce ||= text
      else if (isName(value, start, 'opaque')) into.opaque ||= text
      break
    case 8:
      if (isName(value, start, 'username')) into.username ||= text
      else if (isName(value, start, 'response')) into.response ||= text
      break
    case 9:
      if (isName(value, start, 'algorithm')) into.algorithm ||= text
      break
  }
  return false
}

function isDigestScheme(value: string, at: number, end: number): boolean {
  if (end - at < 6 || !isName(value, at, 'digest')) return false
  const after = value.charCodeAt(at + 6)
  return at + 6 === end || after === SP || after === HT || after === COMMA
}

function isName(value: string, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) if ((value.charCodeAt(start + i) | 32) !== lower.charCodeAt(i)) return false
  return true
}

function closingQuote(value: string, open: number, end: number): number {
  for (let at = open + 1; at < end; at++) {
    const code = value.charCodeAt(at)
    if (code === 92) at++
    else if (code === QUOTE) return at
  }
  return -1
}

function withoutBackslashes(text: string): string {
  let out = ''
  let from = 0
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', from + 1)) {
    out += text.substring(from, at)
    from = at + 1
  }
  return out + text.substring(from)
}

function skipBlank(value: string, at: number, end: number): number {
  while (at < end && (value.charCodeAt(at) === SP || value.charCodeAt(at) === HT)) at++
  return at
}

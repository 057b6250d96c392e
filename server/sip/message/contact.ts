/** The Contact headers of a REGISTER (RFC 3261 §10.2, §20.10, RFC 5626 §4.1). Hot path: parse.bench.ts. */
import { limits } from './limits.ts'
import { bareEnd, findOpen } from './name-addr.ts'
import { isParam, ParamCursor, readParamAt, skipBlank, trimBlankEnd, unquoted } from './params.ts'

export interface ContactValue {
  /** The URI byte for byte, without < >. */
  readonly uri: string
  /** Text of the expires parameter as sent; undefined if absent. */
  readonly expires: string | undefined
  /** Thousandths; undefined if absent or no number. */
  readonly q: number | undefined
  /** `+sip.instance` without quotes and < >, '' if none. */
  readonly instance: string
  /** 0 if there is none or it is not 1 … 2^31-1. */
  readonly regId: number
  /**
   * All other header parameters byte for byte as sent, q, instance and reg-id among them: what the answer echoes. Not expires, and not the
   * GRUUs, which only a registrar may give (RFC 5627 §5.1).
   */
  readonly echo: string
}

const cursor = new ParamCursor()

/**
 * Reads all Contact rows: a list, `star` for a lone `*`, or `malformed` (which also says `*` beside others, RFC 3261 §10.2.2,
 * and more contacts than limits.list). No rows give an empty list: a query.
 */
export function readContacts(rows: readonly string[]): ContactValue[] | 'star' | 'malformed' {
  const contacts: ContactValue[] = []
  for (const row of rows) {
    const end = trimBlankEnd(row, 0, row.length)
    let at = skipBlank(row, 0, end)
    if (end - at === 1 && row.charCodeAt(at) === 42) return rows.length === 1 ? 'star' : 'malformed'
    for (;;) {
      at = readOne(row, at, end, contacts)
      if (at < 0 || contacts.length > limits.list) return 'malformed'
      if (at === end) break
      at = skipBlank(row, at + 1, end)
    }
  }
  return contacts
}

/** Reads the contact at `start` into `into`; gives the comma or the end behind it, -1 if it is malformed. */
function readOne(row: string, start: number, end: number, into: ContactValue[]): number {
  const open = findOpen(row, start, end)
  if (open === -2) return -1
  let uri: string
  let at: number
  if (open === -1) {
    at = bareEnd(row, start, end)
    if (at <= start) return -1
    uri = row.substring(start, trimBlankEnd(row, start, at))
    // Blanks inside a bare address, or `*` with parameters or neighbours.
    if (uri === '*' || uri.includes(' ') || uri.includes('\t') || !uri.includes(':')) return -1
  } else {
    const close = row.indexOf('>', open)
    if (close < 0 || close === open + 1) return -1
    uri = row.substring(open + 1, close)
    at = skipBlank(row, close + 1, end)
  }
  let expires: string | undefined
  let q: number | undefined
  let instance = ''
  let regId = 0
  let echo = ''
  let echoFrom = at
  let params = 0
  while (at < end && row.charCodeAt(at) === 59) {
    if (!readParamAt(row, at, end, cursor) || ++params > limits.list) return -1
    const isExpires = isParam(row, cursor, 'expires')
    if (isExpires || isParam(row, cursor, 'pub-gruu') || isParam(row, cursor, 'temp-gruu')) {
      // First wins; a second one is not echoed either, since it would contradict what is granted.
      if (isExpires) expires ??= row.substring(cursor.valueStart, cursor.valueEnd)
      echo += row.substring(echoFrom, at)
      echoFrom = cursor.end
    } else if (q === undefined && isParam(row, cursor, 'q')) q = readQ(row.substring(cursor.valueStart, cursor.valueEnd))
    else if (instance === '' && isParam(row, cursor, '+sip.instance'))
      instance = readInstance(row.substring(cursor.valueStart, cursor.valueEnd))
    else if (regId === 0 && isParam(row, cursor, 'reg-id')) regId = readRegId(row, cursor.valueStart, cursor.valueEnd)
    at = cursor.end
  }
  if (at < end && row.charCodeAt(at) !== 44) return -1
  if (echoFrom < at) echo += row.substring(echoFrom, trimBlankEnd(row, echoFrom, at))
  into.push({ uri, expires, q, instance, regId, echo })
  return at
}

/** A qvalue in thousandths, above 1 made 1; undefined if it is no number: the contact counts as one without q. */
export function readQ(text: string): number | undefined {
  let value = 0
  let scale = 0
  let digits = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 46 && scale === 0) scale = 1000
    else if (code >= 48 && code <= 57) {
      digits++
      if (scale === 0) value = Math.min(value * 10 + (code - 48) * 1000, 10_000)
      else {
        scale /= 10
        if (scale >= 1) value += (code - 48) * scale
      }
    } else return undefined
  }
  return digits === 0 ? undefined : Math.min(value, 1000)
}

function readInstance(value: string): string {
  const text = unquoted(value)
  return text.startsWith('<') && text.endsWith('>') ? text.substring(1, text.length - 1) : text
}

function readRegId(text: string, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return 0
    value = value * 10 + code - 48
    if (value > 2_147_483_647) return 0
  }
  return value
}

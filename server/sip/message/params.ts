/** Parameters behind a semicolon (`;name=value;flag`), quoted strings respected. RFC 3261 §7.3.1. Names in any case. */
import { sameName } from './header-name.ts'

const HT = 9
const SP = 32
const QUOTE = 34
const BACKSLASH = 92

/** End of the quoted string that opens at `open`, behind the closing quote; -1 if it never closes. */
export function quotedEnd(text: string, open: number, end: number): number {
  for (let at = open + 1; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at++
    else if (code === QUOTE) return at + 1
  }
  return -1
}

/** A quoted string without its quotes and backslashes; anything else as it is. */
export function unquoted(text: string): string {
  if (text.length < 2 || text.charCodeAt(0) !== QUOTE || text.charCodeAt(text.length - 1) !== QUOTE) return text
  const inner = text.substring(1, text.length - 1)
  let from = 0
  let out = ''
  for (let at = inner.indexOf('\\'); at >= 0; at = inner.indexOf('\\', from + 1)) {
    out += inner.substring(from, at)
    from = at + 1
  }
  return out + inner.substring(from)
}

export function skipBlank(text: string, at: number, end: number): number {
  while (at < end && (text.charCodeAt(at) === SP || text.charCodeAt(at) === HT)) at++
  return at
}

export function trimBlankEnd(text: string, start: number, end: number): number {
  while (end > start && (text.charCodeAt(end - 1) === SP || text.charCodeAt(end - 1) === HT)) end--
  return end
}

/** One parameter as `nextParam` found it; a single object that the reader passes in and reads before the next call. */
export class ParamCursor {
  nameStart = 0
  nameEnd = 0
  /** Equal to valueEnd for a parameter without a value. */
  valueStart = 0
  valueEnd = 0
  /** Where the parameter ends: at the next `;`, at `stop`, or at the end. */
  end = 0
}

/**
 * Reads the parameter behind the `;` at `at`, up to the next `;`, `,` or `end`. Returns false if a quoted string in it never closes.
 */
export function readParamAt(text: string, at: number, end: number, cursor: ParamCursor): boolean {
  let i = skipBlank(text, at + 1, end)
  cursor.nameStart = i
  let equals = -1
  for (; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === 59 || code === 44) break
    if (code === 61 && equals < 0) equals = i
    else if (code === QUOTE) {
      i = quotedEnd(text, i, end)
      if (i < 0) return false
      i--
    }
  }
  cursor.end = i
  const last = trimBlankEnd(text, cursor.nameStart, i)
  if (equals < 0) {
    cursor.nameEnd = last
    cursor.valueStart = last
    cursor.valueEnd = last
  } else {
    cursor.nameEnd = trimBlankEnd(text, cursor.nameStart, equals)
    cursor.valueStart = Math.min(skipBlank(text, equals + 1, i), last)
    cursor.valueEnd = last
  }
  return true
}

export function isParam(text: string, cursor: ParamCursor, lower: string): boolean {
  return cursor.nameEnd - cursor.nameStart === lower.length && sameName(text, cursor.nameStart, lower)
}

const own = new ParamCursor()

/** Value of parameter `name` (lower case) in `params` (`;a=b;c`), as sent; '' if it has none, undefined if absent. First wins. */
export function readParam(params: string, name: string): string | undefined {
  let at = 0
  while (at < params.length && params.charCodeAt(at) === 59) {
    if (!readParamAt(params, at, params.length, own)) return undefined
    if (isParam(params, own, name)) return params.substring(own.valueStart, own.valueEnd)
    at = own.end
  }
  return undefined
}

/** From, To, Route and the like: display name, address, parameters (RFC 3261 §20.10, §25.1). Hot path: parse.bench.ts. */
import { quotedEnd, readParam, skipBlank, trimBlankEnd, unquoted } from './params.ts'

const QUOTE = 34
const LESS = 60
const GREATER = 62

export interface NameAddr {
  /** Display name without quotes, '' if none. */
  readonly display: string
  /** The URI byte for byte, without < >. */
  readonly uri: string
  /** Header parameters as sent (`;tag=x`), '' if none. */
  readonly params: string
}

/**
 * Reads one address that fills the whole value. Without < > every parameter belongs to the header. undefined if it is
 * malformed: an open quote or bracket, a bare address with `?` or `,`, an empty URI, something behind `>` that is no parameter.
 */
export function readNameAddr(value: string): NameAddr | undefined {
  const end = trimBlankEnd(value, 0, value.length)
  const start = skipBlank(value, 0, end)
  const open = findOpen(value, start, end)
  if (open === -2) return undefined
  if (open === -1) {
    const uriEnd = bareEnd(value, start, end)
    if (uriEnd <= start || value.charCodeAt(uriEnd) === 44) return undefined
    const uri = value.substring(start, trimBlankEnd(value, start, uriEnd))
    return uri.includes(' ') || uri.includes('\t') ? undefined : { display: '', uri, params: value.substring(uriEnd, end) }
  }
  const close = value.indexOf('>', open)
  if (close < 0 || close === open + 1) return undefined
  const after = skipBlank(value, close + 1, end)
  if (after < end && value.charCodeAt(after) !== 59) return undefined
  const displayEnd = trimBlankEnd(value, start, open)
  return {
    display: displayEnd === start ? '' : unquoted(value.substring(start, displayEnd)),
    uri: value.substring(open + 1, close),
    params: after < end ? value.substring(after, end) : '',
  }
}

/** Value of the tag parameter, undefined if there is none. */
export function tagOf(address: NameAddr): string | undefined {
  return address.params === '' ? undefined : readParam(address.params, 'tag')
}

/** Where `<` opens the address that begins at `start`: -1 for a bare address, -2 for an open quote. Stops at `,` or `;` of a bare address. */
export function findOpen(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === LESS) return at
    if (code === QUOTE) {
      at = quotedEnd(text, at, end)
      if (at < 0) return -2
      at--
    } else if (code === 59 || code === 44 || code === GREATER) return -1
  }
  return -1
}

/** End of the bare address at `start` (at `;`, `,` or `end`); -1 if it holds what needs < > around it. */
export function bareEnd(text: string, start: number, end: number): number {
  let at = start
  for (; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === 59 || code === 44) break
    if (code === 63 || code === LESS || code === GREATER || code === QUOTE) return -1
  }
  return at
}

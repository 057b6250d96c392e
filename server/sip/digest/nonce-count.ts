/** The count that a client adds to every use of a nonce (RFC 7616 §3.4.3): what stops a recorded request from being sent again. */

/** The count; -1 unless it is 8 hex digits (quoted or not is the reader's matter, case does not count). */
export function readNonceCount(nc: string): number {
  if (nc.length !== 8) return -1
  let value = 0
  for (let at = 0; at < 8; at++) {
    const code = nc.charCodeAt(at)
    const lower = code | 32
    const digit = code >= 48 && code <= 57 ? code - 48 : lower >= 97 && lower <= 102 ? lower - 87 : -1
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

/**
 * Whether `count` may follow `highest`, the highest seen with this nonce (0: none). Gaps are allowed, since a phone may share its
 * nonce between requests of which some are lost; 0 never, since clients count from 1.
 */
export function isFreshCount(count: number, highest: number): boolean {
  return count > highest && count > 0
}

/** Seconds of Expires and of the expires parameter (RFC 3261 §10.2.1.1, §20.19). */

/** Seconds; what is no whole number counts as 3600 (§10.2), more than 2^32-1 as 2^32-1. */
export function readExpires(text: string): number {
  if (text.length === 0) return 3600
  let value = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return 3600
    if (value <= 4_294_967_295) value = value * 10 + code - 48
  }
  return Math.min(value, 4_294_967_295)
}

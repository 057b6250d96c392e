/**
 * The hash over what stays the same in a request: 64 bits, keyed, but no proof of anything. Who has a form's hash has not seen the form; whoever
 * makes two requests of one hash has proven the password of both. Hot path: known-renewals.bench.ts.
 */

/** The state of the hash, and from where on the bytes are not in it yet. */
const lanes = new Int32Array(4)
let hashed = 0

/** The hash of all that was taken, after `endFormHash`. */
export const formHash = { low: 0, high: 0 }

/** Begins anew with what stands at `start`. */
export function beginFormHash(keyLow: number, keyHigh: number, start: number): void {
  lanes[0] = keyLow
  lanes[1] = keyHigh
  lanes[2] = ~keyLow
  lanes[3] = ~keyHigh
  hashed = start
}

/** Takes what stays the same up to `end` into the hash, and how long it is; what begins at `next` comes then. Four lanes, since each step waits for the one before. */
export function hashUpTo(view: DataView, bytes: Uint8Array, end: number, next: number): void {
  let a = lanes[0] as number
  let b = lanes[1] as number
  let c = lanes[2] as number
  let d = lanes[3] as number
  let at = hashed
  a ^= end - at
  for (; at + 16 <= end; at += 16) {
    a = Math.imul(a ^ view.getInt32(at, true), 0x2c1b3c6d)
    b = Math.imul(b ^ view.getInt32(at + 4, true), 0x297a2d39)
    c = Math.imul(c ^ view.getInt32(at + 8, true), 0x1b56c4e9)
    d = Math.imul(d ^ view.getInt32(at + 12, true), 0x5bd1e995)
    a ^= a >>> 15
    b ^= b >>> 14
    c ^= c >>> 16
    d ^= d >>> 13
  }
  for (; at + 4 <= end; at += 4) {
    b = Math.imul(b ^ view.getInt32(at, true), 0x297a2d39)
    b ^= b >>> 14
  }
  let rest = 0
  for (let shift = 0; at < end; at++, shift += 8) rest |= (bytes[at] as number) << shift
  c = Math.imul(c ^ rest, 0x1b56c4e9)
  // Each lane gets into another, lest two words of one lane do what no other sees.
  lanes[0] = a ^ (b >>> 11)
  lanes[1] = (b + d) | 0
  lanes[2] = c ^ (c >>> 16) ^ (a << 9)
  lanes[3] = (d + c) | 0
  hashed = next
}

/** Takes the rest up to `end`. */
export function endFormHash(view: DataView, bytes: Uint8Array, end: number): void {
  hashUpTo(view, bytes, end, end)
  formHash.low = (lanes[0] as number) ^ (lanes[3] as number)
  formHash.high = (lanes[1] as number) ^ (lanes[2] as number)
}

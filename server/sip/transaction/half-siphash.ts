/**
 * HalfSipHash-2-4 with a 64-bit tag (Aumasson and Bernstein): SipHash on 32-bit words, which is what JavaScript counts in. For tables
 * and tags; what must withstand years of guessing takes SipHash. Hot path: parse.bench.ts.
 */

/** The tag of the last `halfSipHash`, two 32-bit halves. */
export const halfSipTag = { low: 0, high: 0 }

/** Hashes the first `length` bytes of `words` (little-endian; bytes behind the last of them are 0) under a key of two words. */
export function halfSipHash(keyLow: number, keyHigh: number, words: Int32Array, length: number): void {
  let v0 = keyLow
  let v1 = keyHigh ^ 0xee
  let v2 = keyLow ^ 0x6c796765
  let v3 = keyHigh ^ 0x74656462
  const whole = length >> 2
  const last = (length << 24) | ((length & 3) === 0 ? 0 : (words[whole] as number))
  for (let block = 0; block <= whole; block++) {
    const word = block < whole ? (words[block] as number) : last
    v3 ^= word
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    v0 ^= word
  }
  v2 ^= 0xee
  for (let half = 0; half < 2; half++) {
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    if (half === 0) halfSipTag.low = v1 ^ v3
    else halfSipTag.high = v1 ^ v3
    v1 ^= 0xdd
  }
}

/** SipHash-2-4 (Aumasson and Bernstein): a keyed 64-bit tag of a few words, cheaper here than any call into OpenSSL. Hot path: digest-verify.bench.ts. */

/** A key of 16 bytes as four 32-bit words. */
export class SipHashKey {
  readonly k0l: number
  readonly k0h: number
  readonly k1l: number
  readonly k1h: number

  /** Takes 16 bytes of `key` from `offset`. */
  constructor(key: Buffer, offset = 0) {
    this.k0l = key.readInt32LE(offset)
    this.k0h = key.readInt32LE(offset + 4)
    this.k1l = key.readInt32LE(offset + 8)
    this.k1h = key.readInt32LE(offset + 12)
  }
}

/** The result of the last `sipHash`, two 32-bit halves. */
export const sipTag = { low: 0, high: 0 }

/**
 * Hashes the first `count` 32-bit words of `words`, `count` even, as the bytes they are in little-endian order, and writes the tag
 * into `sipTag`.
 */
export function sipHash(key: SipHashKey, words: Int32Array, count: number): void {
  let v0l = key.k0l ^ 0x70736575
  let v0h = key.k0h ^ 0x736f6d65
  let v1l = key.k1l ^ 0x6e646f6d
  let v1h = key.k1h ^ 0x646f7261
  let v2l = key.k0l ^ 0x6e657261
  let v2h = key.k0h ^ 0x6c796765
  let v3l = key.k1l ^ 0x79746573
  let v3h = key.k1h ^ 0x74656462
  // Two rounds a block, the block of the length last, then four more rounds.
  const blocks = count >> 1
  for (let block = 0; block <= blocks + 1; block++) {
    const low = block < blocks ? (words[block * 2] as number) : 0
    const high = block < blocks ? (words[block * 2 + 1] as number) : block === blocks ? (count * 4) << 24 : 0
    let rounds = 2
    if (block > blocks) {
      v2l ^= 0xff
      rounds = 4
    } else {
      v3l ^= low
      v3h ^= high
    }
    for (; rounds > 0; rounds--) {
      let t = (v0l >>> 0) + (v1l >>> 0)
      v0h = (v0h + v1h + (t > 0xffffffff ? 1 : 0)) | 0
      v0l = t | 0
      t = (v2l >>> 0) + (v3l >>> 0)
      v2h = (v2h + v3h + (t > 0xffffffff ? 1 : 0)) | 0
      v2l = t | 0
      let s = (v1l << 13) | (v1h >>> 19)
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h
      v1l = s ^ v0l
      s = (v3l << 16) | (v3h >>> 16)
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
      v3l = s ^ v2l
      s = v0l
      v0l = v0h
      v0h = s
      t = (v2l >>> 0) + (v1l >>> 0)
      v2h = (v2h + v1h + (t > 0xffffffff ? 1 : 0)) | 0
      v2l = t | 0
      t = (v0l >>> 0) + (v3l >>> 0)
      v0h = (v0h + v3h + (t > 0xffffffff ? 1 : 0)) | 0
      v0l = t | 0
      s = (v1l << 17) | (v1h >>> 15)
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2h
      v1l = s ^ v2l
      s = (v3l << 21) | (v3h >>> 11)
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
      v3l = s ^ v0l
      s = v2l
      v2l = v2h
      v2h = s
    }
    if (block <= blocks) {
      v0l ^= low
      v0h ^= high
    }
  }
  sipTag.low = v0l ^ v1l ^ v2l ^ v3l
  sipTag.high = v0h ^ v1h ^ v2h ^ v3h
}

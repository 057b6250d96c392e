/** Randomness as a value that a test can replace. */
import { randomBytes, randomInt } from 'node:crypto'

export interface Random {
  /** `count` bytes fit for keys and tokens. */
  bytes(count: number): Buffer
  /** A whole number, 0 ≤ n < `below`. */
  below(below: number): number
}

export const systemRandom: Random = { bytes: (count) => randomBytes(count), below: (below) => randomInt(below) }

/** The same randomness, drawn 4 KiB at a time: for small pieces by the hundred thousand, where a call for each would cost most of the work. */
export function pooled(random: Random): Random {
  let pool: Buffer = Buffer.alloc(0)
  let at = 0
  return {
    bytes(count) {
      if (count > 256) return random.bytes(count)
      if (at + count > pool.length) {
        pool = random.bytes(4096)
        at = 0
      }
      at += count
      return pool.subarray(at - count, at)
    },
    below: (below) => random.below(below),
  }
}

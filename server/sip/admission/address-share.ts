/**
 * How much unproven traffic an address has sent lately, in memory that is fixed from the start: two rows of leaking buckets, in each of
 * which an address has one by a keyed hash. It is over its share only if both are full, so that a neighbour of a flood in one row is not
 * taken for it, and a million spoofed addresses fill none. IPv6 counts by its network (/64).
 */
import { networkWords, readNetwork } from '../digest/address-network.ts'

/** Requests without proof that may come at once from one address: an office of 500 phones, each asking three times. */
const burst = 2000
/** And a second, for long. */
const leakPerMs = 0.2
/** Buckets of a row. */
const buckets = 16_384

export class AddressShare {
  readonly #levels = new Float32Array(2 * buckets)
  readonly #at = new Float64Array(2 * buckets)
  readonly #seed: number

  /** `seed`: 32 bits that nobody can guess, so that nobody can choose who shares a bucket with whom. */
  constructor(seed: number) {
    this.#seed = seed
  }

  /** Counts one packet from `ip`; whether the address is over its share. `now` is monotonic, in ms. */
  over(ip: string, now: number): boolean {
    const hash = hashNetwork(ip, this.#seed)
    const one = this.#add(hash & (buckets - 1), now)
    const other = this.#add(buckets + ((hash >>> 16) & (buckets - 1)), now)
    return one > burst && other > burst
  }

  #add(bucket: number, now: number): number {
    const left = (this.#levels[bucket] as number) - (now - (this.#at[bucket] as number)) * leakPerMs
    // A flood that ends is forgiven within seconds.
    const level = Math.min(Math.max(left, 0) + 1, 2 * burst)
    this.#levels[bucket] = level
    this.#at[bucket] = now
    return level
  }
}

function hashNetwork(ip: string, seed: number): number {
  readNetwork(ip)
  let hash = Math.imul(seed ^ (networkWords[0] as number), 0x85ebca6b)
  hash ^= hash >>> 15
  hash = Math.imul(hash ^ (networkWords[1] as number), 0xc2b2ae35)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0x27d4eb2f)
  return hash ^ (hash >>> 16)
}

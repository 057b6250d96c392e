/**
 * When each (network, name) last failed, for a rule "so many within so long". A table of fixed size, eight places a bucket: what does
 * not fit pushes out whatever failed longest ago. Hot path: guess-limits.bench.ts.
 */
import { guessKey } from './guess-key.ts'

const ways = 8

export class GuessTable {
  readonly #buckets: number
  readonly #most: number
  readonly #windowSeconds: number
  readonly #low: Int32Array
  readonly #high: Int32Array
  /** Of each entry the seconds of its last `most` failures, as a ring. */
  readonly #times: Uint32Array
  readonly #next: Uint8Array
  readonly #last: Uint32Array
  readonly #response: Int32Array

  /** `most` failures (2 … 255) within `windowSeconds` are too many; `entries` is a power of two. */
  constructor(entries: number, most: number, windowSeconds: number) {
    this.#buckets = entries / ways
    this.#most = most
    this.#windowSeconds = windowSeconds
    this.#low = new Int32Array(entries)
    this.#high = new Int32Array(entries)
    this.#times = new Uint32Array(entries * most)
    this.#next = new Uint8Array(entries)
    this.#last = new Uint32Array(entries)
    this.#response = new Int32Array(entries)
  }

  /**
   * Counts a failure of the current guessKey; true if it is one too many, and then the entry is empty again. `response` tells one answer
   * from another: the same packet again (UDP repeats what was lost) weighs nothing.
   */
  failed(nowSeconds: number, response: number): boolean {
    const at = this.#find() ?? this.#make(nowSeconds)
    if (this.#last[at] !== 0 && this.#response[at] === response) return false
    this.#last[at] = nowSeconds
    this.#response[at] = response
    const place = at * this.#most + (this.#next[at] as number)
    this.#times[place] = nowSeconds
    const next = ((this.#next[at] as number) + 1) % this.#most
    this.#next[at] = next
    // The place that is written next holds the oldest of the last `most`.
    const oldest = this.#times[at * this.#most + next] as number
    if (oldest === 0 || nowSeconds - oldest >= this.#windowSeconds) return false
    this.#clear(at)
    return true
  }

  /** The current guessKey has proven itself: forgets its failures. */
  forget(): void {
    const at = this.#find()
    if (at !== undefined) this.#clear(at)
  }

  #find(): number | undefined {
    const first = ((guessKey.low >>> 0) % this.#buckets) * ways
    for (let at = first; at < first + ways; at++) {
      if (this.#low[at] === guessKey.low && this.#high[at] === guessKey.high) return at
    }
    return undefined
  }

  /** An empty place in the key's bucket, else the one whose last failure is oldest. */
  #make(nowSeconds: number): number {
    const first = ((guessKey.low >>> 0) % this.#buckets) * ways
    let chosen = first
    for (let at = first; at < first + ways; at++) {
      // A clock that was set back leaves entries from the future: as good as old ones.
      const last = this.#last[at] as number
      if (last === 0 || last > nowSeconds) {
        chosen = at
        break
      }
      if (last < (this.#last[chosen] as number)) chosen = at
    }
    this.#clear(chosen)
    this.#low[chosen] = guessKey.low
    this.#high[chosen] = guessKey.high
    return chosen
  }

  #clear(at: number): void {
    this.#low[at] = 0
    this.#high[at] = 0
    this.#next[at] = 0
    this.#last[at] = 0
    this.#response[at] = 0
    this.#times.fill(0, at * this.#most, (at + 1) * this.#most)
  }
}

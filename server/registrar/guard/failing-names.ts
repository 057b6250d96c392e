/**
 * Which different names failed from each network since one last succeeded there. A table of fixed size, eight places a bucket; what
 * does not fit pushes out whatever failed longest ago. Hot path: guess-limits.bench.ts.
 */
import { guessKey } from './guess-key.ts'

const ways = 8
/** So many names are worth a look whenever a phone there renews: it may be an office. */
const worthWatching = 8

export class FailingNames {
  readonly #buckets: number
  readonly #most: number
  readonly #quietSeconds: number
  readonly #low: Int32Array
  readonly #high: Int32Array
  /** Of each network the tags of up to `most` names. */
  readonly #names: Int32Array
  readonly #count: Uint8Array
  readonly #last: Uint32Array
  #watched = 0

  /** `most` names (up to 255) are too many; after `quietSeconds` without a failure they are forgotten. `entries` is a power of two. */
  constructor(entries: number, most: number, quietSeconds: number) {
    this.#buckets = entries / ways
    this.#most = most
    this.#quietSeconds = quietSeconds
    this.#low = new Int32Array(entries)
    this.#high = new Int32Array(entries)
    this.#names = new Int32Array(entries * most)
    this.#count = new Uint8Array(entries)
    this.#last = new Uint32Array(entries)
  }

  /** Networks with so many failing names that a success of any phone there is worth telling. */
  get watched(): number {
    return this.#watched
  }

  /** Counts a name (by its tag) for the network that is the current guessKey; true if it is one too many, and then all are forgotten. */
  failed(name: number, nowSeconds: number): boolean {
    const at = this.#find() ?? this.#make(nowSeconds)
    const last = this.#last[at] as number
    if (last > nowSeconds || nowSeconds - last > this.#quietSeconds) this.#setCount(at, 0)
    this.#last[at] = nowSeconds
    const count = this.#count[at] as number
    const first = at * this.#most
    for (let place = first; place < first + count; place++) if (this.#names[place] === name) return false
    this.#names[first + count] = name
    this.#setCount(at, count + 1)
    if (count + 1 < this.#most) return false
    this.#clear(at)
    return true
  }

  /** A phone of the current guessKey's network proved its password: what failed there were mistakes. */
  forget(): void {
    const at = this.#find()
    if (at !== undefined) this.#clear(at)
  }

  /** Takes networks that fell silent out; so that they are no longer watched. A walk over the whole table: for once a minute. */
  sweep(nowSeconds: number): void {
    for (let at = 0; at < this.#last.length; at++) {
      const last = this.#last[at] as number
      if (last !== 0 && nowSeconds - last > this.#quietSeconds) this.#clear(at)
    }
  }

  #find(): number | undefined {
    const first = ((guessKey.low >>> 0) % this.#buckets) * ways
    for (let at = first; at < first + ways; at++) {
      if (this.#low[at] === guessKey.low && this.#high[at] === guessKey.high) return at
    }
    return undefined
  }

  #make(nowSeconds: number): number {
    const first = ((guessKey.low >>> 0) % this.#buckets) * ways
    let chosen = first
    for (let at = first; at < first + ways; at++) {
      if ((this.#last[at] as number) < (this.#last[chosen] as number)) chosen = at
    }
    this.#clear(chosen)
    this.#low[chosen] = guessKey.low
    this.#high[chosen] = guessKey.high
    this.#last[chosen] = nowSeconds
    return chosen
  }

  #clear(at: number): void {
    this.#setCount(at, 0)
    this.#low[at] = 0
    this.#high[at] = 0
    this.#last[at] = 0
  }

  #setCount(at: number, count: number): void {
    const before = this.#count[at] as number
    if (before >= worthWatching && count < worthWatching) this.#watched--
    if (before < worthWatching && count >= worthWatching) this.#watched++
    this.#count[at] = count
  }
}

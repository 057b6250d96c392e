/**
 * The answers to proven requests of the last 32 s, for requests that come again (timer J, RFC 3261 §17.2.2), in memory that is fixed
 * from the start: the oldest answers make room. Hot path: parse.bench.ts.
 */
import type { RequestHash } from './request-hash.ts'
import { timerJ } from './timers.ts'

const none = -1

export class ProvenRing {
  readonly #slots: number
  readonly #bytes: Buffer
  readonly #lows: Int32Array
  readonly #highs: Int32Array
  readonly #offsets: Int32Array
  readonly #lengths: Int32Array
  readonly #at: Float64Array
  /** Slots of one chain, newest first: heads by the low half of the hash, then from slot to slot. */
  readonly #heads: Int32Array
  readonly #next: Int32Array
  readonly #mask: number
  readonly #keep = timerJ
  #write = 0
  #newest = none
  #oldest = 0
  #count = 0

  /** `slots`: answers held at most; `bytes`: room for all of them together. */
  constructor(slots = 8_192, bytes = slots * 768) {
    this.#slots = slots
    this.#bytes = Buffer.alloc(bytes)
    this.#lows = new Int32Array(slots)
    this.#highs = new Int32Array(slots)
    this.#offsets = new Int32Array(slots)
    this.#lengths = new Int32Array(slots)
    this.#at = new Float64Array(slots)
    let size = 1
    while (size < slots * 2) size *= 2
    this.#heads = new Int32Array(size).fill(none)
    this.#next = new Int32Array(slots).fill(none)
    this.#mask = size - 1
  }

  /** How many answers are held, outdated ones among them. */
  get size(): number {
    return this.#count
  }

  /** Holds a copy of `answer` (a character a byte) for the request of this hash from `now` (monotonic ms) on. One that is empty or does not fit at all is not held. */
  remember({ low, high }: RequestHash, answer: string, now: number): void {
    const at = this.#take(low, high, answer.length, now)
    if (at >= 0) this.#bytes.write(answer, at, answer.length, 'latin1')
  }

  /** The same with an answer that lies in `bytes`, and with the two halves of the hash. */
  rememberBytes(low: number, high: number, bytes: Buffer, start: number, end: number, now: number): void {
    const at = this.#take(low, high, end - start, now)
    if (at >= 0) bytes.copy(this.#bytes, at, start, end)
  }

  /** Where an answer of this length is to be written; -1 if it cannot be held. */
  #take(low: number, high: number, length: number, now: number): number {
    if (length === 0 || length > this.#bytes.length) return -1
    if (this.#count === this.#slots) this.#dropOldest()
    if (this.#write + length > this.#bytes.length) {
      // What is held between here and the end is the oldest there is.
      while (this.#count > 0 && (this.#offsets[this.#oldest] as number) >= this.#write) this.#dropOldest()
      this.#write = 0
    }
    while (this.#count > 0 && this.#liesIn(this.#oldest, this.#write, length)) this.#dropOldest()
    const slot = this.#newest + 1 === this.#slots ? 0 : this.#newest + 1
    const at = this.#write
    this.#lows[slot] = low
    this.#highs[slot] = high
    this.#offsets[slot] = at
    this.#lengths[slot] = length
    this.#at[slot] = now
    const head = low & this.#mask
    this.#next[slot] = this.#heads[head] as number
    this.#heads[head] = slot
    this.#write += length
    this.#newest = slot
    this.#count++
    return at
  }

  /** The newest answer to the request of this hash that is younger than timer J. The bytes are the ring's own: send them before the next `remember`. */
  find({ low, high }: RequestHash, now: number): Buffer | undefined {
    for (let slot = this.#heads[low & this.#mask] as number; slot !== none; slot = this.#next[slot] as number) {
      if (this.#lows[slot] !== low || this.#highs[slot] !== high) continue
      if (now - (this.#at[slot] as number) >= this.#keep) return undefined
      const offset = this.#offsets[slot] as number
      return this.#bytes.subarray(offset, offset + (this.#lengths[slot] as number))
    }
    return undefined
  }

  #liesIn(slot: number, start: number, length: number): boolean {
    const offset = this.#offsets[slot] as number
    return offset < start + length && offset + (this.#lengths[slot] as number) > start
  }

  #dropOldest(): void {
    const slot = this.#oldest
    const head = (this.#lows[slot] as number) & this.#mask
    // The oldest of its chain is the last one.
    let before = none
    let at = this.#heads[head] as number
    while (at !== slot) {
      before = at
      at = this.#next[at] as number
    }
    if (before === none) this.#heads[head] = none
    else this.#next[before] = none
    this.#oldest = slot + 1 === this.#slots ? 0 : slot + 1
    this.#count--
  }
}

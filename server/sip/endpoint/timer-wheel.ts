/**
 * Every timer of the SIP role in one structure: buckets of a tenth of a second. A timer is a number handed back to its owner; nothing is
 * cancelled, the owner looks again when it fires. Hot path: register.bench.ts.
 */
export interface TimerOwner {
  /** `key` as given to `at`; `now` in epoch ms. The owner decides whether anything is due. */
  fired(key: number, now: number): void
}

interface Bucket {
  owners: TimerOwner[]
  keys: number[]
}

export const tickMs = 100

export class TimerWheel {
  readonly #buckets = new Map<number, Bucket>()
  readonly #works = new Map<number, () => void>()
  /** Fires the works of `after`; one that was cancelled is not there any more. */
  readonly #workOwner: TimerOwner = {
    fired: (key) => {
      const work = this.#works.get(key)
      this.#works.delete(key)
      work?.()
    },
  }
  /** Taken out of the buckets; of the first one, so many have been fired. */
  readonly #due: Bucket[] = []
  #fired = 0
  #lastTick: number
  #lastWork = 0
  #size = 0

  /** `now`: epoch ms. */
  constructor(now: number) {
    this.#lastTick = Math.floor(now / tickMs)
  }

  /** Timers that wait. */
  get size(): number {
    return this.#size
  }

  /** Fires `key` at or at most one tick after `when` (epoch ms); a time that has passed fires at the next tick. */
  at(when: number, owner: TimerOwner, key: number): void {
    const tick = Math.max(Math.ceil(when / tickMs), this.#lastTick + 1)
    let bucket = this.#buckets.get(tick)
    if (bucket === undefined) {
      bucket = { owners: [], keys: [] }
      this.#buckets.set(tick, bucket)
    }
    bucket.owners.push(owner)
    bucket.keys.push(key)
    this.#size++
  }

  /** Calls `work` once, `ms` after `now` (epoch ms); the answer cancels. For what is rare: it costs a closure and an entry in a map. */
  after(ms: number, now: number, work: () => void): () => void {
    const key = ++this.#lastWork
    this.#works.set(key, work)
    this.at(now + ms, this.#workOwner, key)
    return () => this.#works.delete(key)
  }

  /**
   * Fires what is due, at most `most`, and says whether more waits, which the next call goes on with. Called every tick; after a pause of any
   * length it catches up. `most` keeps a million that are due at once from holding up the loop.
   */
  advance(now: number, most = Number.POSITIVE_INFINITY): boolean {
    this.#takeDue(Math.floor(now / tickMs))
    for (let left = most; left > 0; left--) {
      const bucket = this.#due[0]
      if (bucket === undefined) return false
      const at = this.#fired++
      if (at < bucket.keys.length) {
        this.#size--
        bucket.owners[at]?.fired(bucket.keys[at] ?? 0, now)
      } else {
        this.#due.shift()
        this.#fired = 0
      }
    }
    return this.#due.length > 0
  }

  /** The clock was set ahead by `by` ms, a multiple of a tick (negative: back): every timer waits as long as it would have. */
  clockSet(by: number): void {
    const ticks = Math.round(by / tickMs)
    this.#lastTick += ticks
    const buckets = [...this.#buckets]
    this.#buckets.clear()
    for (const [tick, bucket] of buckets) this.#buckets.set(tick + ticks, bucket)
  }

  #takeDue(tick: number): void {
    if (tick <= this.#lastTick) return
    const due: number[] = []
    if (tick - this.#lastTick > this.#buckets.size) {
      for (const at of this.#buckets.keys()) if (at <= tick) due.push(at)
      due.sort((a, b) => a - b)
    } else {
      for (let at = this.#lastTick + 1; at <= tick; at++) if (this.#buckets.has(at)) due.push(at)
    }
    this.#lastTick = tick
    for (const at of due) {
      const bucket = this.#buckets.get(at)
      if (bucket !== undefined) this.#due.push(bucket)
      this.#buckets.delete(at)
    }
  }
}

/**
 * What every line holds now, in memory: the bindings as the store has them, those decided in this turn but not stored yet, and
 * the nonces used. Hot path: register.bench.ts.
 */
import type { Binding, EndedBinding } from './binding.ts'

/** Nonces remembered for one line, one for each of the contacts that it may have; older ones are covered by `nonceFloor`. */
const noncesKept = 20

export class HeldLine {
  readonly lineId: number
  /** As stored. */
  bindings: readonly Binding[]
  /** As decided in this turn; null when nothing waits to be stored. Later requests of a turn see the earlier ones. */
  staged: readonly Binding[] | null
  /** How many changes of this line wait to be stored. */
  waiting: number
  lastEnded: EndedBinding | null
  /** Epoch ms at which the expirer looks at this line; 0 for never. One entry a line, however often it renews. */
  wheelAt: number
  /** The line was closed, but the end of its bindings could not be stored yet. */
  closing: boolean
  #nonceIds: string[]
  #nonceCounts: number[]
  /** Seconds: a nonce issued at or before this that is not remembered was used before, as far as we know. */
  nonceFloor: number

  constructor(lineId: number, nonceFloor = 0) {
    this.lineId = lineId
    this.bindings = []
    this.staged = null
    this.waiting = 0
    this.lastEnded = null
    this.wheelAt = 0
    this.closing = false
    this.#nonceIds = []
    this.#nonceCounts = []
    this.nonceFloor = nonceFloor
  }

  /** The newest decided bindings. */
  get current(): readonly Binding[] {
    return this.staged ?? this.bindings
  }

  /** Highest count seen of this nonce: 0 for a fresh one, Infinity for one that is too old to be known unused. */
  nonceCount(nonceId: string, issuedAt: number): number {
    const at = this.#find(nonceId)
    if (at >= 0) return this.#nonceCounts[at] ?? 0
    return issuedAt < this.nonceFloor ? Number.POSITIVE_INFINITY : 0
  }

  /** Remembers that `count` of this nonce was used; `issuedAt` in seconds. */
  useNonce(nonceId: string, count: number, issuedAtOf: (nonceId: string) => number): void {
    const at = this.#find(nonceId)
    if (at >= 0) {
      // Of what was stored, the binding that comes last need not be the one that used the nonce last.
      this.#nonceCounts[at] = Math.max(count, this.#nonceCounts[at] ?? 0)
      return
    }
    if (this.#nonceIds.length >= noncesKept) {
      const oldest = this.#nonceIds.shift()
      this.#nonceCounts.shift()
      if (oldest !== undefined) this.nonceFloor = Math.max(this.nonceFloor, issuedAtOf(oldest) + 1)
    }
    this.#nonceIds.push(Buffer.from(nonceId, 'latin1').toString('latin1'))
    this.#nonceCounts.push(count)
  }

  /** Where this nonce is remembered, -1 if it is not. Nearly always it is the newest, which needs no call. */
  #find(nonceId: string): number {
    const newest = this.#nonceIds.length - 1
    return this.#nonceIds[newest] === nonceId ? newest : this.#nonceIds.indexOf(nonceId)
  }
}

export class HeldLines {
  readonly #lines = new Map<number, HeldLine>()
  /** Seconds: what was used of the nonces issued before this is known of stored bindings only, so that others are taken for used. */
  nonceFloor = 0

  /** Lines with anything held or remembered. */
  get size(): number {
    return this.#lines.size
  }

  find(lineId: number): HeldLine | undefined {
    return this.#lines.get(lineId)
  }

  /** The line's record, made if there is none: only for a request that proved its password. */
  of(lineId: number): HeldLine {
    let line = this.#lines.get(lineId)
    if (line === undefined) {
      line = new HeldLine(lineId, this.nonceFloor)
      this.#lines.set(lineId, line)
    }
    return line
  }

  all(): IterableIterator<HeldLine> {
    return this.#lines.values()
  }
}

/** Keeps attempts from costing without bound: so many groups from one address, so many searches for a slip a minute. */
import type { Tied } from './tie-attempt.ts'

/** Groups of failures that one address may have on all lines together: of an address that the circles use, and of any other. */
const groupsFromHome = 5000
const groupsFromStranger = 200
const searchesPerMinute = 10
const rememberedTies = 5000
const minute = 60_000

export class AttemptLimits {
  readonly #groups = new Map<string, number>()
  readonly #searches = new Map<string, { until: number; left: number }>()
  readonly #ties = new Map<string, { until: number; tied: Tied }>()

  mayAddGroup(address: string, home: boolean): boolean {
    return (this.#groups.get(address) ?? 0) < (home ? groupsFromHome : groupsFromStranger)
  }

  groupAdded(address: string): void {
    this.#groups.set(address, (this.#groups.get(address) ?? 0) + 1)
  }

  groupGone(address: string): void {
    const left = (this.#groups.get(address) ?? 0) - 1
    if (left > 0) this.#groups.set(address, left)
    else this.#groups.delete(address)
  }

  /** The tie of the same attempt a minute ago, or `find`'s; null when this address has asked too often. */
  tieOf(address: string, attempt: string, now: number, find: () => Tied): Tied | null {
    const key = `${address} ${attempt}`
    const known = this.#ties.get(key)
    if (known !== undefined && known.until > now) return known.tied
    if (!this.#maySearch(address, now)) return null
    const tied = find()
    this.#ties.delete(key)
    this.#ties.set(key, { until: now + minute, tied })
    if (this.#ties.size > rememberedTies) this.#dropOldest(this.#ties)
    return tied
  }

  #maySearch(address: string, now: number): boolean {
    let budget = this.#searches.get(address)
    if (budget === undefined || budget.until <= now) {
      budget = { until: now + minute, left: searchesPerMinute }
      this.#searches.delete(address)
      this.#searches.set(address, budget)
      if (this.#searches.size > rememberedTies) this.#dropOldest(this.#searches)
    }
    return budget.left-- > 0
  }

  #dropOldest(map: Map<string, unknown>): void {
    for (const oldest of map.keys()) return void map.delete(oldest)
  }
}

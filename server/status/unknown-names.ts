/** Names that arrived from a customer's own address but are no line's: kept for each circle, few and for a day. */
import type { FailedAttempt } from './facts.ts'
import { failureLifeMs } from './line-facts.ts'

export interface UnknownName {
  username: string
  from: string
  userAgent: string
  count: number
  firstAt: number
  lastAt: number
}

const namesPerCircle = 50

export class UnknownNames {
  /** Of each circle, the name heard longest ago first. */
  readonly #of = new Map<number, Map<string, UnknownName>>()

  add(circleId: number, attempt: FailedAttempt): void {
    const names = this.#of.get(circleId) ?? new Map<string, UnknownName>()
    this.#of.set(circleId, names)
    const key = `${attempt.ip} ${attempt.username}`
    const known = names.get(key)
    names.delete(key)
    names.set(key, {
      username: attempt.username,
      from: attempt.ip,
      userAgent: attempt.userAgent,
      count: (known?.count ?? 0) + 1,
      firstAt: known?.firstAt ?? attempt.at,
      lastAt: attempt.at,
    })
    if (names.size > namesPerCircle) for (const oldest of names.keys()) return void names.delete(oldest)
  }

  /** Newest first. */
  of(circleId: number, now: number): UnknownName[] {
    return [...(this.#of.get(circleId)?.values() ?? [])].filter((one) => one.lastAt + failureLifeMs > now).reverse()
  }

  forget(now: number): void {
    for (const [circleId, names] of this.#of) {
      for (const [key, one] of names) if (one.lastAt + failureLifeMs <= now) names.delete(key)
      if (names.size === 0) this.#of.delete(circleId)
    }
  }
}

/** A clock and its timers that stand still until a test moves them on. */
import type { Clock } from '../../server/runtime/clock.ts'
import type { Cancel, Timers } from '../../server/runtime/timers.ts'

interface Waiting {
  at: number
  order: number
  every: number
  work: () => void
}

export class FakeClock implements Clock, Timers {
  #now: number
  readonly #startedAt: number
  #order = 0
  #waiting: Waiting[] = []
  #atEnd: (() => void)[] = []

  /** `now`: epoch ms to start at. */
  constructor(now = Date.UTC(2026, 0, 5, 0, 0, 0)) {
    this.#now = now
    this.#startedAt = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now - this.#startedAt
  }

  after(ms: number, work: () => void): Cancel {
    return this.#add({ at: this.#now + Math.max(1, ms), order: this.#order++, every: 0, work })
  }

  every(ms: number, work: () => void): Cancel {
    return this.#add({ at: this.#now + Math.max(1, ms), order: this.#order++, every: Math.max(1, ms), work })
  }

  endOfTurn(work: () => void): void {
    this.#atEnd.push(work)
  }

  /** Timers that still wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Ends this turn of the event loop. */
  turn(): void {
    const works = this.#atEnd
    this.#atEnd = []
    for (const work of works) work()
  }

  /** Lets `ms` pass: each timer fires at its moment, in order, and a turn ends after each. */
  advance(ms: number): void {
    const until = this.#now + ms
    this.turn()
    for (;;) {
      const next = this.#next(until)
      if (next === undefined) break
      this.#now = Math.max(this.#now, next.at)
      if (next.every > 0) next.at += next.every
      else this.#waiting = this.#waiting.filter((one) => one !== next)
      next.work()
      this.turn()
    }
    this.#now = until
  }

  #next(until: number): Waiting | undefined {
    let next: Waiting | undefined
    for (const one of this.#waiting) {
      if (one.at > until) continue
      if (next === undefined || one.at < next.at || (one.at === next.at && one.order < next.order)) next = one
    }
    return next
  }

  #add(waiting: Waiting): Cancel {
    this.#waiting.push(waiting)
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting)
    }
  }
}

/** How many lines of each circle show which sign, kept as they change. `lines` is always the sum of the four signs' counts. */
import type { Counts, LineState, Sign } from '#api/line.ts'

const none: Readonly<Counts> = { lines: 0, registered: 0, unregistered: 0, unknown: 0, notNeeded: 0, never: 0 }

export class CircleCounts {
  readonly #of = new Map<number, Counts>()

  of(circleId: number): Counts {
    return { ...(this.#of.get(circleId) ?? none) }
  }

  add(circleId: number, sign: Sign, state: LineState): void {
    const counts = this.#of.get(circleId) ?? { ...none }
    this.#of.set(circleId, counts)
    tally(counts, sign, state, 1)
  }

  remove(circleId: number, sign: Sign, state: LineState): void {
    const counts = this.#of.get(circleId)
    if (counts === undefined) return
    tally(counts, sign, state, -1)
    if (counts.lines === 0) this.#of.delete(circleId)
  }
}

function tally(counts: Counts, sign: Sign, state: LineState, by: 1 | -1): void {
  counts.lines += by
  switch (sign) {
    case 'registered':
      counts.registered += by
      break
    case 'unregistered':
      counts.unregistered += by
      if (state === 'never') counts.never += by
      break
    case 'ask':
    case 'no-data':
      counts.unknown += by
      break
    case 'not-needed':
      counts.notNeeded += by
      break
  }
}

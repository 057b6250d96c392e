/**
 * Wrong answers to nonces that were not given to their address: anybody may forge those, so they block nobody. But a right one earns
 * stale=true, and that would tell a guesser what he wants to know. So whoever has been wrong too often is told nothing any more.
 *
 * Counted in cells that several keys share, never in entries that could be pushed out: a flood can only make it tell less. Hot path:
 * guess-limits.bench.ts.
 */
import { guessKey } from './guess-key.ts'

const cells = 1 << 16

export class ForeignNonces {
  readonly #most: number
  readonly #windowSeconds: number
  #now = new Uint8Array(cells * 2)
  #before = new Uint8Array(cells * 2)
  #since = 0

  /** `most` (up to 255) wrong answers within `windowSeconds`, or the window before it, are too many. */
  constructor(most: number, windowSeconds: number) {
    this.#most = most
    this.#windowSeconds = windowSeconds
  }

  /** Whether the current guessKey may still learn that its answer was right. */
  mayTell(nowSeconds: number): boolean {
    this.#turn(nowSeconds)
    // Each key has two cells; the lesser of the two has been counted by fewer others.
    return Math.min(this.#sum(firstCell()), this.#sum(secondCell())) < this.#most
  }

  /** Counts a wrong answer of the current guessKey. */
  failed(nowSeconds: number): void {
    this.#turn(nowSeconds)
    this.#count(firstCell())
    this.#count(secondCell())
  }

  #sum(cell: number): number {
    return (this.#now[cell] as number) + (this.#before[cell] as number)
  }

  #count(cell: number): void {
    const count = this.#now[cell] as number
    if (count < 255) this.#now[cell] = count + 1
  }

  #turn(nowSeconds: number): void {
    const past = nowSeconds - this.#since
    if (past >= 0 && past < this.#windowSeconds) return
    const older = this.#before
    this.#before = this.#now
    this.#now = older
    this.#now.fill(0)
    // After two windows, or a clock that was set back, nothing counts any more.
    if (past < 0 || past >= this.#windowSeconds * 2) this.#before.fill(0)
    this.#since = nowSeconds
  }
}

function firstCell(): number {
  return guessKey.low & (cells - 1)
}

function secondCell(): number {
  return cells + (guessKey.high >>> 16)
}

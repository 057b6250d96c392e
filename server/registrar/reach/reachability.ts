/**
 * Which phones answer when they are asked, as the pinger finds out: what is remembered of each binding, and what of it is worth telling.
 * Kept small, a number a binding, since there may be a million. Never ends a binding: that is up to its time.
 */

/** So many pings without an answer, one after the other, and a phone counts as unreachable. */
const missesForUnreachable = 3
/** A round trip is told anew when it moved by more than this, and by more than half of what was told. */
const notableMs = 20
/** It is told anew after this all the same, so that "last heard" is never far from the truth. */
const tellAgainMs = 5 * 60_000

interface Misses {
  count: number
  /** Epoch ms of the first ping of the row. */
  since: number
}

export class Reachability {
  /** Ids of the bindings whose phones do not answer. */
  readonly unreachable = new Set<number>()
  readonly #misses = new Map<number, Misses>()
  /** What was told last: ms of the round trip in the low bits, above them when, in steps that still fit a small number. */
  readonly #told = new Map<number, number>()

  /** A ping was answered after `ms` (whole). Whether that is worth telling: the first time, after silence, or when it moved. */
  answered(bindingId: number, ms: number, now: number): boolean {
    this.#misses.delete(bindingId)
    const mended = this.unreachable.delete(bindingId)
    const told = this.#told.get(bindingId)
    if (told !== undefined && !mended && !isOld(told, now) && !isNotable(told & mostRtt, ms)) return false
    this.#told.set(bindingId, packed(ms, now))
    return true
  }

  /** A ping sent at `sentAt` had no answer. Since when the phone is silent, if this made it unreachable; else undefined. */
  missed(bindingId: number, sentAt: number): number | undefined {
    const misses = this.#misses.get(bindingId) ?? { count: 0, since: sentAt }
    misses.count++
    this.#misses.set(bindingId, misses)
    if (misses.count < missesForUnreachable || this.unreachable.has(bindingId)) return undefined
    this.unreachable.add(bindingId)
    return misses.since
  }

  /** Whether the last ping had no answer: then it is worth asking soon again. */
  isDoubtful(bindingId: number): boolean {
    return this.#misses.has(bindingId)
  }

  /** The phone itself came by: it is there. */
  heard(bindingId: number): void {
    if (this.#misses.size === 0) return
    this.#misses.delete(bindingId)
    this.unreachable.delete(bindingId)
  }

  /** The machine's clock was set ahead by `by` ms. */
  clockSet(by: number): void {
    for (const misses of this.#misses.values()) misses.since += by
  }

  /** The binding is over. */
  forget(bindingId: number): void {
    this.heard(bindingId)
    this.#told.delete(bindingId)
  }
}

const mostRtt = 0x3fff
const stepMs = 8000
const steps = 0x10000

function packed(ms: number, now: number): number {
  return (Math.floor(now / stepMs) % steps) * (mostRtt + 1) + Math.min(ms, mostRtt)
}

function isOld(told: number, now: number): boolean {
  const passed = (Math.floor(now / stepMs) - Math.floor(told / (mostRtt + 1)) + steps) % steps
  return passed * stepMs >= tellAgainMs
}

function isNotable(before: number, ms: number): boolean {
  const moved = Math.abs(Math.min(ms, mostRtt) - before)
  return moved > notableMs && moved > before / 2
}

/**
 * The time of day of one role: it goes on evenly, also when the machine's clock is set, until the role takes the new time over. So no
 * binding, ban or nonce ends because somebody corrected a clock, and what is known moves along in one go.
 */
import type { Clock } from './clock.ts'

/** A smaller difference is left alone: it shows nowhere. */
const noticedMs = 1000
/** Timers are kept in steps of this, so that they can be moved by whole ones. */
const stepMs = 100
const looks = 5

export class SteadyClock implements Clock {
  readonly #machine: Clock
  #base: number

  constructor(machine: Clock) {
    this.#machine = machine
    // Whoever is put to sleep between the two looks begins too early: the latest of a few is right.
    this.#base = Math.max(...Array.from({ length: looks }, () => machine.now() - machine.monotonic()))
  }

  now(): number {
    return Math.floor(this.#base + this.#machine.monotonic())
  }

  monotonic(): number {
    return this.#machine.monotonic()
  }

  /** By how many ms the machine's clock has been set ahead (negative: back) and this one has not; 0 if it was not. */
  get behind(): number {
    const by = this.#machine.now() - this.now()
    return Math.abs(by) < noticedMs ? 0 : Math.round(by / stepMs) * stepMs
  }

  /** Goes on from a time `by` ms later. */
  move(by: number): void {
    this.#base += by
  }
}

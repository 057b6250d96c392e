/** The time of day and a clock that never goes back, as a value that a test can replace. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. */
  now(): number
  /** Milliseconds since some fixed moment; never goes back. Timers and ages use this one. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** Waiting, as a value that a test can replace. Nothing else in the server starts a timer. */
export type Cancel = () => void

export interface Timers {
  /** Calls `work` once after `ms` milliseconds. */
  after(ms: number, work: () => void): Cancel
  /** Calls `work` every `ms` milliseconds. Does not keep the process alive. */
  every(ms: number, work: () => void): Cancel
  /** Calls `work` when this turn of the event loop has handed over all that it read. */
  endOfTurn(work: () => void): void
}

export const systemTimers: Timers = {
  after(ms, work) {
    const timer = setTimeout(work, ms)
    return () => clearTimeout(timer)
  },
  every(ms, work) {
    const timer = setInterval(work, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  endOfTurn(work) {
    setImmediate(work)
  },
}

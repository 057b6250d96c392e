/** Notices that the machine's clock was set, and hands the role the step by which all that it knows has to move. */
import type { Log } from '../runtime/log.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'
import type { Timers } from '../runtime/timers.ts'

const lookEveryMs = 100

/** `set` is told by how many ms (negative: back), when `clock` has taken it over. Answers how to stop. */
export function watchClock(clock: SteadyClock, timers: Timers, log: Log, set: (by: number) => void): () => void {
  return timers.every(lookEveryMs, () => {
    const by = clock.behind
    if (by === 0) return
    clock.move(by)
    set(by)
    log.warn({ seconds: by / 1000 }, 'the machine’s clock was set; every binding keeps the time it has left')
  })
}

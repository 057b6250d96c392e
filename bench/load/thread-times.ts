/** CPU time of each thread of a process, from /proc: tells which thread of the server a registration's cost falls on. */
import { readdirSync, readFileSync } from 'node:fs'

export interface ThreadTime {
  tid: number
  /** As the system knows it; Node names its workers, V8 and libuv theirs. */
  name: string
  /** User and system time in µs; the system counts in steps of 10 ms. */
  cpu: number
}

const usPerTick = 10_000

/** What each thread of `pid` has used so far. Threads that end meanwhile are left out. */
export function threadTimes(pid: number): ThreadTime[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'utf8')
      // The name stands in parentheses and may hold blanks and parentheses.
      const end = stat.lastIndexOf(')')
      const fields = stat.slice(end + 2).split(' ')
      return [
        {
          tid: Number(tid),
          name: stat.slice(stat.indexOf('(') + 1, end),
          cpu: (Number(fields[11]) + Number(fields[12])) * usPerTick,
        },
      ]
    } catch {
      return []
    }
  })
}

/** What each thread used between two looks, the greatest first. */
export function spentByThread(before: readonly ThreadTime[], after: readonly ThreadTime[]): ThreadTime[] {
  const had = new Map(before.map(({ tid, cpu }) => [tid, cpu]))
  return after
    .map((thread) => ({ ...thread, cpu: thread.cpu - (had.get(thread.tid) ?? 0) }))
    .filter(({ cpu }) => cpu > 0)
    .sort((a, b) => b.cpu - a.cpu)
}

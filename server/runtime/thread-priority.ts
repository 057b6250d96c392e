/** Who goes first when there are more threads with work than processors: phones, then pages, then the moving of files. */
import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Lets the process's other threads go before this one. Linux keeps the priority of each thread; elsewhere nothing changes. */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    // PID/task/TID
    const thread = Number(readlinkSync('/proc/thread-self').split('/')[2])
    if (thread > 0) setPriority(thread, nice)
  } catch {
    // Whoever may not do so serves all alike.
  }
}

/** A third of the time that a thread of the usual priority gets beside it. */
const nice = 5

/** Looks every 200 ms whether somebody changed the directory, and hands the changes to one role in order. */
import type { Directory, DirectoryChanges } from '../directory/directory.ts'
import type { Log } from '../runtime/log.ts'
import type { Timers } from '../runtime/timers.ts'

const lookEveryMs = 200

/**
 * Follows from `seq` on. `changed` is called with one set of changes after the other: the next look waits until it is done.
 * Answers how to stop.
 */
export function followDirectory(
  directory: Directory,
  seq: number,
  timers: Timers,
  log: Log,
  changed: (changes: DirectoryChanges) => Promise<void>,
): () => void {
  let seen = seq
  let busy = false
  let broken = false

  async function look(): Promise<void> {
    const changes = directory.changesSince(seen)
    if (broken) log.info({}, 'the directory can be read again')
    broken = false
    if (changes.seq === seen) return
    await changed(changes)
    seen = changes.seq
  }

  return timers.every(lookEveryMs, () => {
    if (busy) return
    busy = true
    look()
      .catch((error: unknown) => {
        // What is in memory goes on serving; the next look tries again.
        if (!broken) log.error({ error: String(error) }, 'the directory cannot be read')
        broken = true
      })
      .finally(() => {
        busy = false
      })
  })
}

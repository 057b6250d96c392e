/**
 * Checkpoints of bindings.db on a connection of its own. A passive one copies without holding up the writer; only when the log has grown
 * does one that restarts it wait for the writer's next pause.
 */
import Database from 'better-sqlite3'

/** Pages of log, 64 MiB, from which it is begun anew: the writer is held up for some milliseconds then, so it must be rare. */
const longLog = 16_384

export interface Checkpointer {
  run(): void
  close(): void
}

/** The file must exist. `run` never throws: a disk that is full now may have room at the next run. */
export function openCheckpointer(file: string): Checkpointer {
  const db = new Database(file, { timeout: 50 })
  return {
    run() {
      try {
        const [passed] = db.pragma('wal_checkpoint(PASSIVE)') as { log: number }[]
        if ((passed?.log ?? 0) < longLog) return
        // What was written while the first one copied is copied by a second, so that little is left for the one that holds up the writer.
        db.pragma('wal_checkpoint(PASSIVE)')
        db.pragma('wal_checkpoint(RESTART)')
      } catch {
        // The log keeps what was committed; nothing is lost by trying later.
      }
    },
    close() {
      db.close()
    },
  }
}

/**
 * Checkpoints of bindings.db on a connection of its own. A passive one copies without holding up the writer; only when the log has grown
 * does one that restarts it wait for the writer's next pause.
 */
import { statSync } from 'node:fs'
import Database from 'better-sqlite3'

/** Bytes of log from which it is begun anew. */
const longLog = 16 * 1024 * 1024

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
        db.pragma('wal_checkpoint(PASSIVE)')
        // After the passive one only a few pages are left, so the writer is held up for well under a millisecond.
        if (statSync(`${file}-wal`).size > longLog) db.pragma('wal_checkpoint(RESTART)')
      } catch {
        // The log keeps what was committed; nothing is lost by trying later.
      }
    },
    close() {
      db.close()
    },
  }
}

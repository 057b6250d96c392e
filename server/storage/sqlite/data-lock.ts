/** A lock that dies with the process: whoever holds it is the only server on a data directory. */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { DirectoryRefusal } from '../../directory/refusal.ts'

export interface DataLock {
  release(): void
}

/** Throws a DirectoryRefusal `data-in-use` if another server runs on the directory. */
export function lockData(dataDirectory: string): DataLock {
  const lock = tryLock(join(dataDirectory, 'lock.db'))
  if (!lock) {
    throw new DirectoryRefusal(
      'data-in-use',
      `Another server is running on the data directory ${dataDirectory}; stop it first, or set REGISTA_DATA to another one.`,
    )
  }
  return lock
}

/**
 * Holds an exclusive transaction on a small file: the operating system lets go of it when the process ends in whatever way, and no
 * stale lock is left. Undefined if another process (or another part of this one) holds it.
 */
export function tryLock(path: string): DataLock | undefined {
  const db = new Database(path, { timeout: 0 })
  try {
    db.exec('begin exclusive')
    return { release: () => db.close() }
  } catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined
    throw error
  }
}

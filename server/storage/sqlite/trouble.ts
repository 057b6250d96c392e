/** Why something could not be stored, as the operator is told. */
import Database from 'better-sqlite3'

/** One clause, without a full stop. */
export function troubleOf(file: string, error: unknown): string {
  const code = error instanceof Database.SqliteError ? error.code : ((error as NodeJS.ErrnoException).code ?? '')
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return `${file} cannot grow: the disk is full`
  if (code.startsWith('SQLITE_BUSY')) return `${file} is locked by another program`
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS') return `${file} cannot be written to: it is read-only`
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) return `${file} is damaged`
  return `${file} cannot be written to (${error instanceof Error ? error.message : String(error)})`
}

/** Whether another request would fare no better now: the file or the disk is at fault, not what is written. */
export function isTroubleOfAll(error: unknown): boolean {
  return error instanceof Database.SqliteError && !error.code.startsWith('SQLITE_CONSTRAINT')
}

/** Opening one SQLite file the way this program needs it. */
import { closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { CompiledQuery, type DatabaseConnection, Kysely, SqliteAdapter, SqliteDialect, SqliteDriver } from 'kysely'
import { DirectoryRefusal } from '../../directory/refusal.ts'

/** How long a write waits for another process's, in ms. Longer than any transaction of ours takes. */
const busyTimeout = 5000

/** Throws a DirectoryRefusal `data-unusable` if the file cannot be opened for writing or is no database. */
export function openSqlite(path: string): Database.Database {
  try {
    closeSync(openSync(path, 'a', 0o600))
    const db = new Database(path, { timeout: busyTimeout })
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('cache_size = -65536')
    return db
  } catch (error) {
    throw new DirectoryRefusal(
      'data-unusable',
      `The database ${path} cannot be used (${(error as Error).message}); check the disk and the rights of its directory.`,
    )
  }
}

/** A query builder over an open file. Destroying it closes the file. */
export function buildQueries<Tables>(db: Database.Database): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new ImmediateDialect({ database: db }) })
}

/**
 * A transaction takes the write lock when it begins: one that reads first and writes then would otherwise fail at once, without
 * waiting, when another process wrote in between.
 */
class ImmediateDialect extends SqliteDialect {
  readonly #database: Database.Database

  constructor(config: { database: Database.Database }) {
    super(config)
    this.#database = config.database
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver({ database: this.#database })
  }
}

/** SQLite can change tables inside a transaction: half a migration is never left, and two processes cannot migrate at once. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/** Whether a write failed because a unique index already holds the value. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_CONSTRAINT_UNIQUE')
}

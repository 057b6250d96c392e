/** Opens the directory of a data directory: its database, its keys, and what reads and writes them. */
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Directory } from '../../directory/directory.ts'
import type { DirectoryWriter } from '../../directory/directory-writer.ts'
import type { LineImport } from '../../directory/line-import.ts'
import { DirectoryRefusal } from '../../directory/refusal.ts'
import { KeyRing, type SecretPlace } from '../../directory/secret-box.ts'
import type { SessionStore } from '../../http/session-store.ts'
import type { Clock } from '../../runtime/clock.ts'
import { pooled, type Random } from '../../runtime/random.ts'
import { prepareDataDirectory } from '../data-directory.ts'
import { makeKeyFile, readKeyFile } from '../key-file.ts'
import { directoryMigrations } from '../migrations/migrations.ts'
import { buildLineImport, removeBrokenImports } from './line-import.ts'
import { SqlSessions } from './sessions.ts'
import { SqlDirectory } from './sql-directory.ts'
import { buildDirectoryWriter } from './sql-directory-writer.ts'
import { buildQueries, openSqlite } from './sqlite.ts'
import type { DirectoryTables } from './tables.ts'

export interface OpenDirectoryOptions {
  /** The data directory; made if missing. */
  data: string
  keyFile: string
  /** SIP domain of login server `main`. */
  domain: string
  clock: Clock
  random: Random
}

export interface OpenedDirectory {
  directory: Directory
  writer: DirectoryWriter
  lineImport: LineImport
  sessions: SessionStore
  /** Opens the sealed passwords of Directory.sipLogins. */
  keyRing: KeyRing
  /** Names of the migrations that were run by this opening. */
  migrated: string[]
  close(): Promise<void>
}

/**
 * Makes or brings up to date whatever is missing or old, and removes broken-off imports. Several processes and threads may have it
 * open at a time. Throws a DirectoryRefusal with one sentence if the data or the key file cannot be used.
 */
export async function openDirectory(options: OpenDirectoryOptions): Promise<OpenedDirectory> {
  prepareDataDirectory(options.data)
  const path = join(options.data, 'directory.db')
  const db = openSqlite(path)
  const queries = buildQueries<DirectoryTables>(db)
  try {
    const migrated = await migrate(queries, path)
    const keyRing = openKeyRing(db, options)
    removeBrokenImports(db, options.data)
    const { clock, random, domain } = options
    const directory = new SqlDirectory(queries, openSqlite(path), domain)
    return {
      directory,
      writer: buildDirectoryWriter({ queries, ring: keyRing, clock, random, domain }),
      lineImport: buildLineImport({ db, dataDirectory: options.data, ring: keyRing, clock, domain }),
      sessions: new SqlSessions(queries),
      keyRing,
      migrated,
      close: () => directory.close(),
    }
  } catch (error) {
    await queries.destroy()
    throw error
  }
}

async function migrate(queries: Kysely<DirectoryTables>, path: string): Promise<string[]> {
  const migrator = new Migrator({ db: queries, provider: { getMigrations: async () => directoryMigrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    throw new DirectoryRefusal(
      'data-unusable',
      `The database ${path} cannot be brought up to date (${reason}); it may belong to a newer release.`,
    )
  }
  return (results ?? []).map((result) => result.migrationName)
}

const proofPlace: SecretPlace = { owner: 'installation', id: 0, field: 'key-proof' }
const proofText = 'these keys fit this database'

/** A sealed proof in the database tells at once when the keys beside it are not the ones its secrets were sealed under. */
function openKeyRing(db: Database.Database, options: OpenDirectoryOptions): KeyRing {
  const proof = db.prepare("select value from marks where name = 'key-proof'").pluck().get() as Buffer | undefined
  const keys = readKeyFile(options.keyFile)
  if (!keys && proof) {
    throw new DirectoryRefusal(
      'key-file-unusable',
      `The key file ${options.keyFile} is missing; without it no SIP password can be read: put its copy back, or set REGISTA_KEY_FILE.`,
    )
  }
  const ring = new KeyRing((keys ?? makeKeyFile(options.keyFile, options.random, options.clock.now())).secrets, pooled(options.random))
  if (!proof) {
    const sealed = ring.seal(proofText, proofPlace)
    db.prepare("insert into marks (name, value) values ('key-proof', ?) on conflict do nothing").run(sealed)
  } else if (ring.open(proof, proofPlace) !== proofText) {
    throw new DirectoryRefusal(
      'key-file-unusable',
      `The key file ${options.keyFile} does not fit this database; put back the one that was made with it.`,
    )
  }
  return ring
}

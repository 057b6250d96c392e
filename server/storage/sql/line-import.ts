/** Many lines at once: prepared statements straight on the database, since a query builder costs more than the row itself. */
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { demand } from '../../directory/access.ts'
import type { LoginServer } from '../../directory/line.ts'
import { type ImportBook, type ImportedLine, type ImportRun, type LineImport, rowsPerTransaction } from '../../directory/line-import.ts'
import { dayOf } from '../../directory/line-rules.ts'
import { contactsUnlessGiven } from '../../directory/new-line-rules.ts'
import { DirectoryRefusal } from '../../directory/refusal.ts'
import { type KeyRing, sipPasswordPlace } from '../../directory/secret-box.ts'
import type { Clock } from '../../runtime/clock.ts'
import { type DataLock, tryLock } from '../sqlite/data-lock.ts'
import { toLoginServer } from './line-rows.ts'
import { isUniqueViolation } from './sqlite.ts'

export interface ImportParts {
  db: Database.Database
  dataDirectory: string
  ring: KeyRing
  clock: Clock
  domain: string
}

export function buildLineImport(parts: ImportParts): LineImport {
  return {
    book(scope) {
      demand(scope, 'import lines')
      return new SqlImportBook(parts)
    },
    begin(scope, count) {
      demand(scope, 'import lines')
      return beginImport(parts, count)
    },
  }
}

class SqlImportBook implements ImportBook {
  readonly #servers = new Map<string, LoginServer>()
  readonly #circles = new Map<string, { circleId: number; accountId: number }>()
  readonly #empty: boolean
  readonly #number: Database.Statement
  readonly #username: Database.Statement

  constructor(parts: ImportParts) {
    const { db, clock, domain } = parts
    const servers = db.prepare('select * from login_servers').all() as Parameters<typeof toLoginServer>[0][]
    for (const row of servers) this.#servers.set(row.name, toLoginServer(row, domain))
    const rows = db.prepare('select number, id, account_id from circles').raw(true).iterate() as Iterable<[string, number, number]>
    for (const [number, circleId, accountId] of rows) this.#circles.set(number, { circleId, accountId })
    // A line whose last day has passed is over, even if nobody has said so in its row yet; what is added meanwhile says so.
    const live = `ended_at is null and (cancel_on is null or cancel_on >= '${dayOf(clock.now())}')`
    this.#empty = db.prepare(`select 1 from lines where ${live} limit 1`).get() === undefined
    this.#number = db.prepare(`select 1 from lines where number = ? and ${live}`).pluck()
    this.#username = db.prepare(`select 1 from lines where login_server_id = ? and username_key = ? and ${live}`).pluck()
  }

  circle(number: string) {
    return this.#circles.get(number)
  }

  loginServer(name: string) {
    return this.#servers.get(name)
  }

  numberTaken(number: string): boolean {
    return !this.#empty && this.#number.get(number) !== undefined
  }

  usernameTaken(loginServerId: number, username: string): boolean {
    return !this.#empty && this.#username.get(loginServerId, username.toLowerCase()) !== undefined
  }
}

const lockName = 'import.lock.db'

function beginImport({ db, dataDirectory, ring, clock }: ImportParts, count: number): ImportRun {
  const lock = tryLock(join(dataDirectory, lockName))
  if (!lock) throw new DirectoryRefusal('import-running', 'Another import is running; try again when it has ended.')
  try {
    const { importId, firstId } = db.transaction(startImport).immediate(db, clock.now(), count)
    return new SqlImportRun({ db, ring, clock, lock, importId, firstId, endId: firstId + count })
  } catch (error) {
    lock.release()
    throw error
  }
}

function startImport(db: Database.Database, now: number, count: number): { importId: number; firstId: number } {
  const passed = db
    .prepare('update lines set ended_at = ? where ended_at is null and cancel_on is not null and cancel_on < ? returning id')
    .pluck()
    .all(now, dayOf(now)) as number[]
  const change = db.prepare("insert into changes (at, what, subject_id) values (?, 'line', ?)")
  for (const id of passed) change.run(now, id)
  const next = db.prepare("update next_ids set next = next + ? where name = 'lines' returning next").pluck().get(count) as number
  const firstId = next - count
  const { lastInsertRowid } = db.prepare('insert into imports (started_at, first_line_id, lines) values (?, ?, ?)').run(now, firstId, count)
  return { importId: Number(lastInsertRowid), firstId }
}

const columns =
  'id, account_id, circle_id, login_server_id, number, type, username, username_key, name, department, pickup_group, in_extension, in_number, in_kind, ' +
  'out_extension, out_number, out_kind, note, auth, ip_address, sealed_password, password_changed_at, import_id, created_at, ' +
  'strong, max_contacts, portal_password_hash, disabled_by'

interface RunParts {
  db: Database.Database
  ring: KeyRing
  clock: Clock
  lock: DataLock
  importId: number
  firstId: number
  /** The first id that is not the import's any more. */
  endId: number
}

class SqlImportRun implements ImportRun {
  readonly #parts: RunParts
  readonly #insert: Database.Statement
  #nextId: number

  constructor(parts: RunParts) {
    this.#parts = parts
    this.#nextId = parts.firstId
    this.#insert = parts.db.prepare(`insert into lines (${columns}) values (${'?, '.repeat(24)}0, ${contactsUnlessGiven}, '', '')`)
  }

  add(lines: readonly ImportedLine[]): void {
    if (lines.length > rowsPerTransaction) throw new Error(`an import adds at most ${rowsPerTransaction} lines at a time`)
    try {
      this.#parts.db.transaction(() => this.#write(lines)).immediate()
    } catch (error) {
      if (isUniqueViolation(error))
        throw new DirectoryRefusal('already-there', 'A number or user name of the file was given to another line meanwhile.')
      throw error
    }
  }

  #write(lines: readonly ImportedLine[]): void {
    const { ring, clock, importId, endId } = this.#parts
    if (this.#nextId + lines.length > endId)
      throw new DirectoryRefusal('import-refused', 'More lines came than were announced; nothing was imported.')
    const now = clock.now()
    for (const line of lines) {
      const id = this.#nextId++
      const sealed = line.password === null ? null : ring.seal(line.password, sipPasswordPlace(id))
      this.#insert.run(
        id,
        line.accountId,
        line.circleId,
        line.loginServerId,
        line.number,
        line.type,
        line.username,
        line.username.toLowerCase(),
        line.name,
        line.department,
        line.pickupGroup,
        line.extension,
        line.inNumber,
        line.inKind,
        line.outExtension,
        line.outNumber,
        line.outKind,
        line.note,
        line.auth,
        line.ipAddress,
        sealed,
        now,
        importId,
        now,
      )
    }
  }

  finish(): void {
    const { db, clock, importId, lock } = this.#parts
    const now = clock.now()
    db.transaction(() => {
      db.prepare('update imports set finished_at = ? where id = ?').run(now, importId)
      db.prepare("insert into changes (at, what, subject_id) values (?, 'import', ?)").run(now, importId)
    }).immediate()
    lock.release()
  }

  abandon(): void {
    removeImport(this.#parts.db, this.#parts.importId)
    this.#parts.lock.release()
  }
}

/** Removes what imports that were broken off have left, unless one is running now. */
export function removeBrokenImports(db: Database.Database, dataDirectory: string): void {
  const find = db.prepare('select id from imports where finished_at is null').pluck()
  if (find.get() === undefined) return
  const lock = tryLock(join(dataDirectory, lockName))
  if (!lock) return
  try {
    for (const id of find.all() as number[]) removeImport(db, id)
  } finally {
    lock.release()
  }
}

/** In small transactions, so that nobody waits long; the import's own row goes last, as a second try needs it. */
function removeImport(db: Database.Database, importId: number): void {
  const found = db.prepare('select first_line_id as first, lines from imports where id = ?').get(importId)
  const { first, lines } = found as { first: number; lines: number }
  const remove = db.prepare('delete from lines where id >= ? and id < ? and import_id = ?')
  for (let from = first; from < first + lines; from += rowsPerTransaction) {
    remove.run(from, Math.min(from + rowsPerTransaction, first + lines), importId)
  }
  db.prepare('delete from imports where id = ?').run(importId)
}

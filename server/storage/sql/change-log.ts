/** The rows that tell followers what changed. Written in the same transaction as the change itself. */
import type Database from 'better-sqlite3'
import type { Kysely } from 'kysely'
import type { DirectoryChanges } from '../../directory/directory.ts'
import type { ChangeKind, DirectoryTables } from './tables.ts'

/** Beyond this many changed lines a follower does better to read everything anew. */
const mostLines = 20_000

/** How long rows are kept, in ms. */
export const changesKept = 7 * 24 * 60 * 60 * 1000

export async function recordChange(db: Kysely<DirectoryTables>, what: ChangeKind, id: number, at: number): Promise<void> {
  await db.insertInto('changes').values({ at, what, subject_id: id }).execute()
}

/** 0 if nothing ever changed; the newest row is never forgotten. */
export function readLatestSeq(db: Database.Database): number {
  return db.prepare('select coalesce(max(seq), 0) from changes').pluck().get() as number
}

/** Everything after `seq`. `all` when rows were forgotten meanwhile, when a login server changed, or when it is too much to name. */
export function readChanges(db: Database.Database, seq: number): DirectoryChanges {
  const rows = db.prepare('select seq, what, subject_id as id from changes where seq > ? order by seq').all(seq) as ChangeRow[]
  const [first] = rows
  const last = rows.at(-1)
  if (!first || !last) return { seq, all: false, lineIds: [], circleIds: [] }

  const lineIds = new Set<number>()
  const circleIds = new Set<number>()
  // A number may be missing in between (a transaction that failed), but then the oldest row kept is older than what is asked for.
  let all = first.seq > seq + 1 && (db.prepare('select min(seq) from changes').pluck().get() as number) > seq
  for (const { what, id } of rows) {
    switch (what) {
      case 'line':
        lineIds.add(id)
        break
      case 'circle':
        circleIds.add(id)
        break
      case 'import':
        if (!all) all = !addImported(db, id, lineIds)
        break
      case 'login-server':
        all = true
        break
      case 'account':
      case 'token':
      case 'operator':
        break
    }
  }
  if (lineIds.size > mostLines) all = true
  return { seq: last.seq, all, lineIds: all ? [] : [...lineIds], circleIds: [...circleIds] }
}

interface ChangeRow {
  seq: number
  what: ChangeKind
  id: number
}

/** False if they are too many to name. The lines of an import have ids in a row. */
function addImported(db: Database.Database, importId: number, lineIds: Set<number>): boolean {
  const row = db.prepare('select first_line_id as first, lines from imports where id = ?').get(importId) as
    | { first: number; lines: number }
    | undefined
  if (!row || row.lines > mostLines) return false
  for (let id = row.first; id < row.first + row.lines; id++) lineIds.add(id)
  return true
}

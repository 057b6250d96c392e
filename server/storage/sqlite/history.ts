/** What each line showed, in `history.db`: a file of its own with one writer, the web role. Written in batches, kept for 90 days. */
import Database from 'better-sqlite3'
import type { CauseCode, LineState } from '#api/line.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Timers } from '../../runtime/timers.ts'
import type { HistoryItem, HistoryStore } from '../../status/history-store.ts'

const schema = `
create table if not exists line_history (
  line_id integer not null, at integer not null, number integer not null, kind text not null, cause text, evidence text,
  primary key (line_id, at, number)) without rowid;
create index if not exists line_history_at on line_history (at);
`
const writeAfterMs = 500
/** Pages wait while this waits; what could not be written is tried again later. */
const waitForLockMs = 100
/** More are written at once. */
const mostWaiting = 5000
const keptMs = 90 * 24 * 3600 * 1000
const tidyEveryMs = 3600 * 1000

interface Row {
  at: number
  kind: string
  cause: string | null
  evidence: string | null
}

/** Keeps nothing: where the file cannot be used, the portal goes on without. */
export const noHistory: HistoryStore = { append() {}, between: () => [], stateBefore: () => null, close() {} }

/** Opens (and makes) the file. Throws when it cannot be opened. */
export function openHistory(file: string, clock: Clock, timers: Timers): HistoryStore {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma(`busy_timeout = ${waitForLockMs}`)
  db.exec(schema)
  const insert = db.prepare('insert into line_history (line_id, at, number, kind, cause, evidence) values (?, ?, ?, ?, ?, ?)')
  const between = db.prepare(
    'select at, kind, cause, evidence from line_history where line_id = ? and at >= ? and at < ? order by at, number',
  )
  const before = db.prepare('select kind from line_history where line_id = ? and at < ? order by at desc, number desc limit 1').pluck()
  // Two things of one line may happen within a millisecond; the number keeps their order, over restarts too.
  let number = (db.prepare('select max(number) from line_history').pluck().get() as number | null) ?? 0
  let waiting: HistoryItem[] = []
  let cancel: (() => void) | undefined

  const writeAll = db.transaction((items: readonly HistoryItem[]) => {
    for (const item of items) {
      insert.run(item.lineId, item.at, ++number, item.kind, item.cause, item.evidence === null ? null : JSON.stringify(item.evidence))
    }
  })

  function write(): void {
    cancel?.()
    cancel = undefined
    if (waiting.length === 0) return
    const items = waiting
    waiting = []
    try {
      writeAll(items)
    } catch {
      // A full disk: what is newest is worth most when there is room again.
      waiting = items.slice(-mostWaiting)
      cancel = timers.after(writeAfterMs * 10, write)
    }
  }

  const stopTidying = timers.every(tidyEveryMs, () => {
    try {
      db.prepare('delete from line_history where at < ?').run(clock.now() - keptMs)
    } catch {
      // The next hour will do.
    }
  })

  return {
    append(items) {
      for (const item of items) waiting.push(item)
      if (waiting.length >= mostWaiting) write()
      else cancel ??= timers.after(writeAfterMs, write)
    },
    between(lineId, from, to) {
      write()
      return (between.all(lineId, from, to) as Row[]).map((row) => ({
        lineId,
        at: row.at,
        kind: row.kind as LineState,
        cause: row.cause as CauseCode | null,
        evidence: row.evidence === null ? null : JSON.parse(row.evidence),
      }))
    },
    stateBefore(lineId, from) {
      write()
      return (before.get(lineId, from) as LineState | undefined) ?? null
    },
    close() {
      stopTidying()
      write()
      cancel?.()
      db.close()
    },
  }
}

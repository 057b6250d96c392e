/**
 * Bans in SQLite: `bans.db`, a small file of its own. The SIP thread adds, so that it never waits for the directory's writers; portal
 * and command mark a ban as lifted, and the SIP thread looks for that by SQLite's own count of changes.
 */
import Database from 'better-sqlite3'
import type { Ban, BanBook, BanReason, BanStore } from '../../registrar/guard/ban-store.ts'

const schema = `
create table if not exists bans (
  id integer primary key, address text not null, username text not null, reason text not null, line_ids text not null,
  user_agent text not null, count integer not null, from_at integer not null, until_at integer not null,
  lifted_at integer, lifted_by text not null default '', followed integer not null default 0);
create index if not exists bans_until on bans (until_at);
create index if not exists bans_lifted on bans (id) where lifted_at is not null and followed = 0;
`

/** Whoever holds the file longer than this is tried again at the next look. */
const waitMs = 20
/** Over or lifted so long ago, a ban is of no use even to those who ask what happened. */
const keptMs = 30 * 24 * 3600 * 1000

interface Row {
  id: number
  address: string
  username: string
  reason: string
  line_ids: string
  user_agent: string
  count: number
  from_at: number
  until_at: number
}

/** Opens (and makes) the file. Throws when it cannot be opened. */
export function openBans(file: string): BanStore & BanBook {
  const db = new Database(file, { timeout: 2000 })
  db.pragma('journal_mode = WAL')
  // A ban that a power cut takes is earned again: no commit waits for the disk.
  db.pragma('synchronous = NORMAL')
  // Another thread moves the log into the file (checkpoint-bindings.ts).
  db.pragma('wal_autocheckpoint = 0')
  db.exec(schema)
  db.pragma(`busy_timeout = ${waitMs}`)
  const put = db.prepare(
    `insert into bans (id, address, username, reason, line_ids, user_agent, count, from_at, until_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict (id) do update set line_ids = excluded.line_ids, from_at = excluded.from_at, until_at = excluded.until_at`,
  )
  const forget = db.prepare('delete from bans where until_at < ? and id < (select max(id) from bans)')
  const inForce = db.prepare('select * from bans where until_at > ? and lifted_at is null order by id desc')
  const version = db.prepare('pragma data_version').pluck()
  const lifted = db.prepare('select id, lifted_by as by from bans where lifted_at is not null and followed = 0')
  const follow = db.prepare('update bans set followed = 1 where lifted_at is not null and followed = 0')
  const mark = db.prepare('update bans set lifted_at = ?, lifted_by = ? where id = ? and lifted_at is null and until_at > ?')
  const followed = db.prepare('select followed from bans where id = ?').pluck()
  let seen = -1

  const saveAll = db.transaction((bans: readonly Ban[], now: number) => {
    for (const { id, address, username, reason, lineIds, userAgent, count, from, until } of bans) {
      put.run(id, address, username, reason, lineIds.join(','), userAgent, count, from, until)
    }
    forget.run(now - keptMs)
  })
  const takeAll = db.transaction(() => {
    const taken = lifted.all() as { id: number; by: string }[]
    if (taken.length > 0) follow.run()
    return taken
  })
  const list = (now: number) => (inForce.all(now) as Row[]).map(banOf)

  return {
    load: list,
    highestId: () => (db.prepare('select max(id) from bans').pluck().get() as number | null) ?? 0,
    save(bans, now) {
      try {
        saveAll.immediate(bans, now)
        return true
      } catch {
        return false
      }
    },
    takeLifted() {
      try {
        const now = version.get() as number
        if (now === seen) return []
        const taken = takeAll.immediate()
        seen = now
        return taken
      } catch {
        return []
      }
    },
    list,
    lift: (id, by, now) => mark.run(now, by, id, now).changes > 0,
    isFollowed: (id) => followed.get(id) === 1,
    close() {
      db.close()
    },
  }
}

function banOf(row: Row): Ban {
  return {
    id: row.id,
    address: row.address,
    username: row.username,
    reason: row.reason as BanReason,
    lineIds: row.line_ids === '' ? [] : row.line_ids.split(',').map(Number),
    userAgent: row.user_agent,
    count: row.count,
    from: row.from_at,
    until: row.until_at,
  }
}

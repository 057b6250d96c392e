/**
 * Bindings in SQLite: `bindings.db`, a file of its own with one writer, the SIP thread, so that nothing else ever holds up a REGISTER.
 * A commit is in the write-ahead log when it returns, so it survives kill -9; another thread moves it into the file
 * (checkpoint-bindings.ts). A binding is its row and the newest renewal behind it in the journal. Hot path: bindings-commit.bench.ts.
 */
import Database from 'better-sqlite3'
import type { Binding, BindingChange, EndHow } from '../../registrar/binding.ts'
import type { BindingStore, StoredBinding, StoredRequest } from '../../registrar/binding-store.ts'
import type { TransportName } from '../../sip/transport/flow.ts'
import { type Renewal, RenewalJournal, type RenewalOwner } from './renewal-journal.ts'

const schema = `
create table if not exists bindings (
  id integer primary key, line_id integer not null, uri text not null, echo text not null, instance text not null,
  reg_id integer not null, q integer not null, call_id text not null, cseq integer not null, expires_at integer not null,
  granted integer not null, transport text not null, ip text not null, port integer not null, path text not null,
  user_agent text not null, bound_at integer not null, seen_at integer not null, nonce_id text not null,
  nonce_count integer not null, after_seq integer not null, ended_at integer, end_how text);
create index if not exists bindings_ended on bindings (line_id, ended_at) where ended_at is not null;
create table if not exists alive (id integer primary key check (id = 1), at integer not null);
`

/** Room for about four renewals of each binding: by then the oldest have been renewed again, and little has to be settled. */
const journalBytesPerBinding = 256
/** Ends of bindings older than this are not even asked for. */
const forgetEndedMs = 2 * 366 * 24 * 3600 * 1000

interface Row {
  id: number
  line_id: number
  uri: string
  echo: string
  instance: string
  reg_id: number
  q: number
  call_id: string
  cseq: number
  expires_at: number
  granted: number
  transport: string
  ip: string
  port: number
  path: string
  user_agent: string
  bound_at: number
  seen_at: number
  nonce_id: string
  nonce_count: number
  /** The journal's newest row when this one was written. */
  after_seq: number
  ended_at: number | null
  end_how: string | null
}

/** Opens (and makes) the file. Throws when it cannot be opened. */
export function openBindings(file: string): BindingStore {
  const db = new Database(file)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('wal_autocheckpoint = 0')
  db.pragma('busy_timeout = 2000')
  db.exec(schema)
  const journal = new RenewalJournal(db)
  const insert = db.prepare(`insert into bindings values (${new Array(21).fill('?').join(', ')}, null, null)`)
  const renewAll = db.prepare(
    `update bindings set uri = ?, echo = ?, instance = ?, reg_id = ?, q = ?, call_id = ?, cseq = ?, expires_at = ?, granted = ?,
      transport = ?, ip = ?, port = ?, path = ?, user_agent = ?, seen_at = ?, nonce_id = ?, nonce_count = ?, after_seq = ? where id = ?`,
  )
  const end = db.prepare(
    `update bindings set ended_at = ?, end_how = ?, call_id = ?, cseq = ?, expires_at = ?, granted = ?, port = ?, seen_at = ?,
      nonce_id = ?, nonce_count = ?, after_seq = ? where id = ?`,
  )
  // Of a line only the newest end is of use; a flapping phone must not fill the file.
  const forgetOlderEnds = db.prepare('delete from bindings where line_id = ? and ended_at is not null and id < ?')
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const rollback = db.prepare('rollback')
  const keepAlive = db.prepare('insert into alive values (1, ?) on conflict (id) do update set at = excluded.at')

  const settle = db.prepare(
    `update bindings set cseq = ?, expires_at = ?, granted = ?, port = ?, seen_at = ?, nonce_id = ?, nonce_count = ?, after_seq = ?
      where id = ? and after_seq < ? and ended_at is null`,
  )

  /**
   * All bindings that have not ended, and the journal's row with the newest renewal of each that was made in this run (0: none). To look
   * for the row of every renewal in the table would cost as much as all of its commit.
   */
  const live = new Map<number, number>()
  for (const id of db.prepare('select id from bindings where ended_at is null').pluck().all() as number[]) live.set(id, 0)
  /** Of the batch that is being written: what it adds, and in which row of the journal its renewals will stand. */
  const added = new Set<number>()
  const renewedIds: number[] = []
  const renewedSeqs: number[] = []
  const renewalOwner: RenewalOwner = {
    isNewest: (id, seq) => (live.get(id) ?? Number.POSITIVE_INFINITY) <= seq,
    settle(id, renewal, seq) {
      const { cseq, seenAt, granted, port, nonceId, nonceCount } = renewal
      settle.run(cseq, seenAt + granted * 1000, granted, port, seenAt, nonceId, nonceCount, seq, id, seq)
    },
  }

  function write(change: BindingChange, at: number): void {
    const b = change.binding
    if (change.kind === 'renewed' && !live.has(b.id) && !added.has(b.id)) throw new Error(`binding ${b.id} is not stored`)
    if (change.kind === 'renewed' && isPlain(change.before, b) && journal.add(b)) {
      renewedIds.push(b.id)
      renewedSeqs.push(journal.seq + 1)
      return
    }
    // What this batch has in the journal so far is older than the row that is written now.
    if (change.kind !== 'added') journal.write()
    switch (change.kind) {
      case 'added':
        added.add(b.id)
        insert.run(
          b.id,
          b.lineId,
          b.uri,
          b.echo,
          b.instance,
          b.regId,
          b.q,
          b.callId,
          b.cseq,
          b.expiresAt,
          b.granted,
          b.transport,
          b.ip,
          b.port,
          b.path,
          b.userAgent,
          b.boundAt,
          b.seenAt,
          b.nonceId,
          b.nonceCount,
          journal.seq,
        )
        return
      case 'ended':
        forgetOlderEnds.run(b.lineId, b.id)
        // A row that is not there (its insert failed) has nothing to end.
        end.run(at, change.how, b.callId, b.cseq, b.expiresAt, b.granted, b.port, b.seenAt, b.nonceId, b.nonceCount, journal.seq, b.id)
        return
      case 'renewed':
        renewAll.run(
          b.uri,
          b.echo,
          b.instance,
          b.regId,
          b.q,
          b.callId,
          b.cseq,
          b.expiresAt,
          b.granted,
          b.transport,
          b.ip,
          b.port,
          b.path,
          b.userAgent,
          b.seenAt,
          b.nonceId,
          b.nonceCount,
          journal.seq,
          b.id,
        )
    }
  }

  /** One transaction over the given requests; false when nothing of it is stored. */
  function tryCommit(batch: readonly StoredRequest[]): boolean {
    const { seq, size } = journal
    added.clear()
    renewedIds.length = 0
    renewedSeqs.length = 0
    try {
      begin.run()
      for (const request of batch) {
        for (const change of request.changes) write(change, request.at)
      }
      journal.write()
      journal.trim(batch[batch.length - 1]?.at ?? 0, live.size * journalBytesPerBinding, renewalOwner)
      commit.run()
      for (const { changes } of batch) for (const change of changes) noteLive(change)
      for (let i = 0; i < renewedIds.length; i++) {
        const id = renewedIds[i] as number
        // It may have ended within this batch.
        if (live.has(id)) live.set(id, renewedSeqs[i] as number)
      }
      return true
    } catch {
      try {
        if (db.inTransaction) rollback.run()
      } catch {
        // SQLite has rolled back by itself (disk full, I/O error): nothing is stored either way.
      }
      journal.undo({ seq, size })
      return false
    }
  }

  function noteLive({ kind, binding }: BindingChange): void {
    if (kind === 'added') live.set(binding.id, 0)
    else if (kind === 'ended') live.delete(binding.id)
  }

  return {
    *load(endedSince): Generator<StoredBinding> {
      const renewals = journal.newest()
      const rows = db.prepare('select * from bindings where ended_at is null or ended_at >= ?').iterate(endedSince) as IterableIterator<Row>
      for (const row of rows) {
        const binding = bindingOf(row)
        const renewal = renewals.get(row.id)
        if (renewal !== undefined && renewal.seq > row.after_seq) applyRenewal(binding, renewal)
        if (row.ended_at === null) yield { kind: 'live', binding }
        else yield { kind: 'ended', ended: { binding, how: row.end_how as EndHow, at: row.ended_at } }
      }
    },
    commit(batch, done) {
      if (tryCommit(batch)) done(new Array<boolean>(batch.length).fill(true))
      else done(batch.map((request) => batch.length > 1 && tryCommit([request])))
    },
    highestId() {
      return (db.prepare('select max(id) as id from bindings').get() as { id: number | null }).id ?? 0
    },
    lastAlive() {
      return (db.prepare('select at from alive').get() as { at: number } | undefined)?.at ?? 0
    },
    noteAlive(now) {
      keepAlive.run(now)
      // The highest id stays, so that none is used twice.
      db.prepare('delete from bindings where ended_at < ? and id < (select max(id) from bindings)').run(now - forgetEndedMs)
    },
    close() {
      db.close()
    },
  }
}

/** Nothing changed but what a renewal in the journal holds. */
function isPlain(before: Binding, now: Binding): boolean {
  return (
    before.uri === now.uri &&
    before.ip === now.ip &&
    before.callId === now.callId &&
    before.transport === now.transport &&
    before.userAgent === now.userAgent &&
    before.echo === now.echo &&
    before.instance === now.instance &&
    before.regId === now.regId &&
    before.q === now.q &&
    before.path === now.path
  )
}

function applyRenewal(binding: Binding, renewal: Renewal): void {
  binding.seenAt = renewal.seenAt
  binding.cseq = renewal.cseq
  binding.granted = renewal.granted
  binding.expiresAt = renewal.seenAt + renewal.granted * 1000
  binding.port = renewal.port
  binding.nonceId = renewal.nonceId
  binding.nonceCount = renewal.nonceCount
}

function bindingOf(row: Row): Binding {
  return {
    id: row.id,
    lineId: row.line_id,
    uri: row.uri,
    echo: row.echo,
    instance: row.instance,
    regId: row.reg_id,
    q: row.q,
    callId: row.call_id,
    cseq: row.cseq,
    expiresAt: row.expires_at,
    granted: row.granted,
    transport: row.transport as TransportName,
    ip: row.ip,
    port: row.port,
    connection: 0,
    path: row.path,
    userAgent: row.user_agent,
    boundAt: row.bound_at,
    seenAt: row.seen_at,
    nonceId: row.nonce_id,
    nonceCount: row.nonce_count,
  }
}

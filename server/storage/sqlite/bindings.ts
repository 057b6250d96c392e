/**
 * Bindings in SQLite: `bindings.db`, a file of its own with one writer, the SIP thread, so that nothing else ever holds up a REGISTER.
 * A commit is in the write-ahead log when it returns, so it survives kill -9, and is told when the log is synced where it must survive a
 * power cut (log-sync.ts); another thread moves it into the file (checkpoint-bindings.ts). A binding is its row and the newest renewal behind it in the journal. Hot path: bindings-commit.bench.ts.
 */
import Database from 'better-sqlite3'
import { DirectoryRefusal } from '../../directory/refusal.ts'
import type { Binding, BindingChange, EndHow } from '../../registrar/binding.ts'
import type { BindingStore, StoredBinding, StoredRequest } from '../../registrar/binding-store.ts'
import { isPlain } from '../../registrar/renewals/plain-renewal.ts'
import type { RenewalRows } from '../../registrar/renewals/renewal-rows.ts'
import { sharedTexts } from '../../runtime/shared-texts.ts'
import { bindingOf, bindingsSchema, type Row, rowColumns } from './binding-row.ts'
import { LiveBindings } from './live-bindings.ts'
import { LogSync, type SyncCalls } from './log-sync.ts'
import { applyRenewal, RenewalJournal, type RenewalOwner } from './renewal-journal.ts'
import { isTroubleOfAll, troubleOf } from './trouble.ts'

/** Room for about four renewals of each binding: by then the oldest have been renewed again, and little has to be settled. */
const journalBytesPerBinding = 256
/** Ends of bindings older than this are not even asked for. */
const forgetEndedMs = 2 * 366 * 24 * 3600 * 1000

/** The checkpointer holds the file for a moment now and then; whoever holds it longer is a stranger, and phones do not wait for him. */
const waitForLockMs = 5
const mostTries = 20
/** While the program starts nobody is kept waiting. */
const waitForLockAtStartMs = 5000
export interface BindingsOptions {
  /** What is told as stored survives a power cut too: the log is synced before. */
  powerSafe?: boolean
  /** What syncs; the system's own unless given. */
  syncCalls?: SyncCalls
}

/** Opens (and makes) the file. Throws one sentence for the operator when it cannot be used. */
export function openBindings(file: string, options: BindingsOptions = {}): BindingStore {
  try {
    return open(file, options)
  } catch (error) {
    throw new DirectoryRefusal(
      'data-unusable',
      `${troubleOf(file, error)}; mend that, or put back a backup. Moved away, it is made anew, and every phone has to sign in again.`,
    )
  }
}

function open(file: string, { powerSafe = false, syncCalls }: BindingsOptions): BindingStore {
  const db = new Database(file, { timeout: waitForLockAtStartMs })
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('wal_autocheckpoint = 0')
  db.exec(bindingsSchema)
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
  const remove = db.prepare('delete from bindings where id = ?')
  const forgetEnded = db.prepare('delete from bindings where ended_at < ? and id < (select max(id) from bindings)')
  /** Of how much the clock was set ahead since the file was made, in ms: the file's own time goes on without a jump. */
  let ahead = (db.prepare('select ahead from clock').pluck().get() as number | undefined) ?? 0
  let aheadIsNew = false
  const noteAhead = db.prepare('insert into clock values (1, ?) on conflict (id) do update set ahead = excluded.ahead')
  const keepAlive = db.prepare('insert into alive values (1, ?) on conflict (id) do update set at = excluded.at')

  const settle = db.prepare(
    `update bindings set cseq = ?, expires_at = ?, granted = ?, port = ?, seen_at = ?, nonce_id = ?, nonce_count = ?, after_seq = ?
      where id = ? and after_seq < ? and ended_at is null`,
  )

  /**
   * All bindings that have not ended, and the journal's row with the newest renewal of each that was made in this run. To look for the row of
   * every renewal in the table would cost as much as all of its commit.
   */
  const live = new LiveBindings()
  for (const id of db.prepare('select id from bindings where ended_at is null').pluck().all() as number[]) live.add(id)
  /** Of the batch that is being written: what it adds, and in which row of the journal its renewals will stand. */
  const added = new Set<number>()
  const renewedIds: number[] = []
  const renewedSeqs: number[] = []
  const renewalOwner: RenewalOwner = {
    isNewest: (id, seq) => live.newest(id) <= seq,
    settle(id, renewal, seq) {
      const { cseq, seenAt, granted, port, nonceId, nonceCount } = renewal
      settle.run(cseq, seenAt + granted * 1000, granted, port, seenAt, nonceId, nonceCount, seq, id, seq)
    },
  }

  function add(b: Binding): void {
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
      b.expiresAt - ahead,
      b.granted,
      b.transport,
      b.ip,
      b.port,
      b.path,
      b.userAgent,
      b.boundAt - ahead,
      b.seenAt - ahead,
      b.nonceId,
      b.nonceCount,
      journal.seq,
    )
  }

  function write(change: BindingChange, at: number): void {
    const b = change.binding
    if (change.kind === 'renewed' && !live.has(b.id) && !added.has(b.id)) throw new Error(`binding ${b.id} is not stored`)
    if (change.kind === 'renewed' && isPlain(change.before, b) && journal.add(b, ahead)) {
      renewedIds.push(b.id)
      renewedSeqs.push(journal.seq + 1)
      return
    }
    // What this batch has in the journal so far is older than the row that is written now.
    if (change.kind !== 'added') journal.write()
    switch (change.kind) {
      case 'added':
        added.add(b.id)
        add(b)
        return
      case 'ended':
        forgetOlderEnds.run(b.lineId, b.id)
        // A row that is not there (its insert failed) has nothing to end.
        end.run(
          at - ahead,
          change.how,
          b.callId,
          b.cseq,
          b.expiresAt - ahead,
          b.granted,
          b.port,
          b.seenAt - ahead,
          b.nonceId,
          b.nonceCount,
          journal.seq,
          b.id,
        )
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
          b.expiresAt - ahead,
          b.granted,
          b.transport,
          b.ip,
          b.port,
          b.path,
          b.userAgent,
          b.seenAt - ahead,
          b.nonceId,
          b.nonceCount,
          journal.seq,
          b.id,
        )
    }
  }

  /** Why the newest commit failed; '' when it did not. */
  let trouble = ''
  /** What was told as not stored though the log may hold it: taken back before anything else is stored. */
  let toUndo: StoredRequest[] = []
  const logSync = powerSafe ? new LogSync(`${file}-wal`, syncCalls) : undefined
  db.pragma(`busy_timeout = ${waitForLockMs}`)

  function failed(error: unknown): void {
    // A file that somebody holds is not waited for again and again: each further try answers at once.
    if (trouble === '') db.pragma('busy_timeout = 0')
    trouble = troubleOf(file, error)
  }

  function succeeded(): void {
    if (trouble === '') return
    trouble = ''
    db.pragma(`busy_timeout = ${waitForLockMs}`)
  }

  /** While the checkpointer begins the log anew SQLite gives up long before its time to wait is over. */
  function beginWriting(): void {
    for (let tries = trouble === '' ? mostTries : 1; ; tries--) {
      try {
        begin.run()
        return
      } catch (error) {
        if (tries === 1 || (error as { code?: string }).code !== 'SQLITE_BUSY') throw error
      }
    }
  }

  function rollBack(): void {
    try {
      if (db.inTransaction) rollback.run()
    } catch {
      // SQLite has rolled back by itself (disk full, I/O error): nothing is stored either way.
    }
  }

  /** What fills the log anew, so that nothing rests on pages that a failed sync left in doubt. Throws what SQLite throws. */
  function takeBack(): void {
    const { seq, size } = journal
    try {
      begin.run()
      for (const { changes } of toUndo) for (const change of changes.toReversed()) undo(change)
      commit.run()
    } catch (error) {
      journal.undo({ seq, size })
      rollBack()
      throw error
    }
    db.pragma('synchronous = FULL')
    const [restarted] = db.pragma('wal_checkpoint(RESTART)') as { busy: number }[]
    db.pragma('synchronous = NORMAL')
    if (restarted?.busy !== 0) throw new Error('the log cannot be begun anew')
    toUndo = []
  }

  function undo(change: BindingChange): void {
    const { binding } = change
    remove.run(binding.id)
    if (change.kind === 'added') {
      live.delete(binding.id)
      return
    }
    add(change.kind === 'renewed' ? change.before : binding)
    live.add(binding.id)
  }

  /** A sync failed: `batch` is told as not stored, and must not come back after a restart. */
  function keepToUndo(batch: readonly StoredRequest[], error: Error): void {
    // Newest first: the last who is told was committed last.
    toUndo = [...batch.toReversed(), ...toUndo]
    failed(error)
  }

  /** One transaction over the given requests; 'refused' when nothing of it is stored, 'in-trouble' when no other would be either. */
  function tryCommit(batch: readonly StoredRequest[], renewals?: RenewalRows): 'stored' | 'refused' | 'in-trouble' {
    const { seq, size } = journal
    const newest = batch[batch.length - 1]?.at
    added.clear()
    renewedIds.length = 0
    renewedSeqs.length = 0
    try {
      if (toUndo.length > 0) takeBack()
      beginWriting()
      if (aheadIsNew) noteAhead.run(ahead)
      // They came first, and stand in the journal's next row.
      if (renewals !== undefined) journal.append(renewals)
      for (const request of batch) {
        for (const change of request.changes) write(change, request.at)
      }
      journal.write()
      journal.trim(newest === undefined ? (renewals?.newest ?? 0) : newest - ahead, live.size * journalBytesPerBinding, renewalOwner)
      commit.run()
      aheadIsNew = false
      succeeded()
      if (renewals !== undefined) {
        for (let i = 0; i < renewals.count; i++) live.renewedAt(renewals.places[i] as number, seq + 1)
      }
      for (const { changes } of batch) for (const change of changes) noteLive(change)
      // One may have ended within this batch.
      for (let i = 0; i < renewedIds.length; i++) live.renewed(renewedIds[i] as number, renewedSeqs[i] as number)
      return 'stored'
    } catch (error) {
      rollBack()
      journal.undo({ seq, size })
      if (toUndo.length === 0 && !isTroubleOfAll(error)) return 'refused'
      failed(error)
      return 'in-trouble'
    }
  }

  function commitNow(batch: readonly StoredRequest[], renewals: RenewalRows | undefined): { stored: boolean[]; renewed: boolean } {
    const whole = tryCommit(batch, renewals)
    const parts = batch.length + (renewals === undefined ? 0 : 1)
    if (whole !== 'refused' || parts === 1) {
      return { stored: new Array<boolean>(batch.length).fill(whole === 'stored'), renewed: whole === 'stored' }
    }
    const renewed = renewals !== undefined && tryCommit([], renewals) === 'stored'
    return { stored: batch.map((request) => tryCommit([request]) === 'stored'), renewed }
  }

  function noteLive({ kind, binding }: BindingChange): void {
    if (kind === 'added') live.add(binding.id)
    else if (kind === 'ended') live.delete(binding.id)
  }

  return {
    get trouble() {
      return trouble
    },
    get clockAhead() {
      return ahead
    },
    *load(endedSince): Generator<StoredBinding> {
      const renewals = journal.newest()
      const same = sharedTexts()
      const select = `select ${rowColumns} from bindings where ended_at is null or ended_at >= ?`
      for (const row of db
        .prepare(select)
        .raw(true)
        .iterate(endedSince - ahead) as IterableIterator<Row>) {
        const binding = bindingOf(row, same)
        const [afterSeq, endedAt, endHow] = [row[20], row[21], row[22]]
        const renewal = renewals.get(binding.id)
        if (renewal !== undefined && renewal.seq > afterSeq) applyRenewal(binding, renewal)
        binding.expiresAt += ahead
        binding.boundAt += ahead
        binding.seenAt += ahead
        if (endedAt === null) yield { kind: 'live', binding }
        else yield { kind: 'ended', ended: { binding, how: endHow as EndHow, at: endedAt + ahead } }
      }
    },
    // What is told when the log is synced must be known as it was before, should that fail.
    takesRenewals: logSync === undefined,
    placeOf: (bindingId) => live.placeOf(bindingId),
    commit(batch, done, renewals) {
      const { stored, renewed } = commitNow(batch, renewals)
      if (logSync === undefined || !stored.includes(true)) {
        done(stored, renewed)
        return
      }
      logSync.after((error) => {
        if (error === null) {
          done(stored, renewed)
          return
        }
        keepToUndo(
          batch.filter((_, at) => stored[at]),
          error,
        )
        done(
          stored.map(() => false),
          false,
        )
      })
    },
    settle() {
      logSync?.settle()
    },
    clockSet(by) {
      ahead += by
      aheadIsNew = true
    },
    highestId() {
      return (db.prepare('select max(id) as id from bindings').get() as { id: number | null }).id ?? 0
    },
    lastAlive() {
      const at = (db.prepare('select at from alive').get() as { at: number } | undefined)?.at ?? 0
      return at === 0 ? 0 : at + ahead
    },
    noteAlive(now) {
      try {
        if (toUndo.length > 0) takeBack()
        begin.run()
        if (aheadIsNew) noteAhead.run(ahead)
        keepAlive.run(now - ahead)
        // The highest id stays, so that none is used twice.
        forgetEnded.run(now - ahead - forgetEndedMs)
        commit.run()
      } catch (error) {
        rollBack()
        failed(error)
        throw error
      }
      aheadIsNew = false
      succeeded()
    },
    close() {
      logSync?.settle()
      logSync?.close()
      db.close()
    },
  }
}

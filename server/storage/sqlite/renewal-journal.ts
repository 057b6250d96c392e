/**
 * Plain renewals as a journal: all of a turn in one row, behind the ones before. Phones renew in no order that their rows have, so
 * writing each into its own row costs a page of the file for every one: 7.6 µs of CPU and 4 KiB of log each in batches of 32, where the
 * journal takes 0.9 µs and 63 bytes. Hot path: bindings-commit.bench.ts.
 * How one lies there: registrar/renewals/renewal-rows.ts.
 */
import type Database from 'better-sqlite3'
import type { Binding } from '../../registrar/binding.ts'
import { longestNonce, type Renewal, RenewalRows, renewalsIn } from '../../registrar/renewals/renewal-rows.ts'

/** After so many rows the oldest are looked at, twice as many: so the journal always shrinks faster than it grows. */
const rowsBetweenTrims = 64
/** An expired binding is ended by then, in its own row. */
const endedWithinMs = 60_000
/** Bytes that the journal may hold whatever the number of bindings. */
const smallJournal = 32 * 1024 * 1024

/** What the journal asks of the table beside it. */
export interface RenewalOwner {
  /** Whether the newest renewal of the binding is the one in row `seq`. When in doubt, true. */
  isNewest(id: number, seq: number): boolean
  /** Writes a renewal into the binding's own row, unless that is newer. */
  settle(id: number, renewal: Renewal, seq: number): void
}

export class RenewalJournal {
  readonly #insert: Database.Statement
  readonly #after: Database.Statement
  readonly #dropUpTo: Database.Statement
  readonly #all: Database.Statement
  readonly #rows = new RenewalRows()
  #untrimmed = 0
  #seq: number
  #size: number

  constructor(db: Database.Database) {
    db.exec('create table if not exists renewals (seq integer primary key, until integer not null, packed blob not null)')
    this.#insert = db.prepare('insert into renewals values (?, ?, ?)')
    this.#after = db.prepare('select seq, until, packed from renewals where seq > ? order by seq limit 1').raw(true)
    this.#dropUpTo = db.prepare('delete from renewals where seq <= ?')
    this.#all = db.prepare('select seq, packed from renewals order by seq').raw(true)
    this.#seq = db.prepare('select coalesce(max(seq), 0) from renewals').pluck().get() as number
    this.#size = db.prepare('select coalesce(sum(length(packed)), 0) from renewals').pluck().get() as number
  }

  /** Number of the newest row written: whoever writes a binding's own row notes it there, since what stands behind is newer. */
  get seq(): number {
    return this.#seq
  }

  /** Bytes of all renewals held. */
  get size(): number {
    return this.#size
  }

  /** Adds one to the row that `write` will write. The file's time is `ahead` ms behind the binding's. False if it does not fit. */
  add({ id, seenAt, cseq, granted, nonceCount, port, nonceId }: Binding, ahead = 0): boolean {
    if (nonceId.length > longestNonce) return false
    const at = this.#rows.add(id, seenAt - ahead, cseq, granted, nonceCount, port, nonceId.length, 0)
    this.#rows.bytes.write(nonceId, at, 'latin1')
    return true
  }

  /** The same with renewals that are packed already. */
  append(rows: RenewalRows): void {
    this.#rows.append(rows)
  }

  /** Writes what was added as one row; nothing if there is nothing. Inside the caller's transaction. Throws what SQLite throws. */
  write(): void {
    const { used, until } = this.#rows
    if (used === 0) return
    const packed = this.#rows.bytes.subarray(0, used)
    this.forget()
    this.#insert.run(this.#seq + 1, until, packed)
    this.#seq++
    this.#size += used
    this.#untrimmed++
  }

  /** Drops what was added and not written. */
  forget(): void {
    this.#rows.clear()
  }

  /** The transaction that began with the journal at this place was undone. */
  undo({ seq, size }: { seq: number; size: number }): void {
    this.forget()
    this.#seq = seq
    this.#size = size
  }

  /**
   * Now and then drops the oldest rows: those whose bindings have all been renewed since or have ended, and, when more is held than
   * `mostBytes`, any; what is still the newest of its binding is settled in the binding's own row before. Inside the caller's transaction;
   * `now` in epoch ms. One phone with a long expiry, or a burst of renewals, so never makes the file grow without end.
   */
  trim(now: number, mostBytes: number, owner: RenewalOwner): void {
    if (this.#untrimmed < rowsBetweenTrims) return
    this.#untrimmed = 0
    const limit = Math.max(mostBytes, smallJournal)
    let last = 0
    for (let looked = 0; looked < 2 * rowsBetweenTrims; looked++) {
      const row = this.#after.get(last) as [number, number, Buffer] | undefined
      // The newest row stays whatever its age: the numbers must never begin anew.
      if (row === undefined || row[0] === this.#seq) break
      const [seq, until, packed] = row
      const over = until < now - endedWithinMs
      if (!over && this.#size <= limit) break
      if (!over) {
        // Of two of one binding in a row only the last is its newest.
        for (const [id, renewal] of new Map(renewalsIn(packed))) if (owner.isNewest(id, seq)) owner.settle(id, renewal, seq)
      }
      this.#size -= packed.length
      last = seq
    }
    if (last > 0) this.#dropUpTo.run(last)
  }

  /** The newest renewal of each binding by its id, with the number of its row. */
  newest(): Map<number, Renewal & { seq: number }> {
    const newest = new Map<number, Renewal & { seq: number }>()
    for (const [seq, packed] of this.#all.iterate() as IterableIterator<[number, Buffer]>) {
      for (const [id, renewal] of renewalsIn(packed)) newest.set(id, { seq, ...renewal })
    }
    return newest
  }
}

/** Makes the binding what its renewal left. */
export function applyRenewal(binding: Binding, renewal: Renewal): void {
  binding.seenAt = renewal.seenAt
  binding.cseq = renewal.cseq
  binding.granted = renewal.granted
  binding.expiresAt = renewal.seenAt + renewal.granted * 1000
  binding.port = renewal.port
  binding.nonceId = renewal.nonceId
  binding.nonceCount = renewal.nonceCount
}

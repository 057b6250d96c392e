import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aBinding } from '../../../test/contract/binding-store.contract.ts'
import type { Renewal } from '../../registrar/renewals/renewal-rows.ts'
import { RenewalJournal, type RenewalOwner } from './renewal-journal.ts'

const start = 1_800_000_000_000
const period = 600_000
let db: Database.Database
let journal: RenewalJournal
/** Bindings' own rows: the newest renewal settled in each. */
let settled: Map<number, Renewal & { seq: number }>
let newestSeq: Map<number, number>
const owner: RenewalOwner = {
  isNewest: (id, seq) => (newestSeq.get(id) ?? 0) <= seq,
  // As the table does: what is not newer than the row is passed over.
  settle(id, renewal, seq) {
    if ((settled.get(id)?.seq ?? -1) < seq) settled.set(id, { seq, ...renewal })
  },
}
beforeEach(() => {
  db = new Database(':memory:')
  journal = new RenewalJournal(db)
  settled = new Map()
  newestSeq = new Map()
})
afterEach(() => {
  db.close()
})

function renew(id: number, at: number): void {
  journal.add(aBinding({ id, seenAt: at, expiresAt: at + period, granted: period / 1000, cseq: 5, nonceCount: 6, nonceId: 'ab12' }))
  journal.write()
  newestSeq.set(id, journal.seq)
  journal.trim(at, 0, owner)
}

const rows = () => db.prepare('select count(*) from renewals').pluck().get() as number

test('the newest renewal of each binding is told, with the number of its row', () => {
  renew(1, start)
  renew(2, start + 1)
  renew(1, start + 2)
  const newest = new RenewalJournal(db).newest()
  expect([...newest.keys()].sort()).toEqual([1, 2])
  expect(newest.get(1)).toEqual({ seq: 3, seenAt: start + 2, granted: 600, cseq: 5, nonceCount: 6, port: 5060, nonceId: 'ab12' })
})

test('a turn of any size is one row', () => {
  for (let id = 1; id <= 600; id++) journal.add(aBinding({ id, nonceId: 'f'.repeat(id % 200) }))
  journal.write()
  expect(rows()).toBe(1)
  expect(journal.newest().size).toBe(600)
  expect(journal.newest().get(399)?.nonceId).toBe('f'.repeat(199))
})

test('what is undone is not written later, and its number is given again', () => {
  renew(1, start)
  const { seq, size } = journal
  journal.add(aBinding({ id: 2 }))
  journal.undo({ seq, size })
  journal.write()
  expect(journal.newest().has(2)).toBe(false)
  renew(3, start)
  expect(journal.newest().get(3)?.seq).toBe(seq + 1)
})

test('rows are dropped once all of their bindings must have been renewed or have ended, and never before', () => {
  for (let n = 0; n < 5000; n++) {
    const at = start + n * 1000
    renew(n % 600, at)
    if (n % 500 === 499) expect(journal.newest().size).toBe(Math.min(600, n + 1))
  }
  // Those of the last 600 s, of the minute after, and what comes between two trims.
  expect(rows()).toBeLessThan(800)
})

test('the numbers go on after a start, although everything has run out', () => {
  for (let n = 0; n < 200; n++) renew(1, start + n * 10 * period)
  const { seq } = journal
  expect(new RenewalJournal(db).seq).toBe(seq)
  expect(rows()).toBeLessThan(200)
})

test('a nonce that is too long for the journal is refused', () => {
  expect(journal.add(aBinding({ nonceId: 'n'.repeat(256) }))).toBe(false)
  journal.write()
  expect(rows()).toBe(0)
})

test('more than it may hold is settled in the bindings’ own rows, and nothing that is newest is lost', () => {
  const busy = 100_000
  const at = start + 1000
  // Each row holds the renewals of a whole turn; one binding renews once and never again, with an expiry that outlasts all.
  renew(busy + 1, start)
  for (let turn = 0; turn < 6000; turn++) {
    for (let i = 0; i < 100; i++) {
      const id = (turn * 100 + i) % busy
      journal.add(aBinding({ id, seenAt: at + turn, expiresAt: at + turn + period, granted: period / 1000, nonceId: 'f'.repeat(60) }))
      newestSeq.set(id, journal.seq + 1)
    }
    journal.write()
    journal.trim(at + turn, 0, owner)
  }
  expect(journal.size).toBeLessThan(34 * 1024 * 1024)
  expect(settled.has(busy + 1)).toBe(true)
  const newest = journal.newest()
  for (let id = 0; id < busy; id++) {
    const held = newest.get(id) ?? settled.get(id)
    expect(held?.seq).toBe(newestSeq.get(id))
  }
})

test('of two renewals of one binding in one turn the second is settled', () => {
  const at = start + 1000
  for (const cseq of [5, 6]) {
    journal.add(aBinding({ id: 1, seenAt: at + cseq, cseq, expiresAt: at + 10 * period, granted: period / 100, nonceId: 'ab12' }))
  }
  newestSeq.set(1, journal.seq + 1)
  journal.write()
  for (let turn = 0; turn < 6000; turn++) {
    for (let i = 0; i < 100; i++) {
      journal.add(
        aBinding({ id: 2 + i, seenAt: at + turn, expiresAt: at + turn + period, granted: period / 1000, nonceId: 'f'.repeat(60) }),
      )
      newestSeq.set(2 + i, journal.seq + 1)
    }
    journal.write()
    journal.trim(at + turn, 0, owner)
  }
  expect(settled.get(1)).toMatchObject({ cseq: 6 })
})

test('what it holds is known after a start', () => {
  renew(1, start)
  renew(2, start)
  expect(new RenewalJournal(db).size).toBe(journal.size)
  expect(journal.size).toBeGreaterThan(0)
})

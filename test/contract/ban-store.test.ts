/** Every store of bans keeps the same promises. */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, test } from 'vitest'
import type { Ban, BanBook, BanStore } from '../../server/registrar/guard/ban-store.ts'
import { memoryBans } from '../../server/storage/memory/bans.ts'
import { openBans } from '../../server/storage/sqlite/bans.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'regista-bans-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const now = 1_800_000_000_000
const minute = 60_000

function ban(id: number, more: Partial<Ban> = {}): Ban {
  return {
    id,
    address: '192.0.2.1',
    username: `20${id}`,
    reason: 'wrong-passwords',
    lineIds: [id],
    userAgent: 'Phone 1.0',
    count: 20,
    from: now,
    until: now + 15 * minute,
    ...more,
  }
}

/** `other` is what another process sees of the same store. */
interface Kind {
  name: string
  open(): { store: BanStore & BanBook; other: BanStore & BanBook }
}

let files = 0
const kinds: Kind[] = [
  {
    name: 'memory',
    open() {
      const store = memoryBans()
      return { store, other: store }
    },
  },
  {
    name: 'SQLite',
    open() {
      const file = path.join(folder, `${files++}.db`)
      return { store: openBans(file), other: openBans(file) }
    },
  },
]

describe.each(kinds)('bans in $name', ({ open }) => {
  test('what is saved is loaded and listed as it was, the newest first', () => {
    const { store, other } = open()
    expect(store.save([ban(1), ban(2, { reason: 'many-names', username: '', lineIds: [3, 4] })], now)).toBe(true)
    const expected = [ban(2, { reason: 'many-names', username: '', lineIds: [3, 4] }), ban(1)]
    expect(other.list(now)).toEqual(expected)
    expect(
      other
        .load(now)
        .map(({ id }) => id)
        .sort(),
    ).toEqual([1, 2])
    expect(other.highestId()).toBe(2)
  })

  test('one that is over is not listed any more, but its id is not used again', () => {
    const { store } = open()
    store.save([ban(1)], now)
    expect(store.list(now + 15 * minute)).toEqual([])
    store.save([ban(2)], now + 40 * 24 * 60 * minute)
    expect(store.highestId()).toBe(2)
  })

  test('saving it again adds the lines that it concerns', () => {
    const { store } = open()
    store.save([ban(1)], now)
    store.save([ban(1, { lineIds: [1, 9] })], now)
    expect(store.list(now)).toEqual([ban(1, { lineIds: [1, 9] })])
  })

  test('a lift is seen by the SIP role once, and by who lifted that it was followed', () => {
    const { store, other } = open()
    store.save([ban(1), ban(2)], now)
    expect(store.takeLifted()).toEqual([])
    expect(other.lift(1, 'operator', now)).toBe(true)
    expect(other.list(now).map(({ id }) => id)).toEqual([2])
    expect(other.isFollowed(1)).toBe(false)
    expect(store.takeLifted()).toEqual([{ id: 1, by: 'operator' }])
    expect(store.takeLifted()).toEqual([])
    expect(other.isFollowed(1)).toBe(true)
  })

  test('lines that are added after a lift do not bring it back', () => {
    const { store, other } = open()
    store.save([ban(1)], now)
    other.lift(1, 'operator', now)
    store.save([ban(1, { lineIds: [1, 2] })], now)
    expect(other.list(now)).toEqual([])
  })

  test.each([
    ['is not there', 9, now],
    ['is over', 1, now + 16 * minute],
    ['was lifted', 2, now],
  ])('one that %s cannot be lifted', (_, id, at) => {
    const { store, other } = open()
    store.save([ban(1), ban(2)], now)
    other.lift(2, 'operator', now)
    expect(other.lift(id, 'operator', at)).toBe(false)
  })
})

test('a lift that was made while nobody served is followed by the next start', () => {
  const file = path.join(folder, 'restart.db')
  const first = openBans(file)
  first.save([ban(1)], now)
  first.close()
  const command = openBans(file)
  command.lift(1, 'operator', now)
  command.close()
  const second = openBans(file)
  expect(second.load(now)).toEqual([])
  expect(second.takeLifted()).toEqual([{ id: 1, by: 'operator' }])
  second.close()
})

test('while another process holds the file nothing is lost and nothing waits long', () => {
  const file = path.join(folder, 'busy.db')
  const store = openBans(file)
  const db = new Database(file)
  db.exec('begin exclusive')
  const before = performance.now()
  expect(store.save([ban(2)], now)).toBe(false)
  expect(performance.now() - before).toBeLessThan(500)
  db.exec('rollback')
  db.close()
  expect(store.save([ban(2)], now)).toBe(true)
})

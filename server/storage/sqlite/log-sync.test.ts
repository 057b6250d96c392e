import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { aBinding } from '../../../test/contract/binding-store.contract.ts'
import type { BindingStore, StoredRequest } from '../../registrar/binding-store.ts'
import { openBindings } from './bindings.ts'
import type { Synced } from './log-sync.ts'

const start = 1_800_000_000_000

/** A disk that syncs when the test says so, well or not. */
class SlowDisk {
  readonly asked: Synced[] = []
  broken = false

  readonly calls = {
    later: (_file: number, done: Synced) => void this.asked.push(done),
    now: () => {
      if (this.broken) throw new Error('EIO: i/o error, fdatasync')
    },
  }

  sync(): void {
    this.asked.shift()?.(this.broken ? new Error('EIO: i/o error, fdatasync') : null)
  }
}

let folder: string
let disk: SlowDisk
let store: BindingStore
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'regista-sync-'))
  disk = new SlowDisk()
  store = openBindings(path.join(folder, 'bindings.db'), { powerSafe: true, syncCalls: disk.calls })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

const told: string[] = []
afterEach(() => {
  told.length = 0
})

function commit(name: string, ...batch: StoredRequest[]): void {
  store.commit(batch, (stored) => told.push(`${name}: ${stored.join(' ')}`))
}
const added = (id: number): StoredRequest => ({ at: start, changes: [{ kind: 'added', binding: aBinding({ id, lineId: id }) }] })
const held = () => [...store.load(0)].map((one) => (one.kind === 'live' ? one.binding.id : -one.ended.binding.id)).sort()

describe('where a power cut must be survived', () => {
  test('nothing is told as stored before its log is synced', () => {
    commit('a', added(1))
    expect(told).toEqual([])
    disk.sync()
    expect(told).toEqual(['a: true'])
  })

  test('what is committed while a sync runs shares the next one, and is told in order', () => {
    commit('a', added(1))
    commit('b', added(2))
    commit('c', added(3))
    expect(disk.asked).toHaveLength(1)
    disk.sync()
    expect([told, disk.asked.length]).toEqual([['a: true'], 1])
    disk.sync()
    expect(told).toEqual(['a: true', 'b: true', 'c: true'])
    expect(disk.asked).toHaveLength(0)
  })

  test('what was refused before any sync is told at once', () => {
    const ghost = aBinding({ id: 99 })
    commit('ghost', { at: start, changes: [{ kind: 'renewed', before: ghost, binding: { ...ghost, cseq: 1 } }] })
    expect([told, disk.asked.length]).toEqual([['ghost: false'], 0])
  })

  test('before the program ends all is told, synced on the spot', () => {
    commit('a', added(1))
    commit('b', added(2))
    store.settle()
    expect(told).toEqual(['a: true', 'b: true'])
    // The sync that ran all along ends.
    disk.sync()
    commit('c', added(3))
    disk.sync()
    expect(told).toEqual(['a: true', 'b: true', 'c: true'])
  })

  test('a sync that fails: all that waited is told as not stored, and is not there, nor after a restart', () => {
    commit('old', added(1))
    disk.sync()
    const first = aBinding({ id: 1, lineId: 1 })
    const renewed = { ...first, cseq: first.cseq - 1, seenAt: start + 1000, expiresAt: start + 601_000, nonceCount: 2 }
    commit('new', added(2))
    commit('renewal', { at: start + 1000, changes: [{ kind: 'renewed', before: first, binding: renewed }] })
    commit('end', { at: start + 2000, changes: [{ kind: 'ended', binding: renewed, how: 'signed-off' }] })
    disk.broken = true
    disk.sync()
    expect(told).toEqual(['old: true', 'new: false', 'renewal: false', 'end: false'])
    expect(store.trouble).toMatch(/bindings\.db cannot be written to \(EIO/)

    disk.broken = false
    store.noteAlive(start + 3000)
    expect(store.trouble).toBe('')
    expect([...store.load(0)]).toEqual([{ kind: 'live', binding: first }])
    store.close()
    store = openBindings(path.join(folder, 'bindings.db'))
    expect([...store.load(0)]).toEqual([{ kind: 'live', binding: first }])
  })

  test('after a failed sync what comes next is stored again, on a log begun anew', () => {
    commit('a', added(1))
    disk.broken = true
    disk.sync()
    disk.broken = false
    commit('b', added(2))
    disk.sync()
    expect(told).toEqual(['a: false', 'b: true'])
    expect(held()).toEqual([2])
  })
})

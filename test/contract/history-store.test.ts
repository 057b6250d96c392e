import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HistoryItem, HistoryStore } from '../../server/status/history-store.ts'
import { openHistory } from '../../server/storage/sqlite/history.ts'
import { FakeClock } from '../support/fake-clock.ts'

describe('the history in SQLite', () => {
  let folder: string
  let clock: FakeClock
  let history: HistoryStore
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'regista-history-'))
    clock = new FakeClock(1_800_000_000_000)
    history = openHistory(path.join(folder, 'history.db'), clock, clock)
  })
  afterEach(() => {
    history.close()
    rmSync(folder, { recursive: true })
  })
  const item = (lineId: number, at: number, kind: HistoryItem['kind'], over: Partial<HistoryItem> = {}): HistoryItem => ({
    lineId,
    at,
    kind,
    cause: null,
    evidence: null,
    ...over,
  })

  test('tells what happened in a window, oldest first, and the state before it', () => {
    history.append([item(1, 100, 'never'), item(1, 200, 'registered'), item(2, 250, 'registered'), item(1, 300, 'left')])
    expect(history.between(1, 150, 300).map((one) => one.kind)).toEqual(['registered'])
    expect(history.between(1, 150, 301).map((one) => one.kind)).toEqual(['registered', 'left'])
    expect(history.stateBefore(1, 200)).toBe('never')
    expect(history.stateBefore(1, 100)).toBeNull()
  })

  test('keeps cause and evidence', () => {
    const evidence = { sent: '1O01', certainty: 'inferred' } as const
    history.append([item(1, 100, 'failing', { cause: 'wrong-username', evidence })])
    expect(history.between(1, 0, 1000)).toEqual([item(1, 100, 'failing', { cause: 'wrong-username', evidence })])
  })

  test('keeps the order of what happened within one millisecond, over a restart too', () => {
    history.append([item(1, 100, 'registered'), item(1, 100, 'left')])
    history.close()
    history = openHistory(path.join(folder, 'history.db'), clock, clock)
    history.append([item(1, 100, 'registered')])
    expect(history.between(1, 0, 1000).map((one) => one.kind)).toEqual(['registered', 'left', 'registered'])
  })

  test('has written all when it is closed', () => {
    history.append([item(1, 100, 'registered')])
    history.close()
    history = openHistory(path.join(folder, 'history.db'), clock, clock)
    expect(history.stateBefore(1, 101)).toBe('registered')
  })

  test('forgets after 90 days', () => {
    const now = clock.now()
    history.append([item(1, now - 91 * 86_400_000, 'never'), item(1, now - 89 * 86_400_000, 'registered')])
    expect(history.between(1, 0, now)).toHaveLength(2)
    clock.advance(3600_000)
    expect(history.between(1, 0, now).map((one) => one.kind)).toEqual(['registered'])
  })
})

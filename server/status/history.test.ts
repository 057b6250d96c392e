import { describe, expect, test } from 'vitest'
import { monday } from '../../test/support/line-samples.ts'
import { historyItem, type Shown } from './history.ts'
import type { LineStatus } from './status-board.ts'

const evidence = { certainty: 'known' } as const
const registered: LineStatus = { sign: 'registered', state: 'registered', since: monday, knownAt: monday, cause: null }
const left: LineStatus = {
  sign: 'unregistered',
  state: 'left',
  since: monday + 10,
  knownAt: monday + 15,
  cause: { code: 'signed-off', count: 1, lastAt: null, evidence },
}
const outage: LineStatus = {
  sign: 'no-data',
  state: 'no-data',
  since: monday + 20,
  knownAt: monday + 20,
  cause: { code: 'server-outage', count: 1, lastAt: null, evidence },
}
const shown = (status: LineStatus): Shown => ({ state: status.state, since: status.since, code: status.cause?.code ?? '' })
const item = (before: LineStatus | null, after: LineStatus, keptSince = monday) =>
  historyItem(7, before && shown(before), after, keptSince, monday + 1000)

describe('an entry is written', () => {
  test('when the state changes, from the moment it did, with what proves it', () => {
    expect(item(registered, left)).toEqual({ lineId: 7, at: monday + 10, kind: 'left', cause: 'signed-off', evidence })
    const back = { ...registered, since: monday + 500 }
    expect(item(left, back)).toEqual({ lineId: 7, at: monday + 500, kind: 'registered', cause: null, evidence: null })
  })

  test('when the cause of the same state changes, from now', () => {
    const other: LineStatus = { ...left, cause: { code: 'connection-lost', count: 1, lastAt: null, evidence } }
    expect(item(left, other)).toMatchObject({ at: monday + 1000, kind: 'left', cause: 'connection-lost' })
  })

  test('when the line is as it was before, from now, however long it has been so', () => {
    const late: LineStatus = { ...registered, state: 'late', since: monday + 300 }
    expect(item(late, registered)).toMatchObject({ at: monday + 1000, kind: 'registered' })
    const unstable: LineStatus = { ...registered, state: 'unstable', since: monday + 5 }
    expect(item(left, unstable)).toMatchObject({ at: monday + 1000, kind: 'unstable' })
    expect(item(unstable, { ...registered, since: monday + 400 })).toMatchObject({ at: monday + 1000, kind: 'registered' })
  })

  test('when an earlier run showed no data of a line that it had cut off, from the end of that, even if we did not run', () => {
    const expired: LineStatus = { ...left, state: 'expired', since: monday + 10 }
    expect(historyItem(7, null, expired, monday + 100, monday + 1000, monday + 200)).toMatchObject({ at: monday + 200, kind: 'expired' })
    expect(historyItem(7, null, expired, monday + 300, monday + 1000, monday + 200)).toBeNull()
  })

  test('when we know again after an outage, from now: before, nobody saw it', () => {
    expect(item(outage, registered)).toMatchObject({ at: monday + 1000, kind: 'registered' })
  })
})

describe('no entry is written', () => {
  test('when only a count, or the age, is another', () => {
    expect(item(registered, { ...registered, since: monday + 5, knownAt: monday + 99 })).toBeNull()
    expect(item(left, { ...left, cause: { code: 'signed-off', count: 9, lastAt: null, evidence } })).toBeNull()
  })

  test('of what an earlier run has written, when we start', () => {
    const starting: LineStatus = { ...outage, since: null, knownAt: null }
    expect(item(starting, registered, monday + 1)).toBeNull()
    expect(item(null, left, monday + 11)).toBeNull()
    expect(item(starting, left, monday + 1)).toMatchObject({ at: monday + 10 })
  })

  test('of a line that nothing is known of', () => {
    expect(item(registered, { sign: 'ask', state: 'not-asked', since: null, knownAt: null, cause: null })).toBeNull()
    expect(item(null, { sign: 'not-needed', state: 'not-needed', since: null, knownAt: null, cause: null })).toBeNull()
  })
})

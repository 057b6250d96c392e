import { beforeEach, describe, expect, it } from 'vitest'
import { calmAfter, calmAtMost, LineStore } from './line-store.ts'
import { isLater } from './stream-place.ts'
import { aLine } from './testing/a-line.ts'

let now = 0
let waiting: { at: number; callback: () => void }[] = []

function pass(ms: number): void {
  const end = now + ms
  for (;;) {
    const next = waiting.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0]
    if (!next) break
    waiting = waiting.filter((each) => each !== next)
    now = next.at
    next.callback()
  }
  now = end
}

function makeStore(): LineStore {
  const store = new LineStore({
    now: () => now,
    later(callback, ms) {
      const entry = { at: now + ms, callback }
      waiting.push(entry)
      return () => {
        waiting = waiting.filter((each) => each !== entry)
      }
    },
  })
  store.put([aLine({ number: '1' }), aLine({ number: '2' }), aLine({ number: '3', sign: 'unregistered', state: 'expired' })], 'e-10', false)
  return store
}

const down = (number: string) => aLine({ number, sign: 'unregistered', state: 'expired' })

beforeEach(() => {
  now = 0
  waiting = []
})

describe('the lines of a circle', () => {
  it('tell only the row whose line changed', () => {
    const store = makeStore()
    const told: string[] = []
    for (const number of ['1', '2', '3']) store.watchLine(number, () => told.push(number))
    store.put([down('2')], 'e-11', true)
    expect(told).toEqual(['2'])
    expect(store.getTally().counts).toMatchObject({ lines: 3, registered: 1, unregistered: 2 })
  })

  it('keep what is newer when an older page of the list comes in later', () => {
    const store = makeStore()
    store.put([down('1')], 'e-20', true)
    store.put([aLine({ number: '1' })], 'e-15', false)
    expect(store.getEntry('1')?.line.sign).toBe('unregistered')
  })

  it('take everything from a server that has started anew', () => {
    const store = makeStore()
    store.put([down('1')], 'f-1', true)
    expect(store.getEntry('1')?.line.sign).toBe('unregistered')
  })

  it('do not bring back a line that is gone', () => {
    const store = makeStore()
    store.remove('2', 'e-12')
    store.put([aLine({ number: '2' })], 'e-11', false)
    expect(store.getEntry('2')).toBeUndefined()
    expect(store.getTally()).toMatchObject({ counts: { lines: 2 }, types: { 'sip-phone': 2 } })
  })

  it('mark a change that came over the stream, and nothing that came with a page', () => {
    const store = makeStore()
    now = 500
    store.put([down('1')], 'e-11', true)
    store.put([down('2')], 'e-12', false)
    expect([store.getEntry('1')?.changedAt, store.getEntry('2')?.changedAt]).toEqual([500, 0])
  })

  it('announce a change of sign, but no renewal', () => {
    const store = makeStore()
    const news: string[] = []
    store.watchChanges((line) => news.push(line.number))
    store.put([aLine({ number: '1', knownAt: '2026-01-01T00:00:00.000Z' })], 'e-11', true)
    store.put([down('2')], 'e-12', true)
    expect(news).toEqual(['2'])
  })
})

describe('the order of the list', () => {
  const bySign = { type: null, sign: null, query: '', sort: { field: 'sign', descending: false } } as const

  it('stands still while signs turn, and is made anew after a calm', () => {
    const store = makeStore()
    store.arrange(bySign)
    store.put([down('2')], 'e-11', true)
    expect(store.getList()).toEqual(['3', '1', '2'])
    pass(calmAfter)
    expect(store.getList()).toEqual(['2', '3', '1'])
  })

  it('waits for the calm no longer than its limit when signs never stop turning', () => {
    const store = makeStore()
    store.arrange(bySign)
    for (let turn = 0; turn * 1000 < calmAtMost; turn++) {
      store.put([turn % 2 === 0 ? down('2') : aLine({ number: '2' }), down('1')], `e-${11 + turn}`, true)
      pass(1000)
    }
    expect(store.getList()).not.toEqual(['3', '1', '2'])
  })

  it('does not move at all while it is held, and catches up when let go', () => {
    const store = makeStore()
    store.arrange(bySign)
    store.hold(true)
    store.put([down('2')], 'e-11', true)
    pass(60_000)
    expect(store.getList()).toEqual(['3', '1', '2'])
    store.hold(false)
    pass(calmAfter)
    expect(store.getList()).toEqual(['2', '3', '1'])
  })

  it('by number is not touched by any sign', () => {
    const store = makeStore()
    const list = store.getList()
    store.put([down('2')], 'e-11', true)
    pass(60_000)
    expect(store.getList()).toBe(list)
  })
})

describe('a place in the stream', () => {
  it.each([
    ['e-10', 'e-9', true],
    ['e-9', 'e-10', false],
    ['e-9', 'e-9', false],
    ['f-9', 'e-1', false],
    ['', 'e-1', false],
  ])('%j is later than %j: %s', (a, b, later) => {
    expect(isLater(a, b)).toBe(later)
  })
})

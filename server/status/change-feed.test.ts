import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { ChangeFeed } from './change-feed.ts'
import type { BoardEvent } from './status-board.ts'

let clock: FakeClock
let feed: ChangeFeed
let heard: { at: number; event: BoardEvent }[]

beforeEach(() => {
  clock = new FakeClock()
  feed = new ChangeFeed(clock, clock, 10)
  heard = []
  feed.follow((event) => heard.push({ at: clock.monotonic(), event }))
})

const line = (lineId: number, circleId = 1) => feed.change({ kind: 'line', lineId, circleId })
const times = () => heard.map((one) => one.at)

describe('changes of one line', () => {
  test('the first is told at once', () => {
    line(1)
    expect(heard).toEqual([{ at: 0, event: { kind: 'line', lineId: 1, circleId: 1, seq: 1 } }])
  })

  test('further ones within 100 ms are told as one when these are over, the last wins', () => {
    line(1, 1)
    clock.advance(30)
    line(1, 2)
    clock.advance(30)
    line(1, 3)
    clock.advance(39)
    expect(times()).toEqual([0])
    clock.advance(1)
    expect(heard.map(({ at, event }) => [at, event])).toEqual([
      [0, expect.objectContaining({ circleId: 1 })],
      [100, expect.objectContaining({ circleId: 3, seq: 2 })],
    ])
  })

  test('a line that never rests is told ten times a second, no more', () => {
    for (let ms = 0; ms < 1000; ms += 5) {
      line(1)
      clock.advance(5)
    }
    clock.advance(1000)
    expect(times()).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000])
  })

  test('after a rest the next is told at once again', () => {
    line(1)
    clock.advance(100)
    line(1)
    expect(times()).toEqual([0, 100])
  })

  test('lines do not wait for each other', () => {
    line(1)
    clock.advance(50)
    line(2)
    line(1)
    clock.advance(60)
    line(2)
    clock.advance(500)
    expect(heard.map(({ at, event }) => [at, event.kind === 'line' && event.lineId])).toEqual([
      [0, 1],
      [50, 2],
      [100, 1],
      [150, 2],
    ])
  })

  test('what still waits of a line that is gone is not told after it', () => {
    line(1)
    line(1)
    feed.publish({ kind: 'gone', lineId: 1, number: '201', circleId: 1 })
    clock.advance(500)
    expect(heard.map(({ event }) => event.kind)).toEqual(['line', 'gone'])
  })

  test('no timer is left when all is quiet', () => {
    line(1)
    line(1)
    clock.advance(500)
    expect(clock.waiting).toBe(0)
  })
})

test('who no longer follows hears nothing', () => {
  const other: BoardEvent[] = []
  const stop = feed.follow((event) => other.push(event))
  stop()
  line(1)
  expect([other.length, heard.length]).toEqual([0, 1])
})

describe('a page that comes back', () => {
  test('gets what it missed of its circle, each line once, and the outages', () => {
    line(1)
    line(2, 2)
    feed.publish({ kind: 'outage', from: 1, to: null })
    clock.advance(200)
    line(1)
    feed.change({ kind: 'counts', circleId: 1 })
    expect(feed.after(0, 1)).toMatchObject([{ kind: 'outage' }, { kind: 'line', lineId: 1, seq: 4 }, { kind: 'counts' }])
    expect(feed.after(4)).toMatchObject([{ kind: 'counts', seq: 5 }])
    expect(feed.after(5)).toEqual([])
  })

  test('sees a line go and come again in this order', () => {
    feed.publish({ kind: 'gone', lineId: 1, number: '201', circleId: 1 })
    line(1)
    expect(feed.after(0)).toMatchObject([{ kind: 'gone' }, { kind: 'line' }])
  })

  test('is told to start anew when what it missed is no longer kept, or when it knows more than we do', () => {
    for (let lineId = 1; lineId <= 12; lineId++) line(lineId)
    expect([feed.seq, feed.oldestSeq]).toEqual([12, 3])
    expect(feed.after(1)).toBe('reset')
    expect(feed.after(2)).toHaveLength(10)
    for (const seq of [13, -1, 2.5, Number.NaN]) expect(feed.after(seq)).toBe('reset')
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerWheel, tickMs } from './timer-wheel.ts'

const start = 1_800_000_000_000

function recorder() {
  const fired: [number, number][] = []
  return { fired, owner: { fired: (key: number, now: number) => void fired.push([key, now - start]) } }
}

test('a timer fires at or at most one tick after its time, once', () => {
  const wheel = new TimerWheel(start)
  const { fired, owner } = recorder()
  wheel.at(start + 250, owner, 7)
  for (let ms = tickMs; ms <= 1000; ms += tickMs) wheel.advance(start + ms)
  expect(fired).toEqual([[7, 300]])
  expect(wheel.size).toBe(0)
})

test('a time that has passed fires at the next tick', () => {
  const wheel = new TimerWheel(start)
  const { fired, owner } = recorder()
  wheel.at(start - 60_000, owner, 1)
  wheel.advance(start + tickMs)
  expect(fired).toEqual([[1, tickMs]])
})

test('a timer set by one that fires does not fire in the same tick', () => {
  const wheel = new TimerWheel(start)
  let count = 0
  const owner = {
    fired(key: number, now: number) {
      count++
      wheel.at(now, owner, key)
    },
  }
  wheel.at(start, owner, 1)
  wheel.advance(start + tickMs)
  expect(count).toBe(1)
  wheel.advance(start + 2 * tickMs)
  expect(count).toBe(2)
})

test('a work is called once after its time, and not when it was cancelled', () => {
  const wheel = new TimerWheel(start)
  const called: string[] = []
  wheel.after(300, start, () => called.push('kept'))
  const cancel = wheel.after(300, start, () => called.push('cancelled'))
  wheel.advance(start + 200)
  cancel()
  expect(called).toEqual([])
  wheel.advance(start + 300)
  wheel.advance(start + 3600_000)
  expect(called).toEqual(['kept'])
})

test('a clock that went back fires nothing twice and goes on when it has caught up', () => {
  const wheel = new TimerWheel(start)
  const { fired, owner } = recorder()
  wheel.at(start + 500, owner, 1)
  wheel.advance(start + 1000)
  wheel.advance(start - 3600_000)
  wheel.at(start + 1500, owner, 2)
  wheel.advance(start + 1500)
  expect(fired.map(([key]) => key)).toEqual([1, 2])
})

test('a great many that are due at once are fired a stretch at a time, in order, and none is lost', () => {
  const wheel = new TimerWheel(start)
  const { fired, owner } = recorder()
  for (let key = 1; key <= 10; key++) wheel.at(start + 100 * Math.ceil(key / 3), owner, key)
  expect(wheel.advance(start + 1000, 4)).toBe(true)
  expect(fired.map(([key]) => key)).toEqual([1, 2, 3])
  wheel.at(start + 1100, owner, 11)
  while (wheel.advance(start + 1200, 4)) expect(wheel.size).toBeGreaterThan(0)
  expect(fired.map(([key]) => key)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  expect(wheel.size).toBe(0)
})

test.each([[86_400_000], [-3600_000]])('a clock set by %i ms: each timer waits as long as it would have', (by) => {
  const wheel = new TimerWheel(start)
  const { fired, owner } = recorder()
  wheel.at(start + 500, owner, 1)
  wheel.clockSet(by)
  wheel.at(start + by + 700, owner, 2)
  wheel.advance(start + by + 400)
  expect(fired).toEqual([])
  wheel.advance(start + by + 600)
  expect(fired.map(([key]) => key)).toEqual([1])
  wheel.advance(start + by + 700)
  expect(fired.map(([key]) => key)).toEqual([1, 2])
})

test('whatever is set, all of it fires in order of time, none early', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 100 }),
      fc.array(fc.integer({ min: 1, max: 40_000 })),
      (whens, steps) => {
        const wheel = new TimerWheel(start)
        const { fired, owner } = recorder()
        for (const when of whens) wheel.at(start + when, owner, when)
        let now = start
        for (const step of [...steps, 200_000]) {
          now += step
          wheel.advance(now)
        }
        expect(fired.map(([key]) => key).sort((a, b) => a - b)).toEqual([...whens].sort((a, b) => a - b))
        for (const [key, at] of fired) expect(at).toBeGreaterThanOrEqual(key)
      },
    ),
  )
})

import { expect, test } from 'vitest'
import { FakeClock } from './fake-clock.ts'

test('timers fire at their moment, in order, and what they start fires too', () => {
  const clock = new FakeClock(1000)
  const fired: [string, number][] = []
  const note = (what: string) => fired.push([what, clock.now()])
  clock.after(20, () => note('second'))
  clock.after(10, () => {
    note('first')
    clock.after(5, () => note('between'))
    clock.endOfTurn(() => note('end of turn'))
  })
  const stop = clock.every(15, () => note('again'))
  clock.after(16, () => note('never'))()
  clock.advance(30)
  stop()
  clock.advance(100)
  expect(fired).toEqual([
    ['first', 1010],
    ['end of turn', 1010],
    ['again', 1015],
    ['between', 1015],
    ['second', 1020],
    ['again', 1030],
  ])
  expect([clock.now(), clock.monotonic(), clock.waiting]).toEqual([1130, 130, 0])
})

import { expect, test } from 'vitest'
import { SteadyClock } from './steady-clock.ts'

const start = 1_800_000_000_000
const hour = 3600_000

function open() {
  const machine = { wall: start, passed: 5000, now: () => machine.wall, monotonic: () => machine.passed }
  const clock = new SteadyClock(machine)
  return {
    clock,
    pass(ms: number) {
      machine.wall += ms
      machine.passed += ms
    },
    set(by: number) {
      machine.wall += by
    },
  }
}

test('passes as the machine’s time does', () => {
  const { clock, pass } = open()
  pass(1234)
  expect([clock.now(), clock.behind]).toEqual([start + 1234, 0])
})

test.each([
  ['ahead by a day', 24 * hour],
  ['back by an hour', -hour],
  ['ahead by two seconds', 2000],
])('stays where it is when the machine’s clock is set %s, and takes that over when told', (_, by) => {
  const { clock, pass, set } = open()
  set(by)
  pass(30)
  expect([clock.now(), clock.behind]).toEqual([start + 30, by])
  clock.move(clock.behind)
  expect([clock.now(), clock.behind]).toEqual([start + 30 + by, 0])
})

test('a small correction is left alone, and so is the rest of one below a step', () => {
  const { clock, set } = open()
  set(-900)
  expect(clock.behind).toBe(0)
  set(-160)
  expect(clock.behind).toBe(-1100)
  clock.move(clock.behind)
  expect(clock.behind).toBe(0)
})

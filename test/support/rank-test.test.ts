import { describe, expect, test } from 'vitest'
import { chanceDeviation, chanceGreater, median } from './rank-test.ts'

describe('chanceGreater', () => {
  test.each([
    [[1, 2, 3], [4, 5, 6], 1],
    [[4, 5, 6], [1, 2, 3], 0],
    [[1, 2, 3], [1, 2, 3], 0.5],
    [[1, 1], [1, 1, 1], 0.5],
    [[1, 3], [2, 2], 0.5],
    [[1, 2, 2], [2, 3], 5 / 6],
  ])('of %j and %j is %d', (a, b, expected) => expect(chanceGreater(a, b)).toBeCloseTo(expected, 10))

  test('is not swayed by a few very late values, and sees a small shift under them', () => {
    // A generator of our own: the same numbers on every run.
    let state = 1
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return state / 2 ** 32
    }
    const times = (shift: number) =>
      Array.from({ length: 800 }, () => 100 + shift + 40 * random() + (random() < 0.03 ? 5000 * random() : 0))
    const bound = 5 * chanceDeviation(800, 800)
    expect(Math.abs(chanceGreater(times(0), times(0)) - 0.5)).toBeLessThan(bound)
    expect(chanceGreater(times(0), times(10)) - 0.5).toBeGreaterThan(bound)
  })
})

test('the median is the middle value', () => {
  expect(median([5, 1, 9])).toBe(5)
})

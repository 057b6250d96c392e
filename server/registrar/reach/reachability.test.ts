import { describe, expect, test } from 'vitest'
import { Reachability } from './reachability.ts'

const t0 = 1_800_000_000_000

describe('whether a phone answers', () => {
  test('is in doubt after one missed ping, and settled in the negative after three in a row', () => {
    const reach = new Reachability()
    expect([reach.missed(1, t0), reach.isDoubtful(1), reach.missed(1, t0 + 30_000), reach.unreachable.has(1)]).toEqual([
      undefined,
      true,
      undefined,
      false,
    ])
    expect([reach.missed(1, t0 + 60_000), reach.unreachable.has(1)]).toEqual([t0, true])
    expect(reach.missed(1, t0 + 90_000)).toBeUndefined()
  })

  test('is mended by an answer, which is told', () => {
    const reach = new Reachability()
    reach.answered(1, 20, t0)
    for (const at of [1, 2, 3]) reach.missed(1, t0 + at)
    expect([reach.answered(1, 20, t0 + 4), reach.unreachable.size, reach.isDoubtful(1)]).toEqual([true, 0, false])
  })

  test.each(['heard', 'forget'] as const)('is mended when the phone comes by itself, and over with the binding (%s)', (how) => {
    const reach = new Reachability()
    for (const at of [1, 2, 3]) reach.missed(1, t0 + at)
    reach[how](1)
    expect([reach.unreachable.size, reach.isDoubtful(1), reach.missed(1, t0 + 4), reach.missed(1, t0 + 5)]).toEqual([
      0,
      false,
      undefined,
      undefined,
    ])
  })

  test('answers between misses begin the row anew', () => {
    const reach = new Reachability()
    reach.missed(1, t0)
    reach.missed(1, t0 + 1)
    reach.answered(1, 5, t0 + 2)
    expect([reach.missed(1, t0 + 3), reach.missed(1, t0 + 4), reach.missed(1, t0 + 5)]).toEqual([undefined, undefined, t0 + 3])
  })

  test.each([
    [100, 100, 1000, false],
    [100, 140, 1000, false],
    [100, 151, 1000, true],
    [100, 49, 1000, true],
    [4, 20, 1000, false],
    [4, 25, 1000, true],
    [100, 100, 299_000, false],
    [100, 100, 310_000, true],
    [100, 101, 7 * 24 * 3600_000, true],
    [60_000, 17_000, 1000, false],
  ])('a round trip of %i ms and then %i ms, %i ms later, is told anew: %s', (first, then, passed, told) => {
    const reach = new Reachability()
    expect(reach.answered(9, first, t0)).toBe(true)
    expect(reach.answered(9, then, t0 + passed)).toBe(told)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bestSlip, slipRank } from './slip.ts'

describe('a slip of rank', () => {
  test.each<[number, string, string, string]>([
    [1, '2O1', '201', 'letter O for zero'],
    [1, '2l3', '213', 'small L for one'],
    [1, '2I3', '213', 'capital I for one'],
    [1, '\uff12\uff10\uff11', '201', 'full-width digits'],
    [1, '\uff52eception', 'reception', 'full-width letters'],
    [1, '312345678', '0312345678', 'the leading 0 left out'],
    [1, '0201', '201', 'a leading 0 too many'],
    [1, '+81312345678', '0312345678', 'written internationally'],
    [1, '+8131234567O', '0312345670', 'several of the kind at once'],
    [2, '210', '201', 'the last two swapped'],
    [2, 'erception', 'reception', 'the first two swapped'],
    [3, '205', '201', 'one wrong'],
    [3, '20', '201', 'one missing at the end'],
    [3, '01', '201', 'one missing at the start'],
    [3, '2011', '201', 'one too many'],
    [3, 'recption', 'reception', 'one missing within'],
  ])('%i: %s for %s (%s)', (rank, sent, meant) => {
    expect(slipRank(sent, meant)).toBe(rank)
  })

  test.each([
    ['102', '201'],
    ['299', '201'],
    ['', '201'],
    ['20111', '201'],
    ['admin', '201'],
    ['2'.repeat(5000), '201'],
  ])('none: %s for %s', (sent, meant) => {
    expect(slipRank(sent, meant)).toBeNull()
  })
})

describe('for all names', () => {
  const name = fc.oneof(fc.string({ maxLength: 20 }), fc.stringMatching(/^[0-9oOlI+]{0,6}$/))

  test('it is the same in both directions, and no name is a slip of itself beyond rank 1', () => {
    fc.assert(
      fc.property(name, name, (one, other) => {
        expect(slipRank(one, other)).toBe(slipRank(other, one))
        expect(slipRank(one, one)).toBe(1)
      }),
    )
  })

  test('every swap of two neighbours is at least of rank 2, every single wrong, missing or extra character of rank 3', () => {
    const digits = fc.stringMatching(/^[1-9][0-9]{3,9}$/)
    fc.assert(
      fc.property(digits, fc.nat(), fc.constantFrom('3', 'x'), (meant, pick, character) => {
        const at = pick % (meant.length - 1)
        const swapped = meant.slice(0, at) + meant[at + 1] + meant[at] + meant.slice(at + 2)
        expect(slipRank(swapped, meant)).toBeLessThanOrEqual(2)
        for (const sent of [
          meant.slice(0, at) + meant.slice(at + 1),
          meant.slice(0, at) + character + meant.slice(at),
          meant.slice(0, at) + character + meant.slice(at + 1),
        ]) {
          expect(slipRank(sent, meant)).not.toBeNull()
        }
      }),
    )
  })
})

describe('the line that was meant', () => {
  const lines = (...names: string[]) => names.map((username, at) => ({ lineId: at + 1, username }))

  test.each([
    ['the only one that it may be', '2O1', lines('201', '999'), 1],
    ['the best one, though others are possible', '2O1', lines('202', '211', '201'), 3],
    ['the best one, wherever it stands', '210', lines('201', '211'), 1],
    ['nobody, if two are as likely', '205', lines('201', '202'), null],
    ['nobody, if two look the same', '2Ol', lines('201', '2o1'), null],
    ['nobody, if none is near', 'admin', lines('201', '202'), null],
    ['nobody among nobody', '201', [], null],
    ['nobody, if the name is absurdly long', '2'.repeat(100_000), lines('201'), null],
  ] as const)('is %s', (_what, sent, candidates, lineId) => {
    expect(bestSlip(sent, candidates)).toBe(lineId)
  })

  test('does not depend on the order of the lines', () => {
    const name = fc.stringMatching(/^[0-3o]{3}$/)
    fc.assert(
      fc.property(name, fc.uniqueArray(name, { maxLength: 8 }), (sent, names) => {
        const there = lines(...names)
        expect(bestSlip(sent, there)).toBe(bestSlip(sent, [...there].reverse()))
      }),
    )
  })
})

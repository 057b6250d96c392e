import { expect, it } from 'vitest'
import { isFreshCount, readNonceCount } from './nonce-count.ts'

it.each([
  ['00000001', 1],
  ['000003e9', 1001],
  ['FFFFFFFF', 4_294_967_295],
  ['', -1],
  ['1', -1],
  ['0000000g', -1],
  ['000000001', -1],
  ['-0000001', -1],
])('a count of %j is %i', (text, count) => {
  expect(readNonceCount(text)).toBe(count)
})

it.each([
  [1, 0, true],
  [1001, 0, true],
  [5, 2, true],
  [4_294_967_295, 4_294_967_294, true],
  [2, 2, false],
  [1, 2, false],
  [0, 0, false],
  [-1, 0, false],
])('count %i after %i: fresh %s', (count, highest, fresh) => {
  expect(isFreshCount(count, highest)).toBe(fresh)
})

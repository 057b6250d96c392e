import { expect, test } from 'vitest'
import { halfSipHash, halfSipTag } from './half-siphash.ts'

/** The first of the designers' test vectors: key 00 01 … 07, input 00 01 … of 0, 1, 2 and 3 bytes. */
test.each([
  [0, '218d1f59b9b83cc8'],
  [1, 'be552412f8387315'],
  [2, '064f39ef7c50eb57'],
  [3, 'ce0f1a45f7060679'],
])('the tag of %i bytes is that of the designers', (length, tag) => {
  const words = new Int32Array(2)
  for (let at = 0; at < length; at++) words[at >> 2] = (words[at >> 2] as number) | (at << ((at & 3) * 8))
  halfSipHash(0x03020100, 0x07060504, words, length)
  const bytes = Buffer.alloc(8)
  bytes.writeInt32LE(halfSipTag.low | 0, 0)
  bytes.writeInt32LE(halfSipTag.high | 0, 4)
  expect(bytes.toString('hex')).toBe(tag)
})

import { expect, it } from 'vitest'
import { SipHashKey, sipHash, sipTag } from './siphash.ts'

/** The reference vectors of SipHash-2-4: key 00 … 0f, message 00 01 02 …, read as a little-endian number. */
it.each([
  [0, '726fdb47dd0e0e31'],
  [8, '93f5f5799a932462'],
  [16, '3f2acc7f57c29bdb'],
])('SipHash-2-4 of the first %i bytes', (length, tag) => {
  const bytes = Buffer.from(Array.from({ length: 16 }, (_, i) => i))
  const words = new Int32Array(4)
  for (let i = 0; i < 4; i++) words[i] = bytes.readInt32LE(i * 4)
  sipHash(new SipHashKey(bytes), words, length / 4)
  const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0')
  expect(hex(sipTag.high) + hex(sipTag.low)).toBe(tag)
})

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginMd5, md5Block } from './md5.ts'

/** MD5 with the padding that the caller is to add (RFC 1321 §3.1, §3.2). */
function md5(text: Uint8Array): string {
  const blocks = ((text.length + 8) >> 6) + 1
  const words = new Int32Array(blocks * 16)
  new Uint8Array(words.buffer).set(text)
  new Uint8Array(words.buffer)[text.length] = 0x80
  words[blocks * 16 - 2] = text.length * 8
  const state = new Int32Array(4)
  beginMd5(state)
  for (let block = 0; block < blocks; block++) md5Block(state, words, block * 16)
  return Buffer.from(state.buffer).toString('hex')
}

test.each([
  ['', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['abc', '900150983cd24fb0d6963f7d28e17f72'],
  ['12345678901234567890123456789012345678901234567890123456789012345678901234567890', '57edf4a22be3c955ac49da2e2107b67a'],
])('the example of RFC 1321 §A.5: %j', (text, digest) => {
  expect(md5(Buffer.from(text))).toBe(digest)
})

test('any bytes hash as the library hashes them', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => md5(bytes) === createHash('md5').update(bytes).digest('hex')))
})

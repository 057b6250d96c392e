import fc from 'fast-check'
import { expect, test } from 'vitest'
import { glanceAt, nonceAt } from './peek.ts'

const size = 50
const value = 'ab12'.repeat(13).slice(0, size)
const find = (text: string, before = '') => {
  const bytes = Buffer.from(before + text, 'latin1')
  return nonceAt(bytes, before.length, text.length, size) - before.length
}

test.each([
  ['first of the parameters', `Authorization: Digest nonce="${value}", realm="a"`],
  ['behind a comma without blank', `Digest realm="a",nonce="${value}"`],
  ['behind a cnonce as long', `Digest cnonce="${value}", nonce="${value}"`],
  ['behind a nonce of another length', `Digest nonce="short", nonce="${value}"`],
])('a nonce is found: %s', (_name, text) => {
  expect(text.slice(find(text)).startsWith(value)).toBe(true)
  expect(text.slice(find(text, 'in front') - 7, find(text, 'in front'))).toBe('nonce="')
})

test.each(['', 'nonce="', `cnonce="${value}"`, `nonce="${value}`, `nonce="${value}x"`, `nonce=${value}`])('no nonce in %j', (text) => {
  expect(find(` ${text}`)).toBe(-1)
})

test('nothing behind the end of the datagram is read', () => {
  const bytes = Buffer.from(`GET nonce="${value}"`)
  expect(nonceAt(bytes, 0, bytes.length - 1, size)).toBe(-1)
})

test('it finds what a plain search finds, in any text', () => {
  const part = fc.constantFrom('nonce="', 'cnonce="', value, '"', 'n', 'nonce', ' ', ',', 'x"')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const text = ` ${parts.join('')}`
      const found = new RegExp(`[^cC]nonce="(?=.{${size}}")`, 's').exec(text)
      expect(find(text)).toBe(found === null ? -1 : found.index + 8)
    }),
  )
})

test.each([
  ['REGISTER sip:a SIP/2.0', 'request'],
  ['OPTIONS sip:a SIP/2.0', 'request'],
  ['INVITE sip:a SIP/2.0', 'call'],
  ['BYE sip:a SIP/2.0', 'call'],
  ['SIP/2.0 200 OK', 'small'],
  ['\0\x01\0\0!\x12\xa4B', 'small'],
] as const)('%j is a %s', (start, glance) => {
  const bytes = Buffer.from(start.padEnd(60), 'latin1')
  expect(glanceAt(bytes, 0, bytes.length)).toBe(glance)
})

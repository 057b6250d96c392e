import { describe, expect, it } from 'vitest'
import { readNameAddr, tagOf } from './name-addr.ts'

describe('an address', () => {
  it.each([
    ['<sip:1@e>;tag=x', { display: '', uri: 'sip:1@e', params: ';tag=x' }],
    ['"A, \\"B\\" <x>;" <sip:1@e;lr>', { display: 'A, "B" <x>;', uri: 'sip:1@e;lr', params: '' }],
    ['Anna Bell  <sip:1@e> ; tag = x', { display: 'Anna Bell', uri: 'sip:1@e', params: '; tag = x' }],
    ['sip:1@e;tag=x;y', { display: '', uri: 'sip:1@e', params: ';tag=x;y' }],
    ['""<sip:1@e>', { display: '', uri: 'sip:1@e', params: '' }],
    ['  sip:1@e  ', { display: '', uri: 'sip:1@e', params: '' }],
  ])('%j is read', (text, value) => {
    expect(readNameAddr(text)).toEqual(value)
  })

  it.each(['', '"open <sip:1@e>', '<sip:1@e', '<>', '<sip:1@e> x', 'sip:1@e?a=b', 'Bell, Alexander <sip:1@e>', 'a b', 'x>'])(
    '%j is malformed',
    (text) => {
      expect(readNameAddr(text)).toBeUndefined()
    },
  )

  it.each([
    ['<sip:1@e>;x="a;tag=no";TAG=yes', 'yes'],
    ['<sip:1@e;tag=no>', undefined],
    ['sip:1@e;tag=yes', 'yes'],
    ['<sip:1@e>;tag', ''],
    ['<sip:1@e>;tag=a;tag=b', 'a'],
  ])('%j has the tag %j', (text, tag) => {
    const address = readNameAddr(text)
    expect(address && tagOf(address)).toBe(tag)
  })
})

import { describe, expect, it } from 'vitest'
import { HeaderId, headerIdAt, headerNames } from './header-name.ts'

const idOf = (name: string) => headerIdAt(`x${name}:`, 1, 1 + name.length)

describe('trap 42: the name of a header', () => {
  it('is known in its long form, in any case', () => {
    for (const [id, name] of Object.entries(headerNames)) {
      expect([name, idOf(name), idOf(name.toUpperCase()), idOf(name.toLowerCase())]).toEqual([name, Number(id), Number(id), Number(id)])
    }
  })

  it.each([
    ['v', HeaderId.Via],
    ['F', HeaderId.From],
    ['t', HeaderId.To],
    ['I', HeaderId.CallId],
    ['m', HeaderId.Contact],
    ['l', HeaderId.ContentLength],
    ['c', HeaderId.ContentType],
    ['K', HeaderId.Supported],
    ['o', HeaderId.Event],
    ['s', HeaderId.Subject],
    ['e', HeaderId.ContentEncoding],
    ['u', HeaderId.AllowEvents],
    ['r', HeaderId.ReferTo],
    ['x', HeaderId.SessionExpires],
    ['b', HeaderId.ReferredBy],
  ])('is known in its compact form %s', (name, id) => {
    expect(idOf(name)).toBe(id)
  })

  it.each(['', 'z', 'Vi', 'Viaa', 'Call_ID', 'CallID', 'X-Call-ID', 'contact1', 'q'.repeat(31), 'q'.repeat(40)])(
    '%j is another header',
    (name) => {
      expect(idOf(name)).toBe(HeaderId.Other)
    },
  )
})

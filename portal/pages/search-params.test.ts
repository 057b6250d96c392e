import { describe, expect, it } from 'vitest'
import { parseSearch, readLineListSearch, readSignInSearch, stringifySearch } from './search-params.ts'

describe('the address bar of the line list', () => {
  it('gives back what was written, numbers as the text that was typed', () => {
    const search = { type: 'sip-phone', sign: 'unregistered', q: '0501', sort: '-name', open: '05012341003' }
    expect(readLineListSearch(parseSearch(stringifySearch(search)))).toEqual(search)
  })

  it('leaves out what is none of ours', () => {
    const read = readLineListSearch({ type: 'x', sign: 'ask', q: 1, sort: 'password', open: '' })
    expect(stringifySearch({ ...read })).toBe('')
  })
})

it('a sign-in page knows a session that ended only by its own word', () => {
  expect(readSignInSearch({ to: '/lines/1', ended: 'maybe' })).toEqual({ to: '/lines/1', ended: undefined })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Arrangement, arrangeLines, countLine, foldLine, noCounts, readSort, worstFirst, writeSort } from './arrange-lines.ts'
import { aLine } from './testing/a-line.ts'

const all: Arrangement = { type: null, sign: null, query: '', sort: { field: 'number', descending: false } }
const shelf = (lines: ReturnType<typeof aLine>[]) => lines.map((line) => ({ line, folded: foldLine(line) }))

describe('the order of the list', () => {
  const lines = [
    aLine({ number: '0501', name: '倉庫', sign: 'registered', state: 'registered' }),
    aLine({ number: '0502', name: '', sign: 'not-needed', state: 'not-needed', type: 'forward' }),
    aLine({ number: '0503', name: '受付2', sign: 'unregistered', state: 'never' }),
    aLine({ number: '0504', name: '受付10', sign: 'registered', state: 'unstable' }),
    aLine({ number: '0505', name: '経理', sign: 'ask', state: 'not-asked', type: 'sip-trunk' }),
  ]

  it('puts the worst first: ✕, doubts, ?, ✓, —', () => {
    const sorted = arrangeLines(shelf(lines), { ...all, sort: { field: 'sign', descending: false } })
    expect(sorted).toEqual(['0503', '0504', '0505', '0501', '0502'])
  })

  it('reads numbers in names as numbers and puts lines without a name last', () => {
    const sorted = arrangeLines(shelf(lines), { ...all, sort: { field: 'name', descending: false } })
    expect(sorted.indexOf('0503')).toBeLessThan(sorted.indexOf('0504'))
    expect(sorted.at(-1)).toBe('0502')
  })

  it('leaves lines that are equal in the order of their numbers, whichever way it sorts', () => {
    const sorted = arrangeLines(shelf(lines), { ...all, sort: { field: 'type', descending: true } })
    expect(sorted).toEqual(['0502', '0505', '0501', '0503', '0504'])
  })

  it('filters by type and by sign, "not checked" holding ? and no data', () => {
    const noData = aLine({ number: '0506', sign: 'no-data', state: 'no-data' })
    expect(arrangeLines(shelf([...lines, noData]), { ...all, sign: 'unknown' })).toEqual(['0505', '0506'])
    expect(arrangeLines(shelf(lines), { ...all, type: 'sip-phone', sign: 'registered' })).toEqual(['0501', '0504'])
  })

  it('calls a line with a doubt worse than one that is not asked', () => {
    expect(worstFirst(aLine({ state: 'late' }))).toBeLessThan(worstFirst(aLine({ sign: 'ask', state: 'not-asked' })))
  })
})

describe('a sort in the address bar', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.constantFrom('number', 'sign', 'name', 'department', 'type'), fc.boolean(), (field, descending) => {
        const sort = { field, descending } as const
        expect(readSort(writeSort(sort as never))).toEqual(sort)
      }),
    )
  })

  it.each(['', '-', 'password', '--number'])('is refused when it is %j', (text) => {
    expect(readSort(text)).toBeNull()
  })
})

describe('the counts', () => {
  it('are nothing again when every counted line is taken away', () => {
    const signs = fc.constantFrom('registered', 'unregistered', 'not-needed', 'ask', 'no-data')
    fc.assert(
      fc.property(fc.array(signs), (drawn) => {
        const lines = drawn.map((sign) => aLine({ sign: sign as never, state: sign === 'unregistered' ? 'never' : 'registered' }))
        let counts = noCounts
        for (const line of lines) counts = countLine(counts, line, 1)
        expect(counts.registered + counts.unregistered + counts.unknown + counts.notNeeded).toBe(lines.length)
        expect(counts.never).toBe(counts.unregistered)
        for (const line of lines) counts = countLine(counts, line, -1)
        expect(counts).toEqual(noCounts)
      }),
    )
  })
})

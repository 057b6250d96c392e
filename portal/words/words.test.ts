import { describe, expect, it } from 'vitest'
import { causeCodes, LineState, LineTypeName } from '#api/line.ts'
import { fillCause, fillSentence } from './cause-sentences.ts'
import { chooseLanguage, wordsOf } from './words.ts'

const pluralEnding = /_(one|other)$/

/** Path of each sentence (plural forms as one) with its placeholders. */
function sentencesOf(tree: object, path = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    const here = path === '' ? key : `${path}.${key}`
    if (typeof value === 'string' || Array.isArray(value)) {
      const text = Array.isArray(value) ? value.join('\n') : value
      found.set(
        here.replace(pluralEnding, ''),
        [...text.matchAll(/\{\{\s*(\w+)/g)]
          .map((match) => match[1])
          .sort()
          .join(' '),
      )
    } else {
      for (const [inner, placeholders] of sentencesOf(value, here)) found.set(inner, placeholders)
    }
  }
  return found
}

const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.ts', '!../dist/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

describe('the words', () => {
  it('say the same in both languages: the same sentences with the same facts in them', () => {
    expect(Object.fromEntries(sentencesOf(wordsOf.en))).toEqual(Object.fromEntries(sentencesOf(wordsOf.ja)))
  })

  it.each(causeCodes)('name, explain and answer the cause %s in both languages', (code) => {
    for (const words of [wordsOf.ja, wordsOf.en]) {
      expect(words.cause[code].title).not.toBe('')
      expect(words.cause[code].known.length).toBeGreaterThan(0)
      expect(words.cause[code].do).not.toBe('')
    }
  })

  it('name every line type and every state', () => {
    for (const words of [wordsOf.ja, wordsOf.en]) {
      expect(Object.keys(words.type).sort()).toEqual(LineTypeName.anyOf.map((type) => type.const).sort())
      expect(Object.keys(words.state).sort()).toEqual(LineState.anyOf.map((state) => state.const).sort())
    }
  })

  it('hold every sentence that a page asks for by name', () => {
    const known = sentencesOf(wordsOf.ja)
    const asked = Object.values(sources).flatMap((source) => [...source.matchAll(/\bt\('([\w.-]+)'/g)].map((match) => match[1] ?? ''))
    expect(asked.length).toBeGreaterThan(50)
    expect(asked.filter((key) => !known.has(key))).toEqual([])
  })

  it('use no Japanese in English but in the names of characters', () => {
    const { character: _, ...rest } = wordsOf.en
    expect(JSON.stringify(rest)).not.toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/)
  })
})

describe('a cause in words', () => {
  it('says the facts it knows', () => {
    const said = fillCause(wordsOf.en.cause['wrong-username'], {
      times: '37 times',
      first: '09:12',
      last: '12 seconds ago',
      sent: 'l03',
      expected: '103',
    })
    expect(said.known).toEqual([
      'A phone tried to sign in as “l03” 37 times since 09:12.',
      'Last attempt: 12 seconds ago.',
      'Probably meant: “103”.',
    ])
    expect(said.do).toBe('Set the phone’s user name to “103”.')
  })

  it('leaves a sentence unsaid when a fact of it is missing', () => {
    expect(fillCause(wordsOf.ja.cause.expired, { last: '3分前' }).known).toEqual(['最後の通信は 3分前 です。'])
    expect(fillSentence('「{{expected}}」に直してください。', { expected: '' })).toBeNull()
  })
})

describe('the language', () => {
  it.each([
    ['en', ['ja-JP'], 'en'],
    [null, ['en-US', 'ja'], 'en'],
    [null, ['fr', 'ja-JP'], 'ja'],
    [null, ['de-DE'], 'ja'],
    ['xx', [], 'ja'],
  ] as const)('remembered %s in a browser of %j is %s', (remembered, browser, chosen) => {
    expect(chooseLanguage(remembered, browser)).toBe(chosen)
  })
})

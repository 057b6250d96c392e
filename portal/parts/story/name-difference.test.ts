import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startWords } from '../../words/words.ts'
import { characterName, nameDifference } from './name-difference.ts'

const t = startWords('ja').getFixedT('ja')
const plain = (pieces: { text: string; different: boolean }[]) =>
  pieces.map((piece) => (piece.different ? `[${piece.text}]` : piece.text)).join('')

describe('two user names set against each other', () => {
  it.each([
    ['0501234l003', '05012341003', '0501234[l]003', '0501234[1]003'],
    ['5012341003', '05012341003', '[]5012341003', '[0]5012341003'],
    ['050123410033', '05012341003', '05012341003[3]', '05012341003[]'],
    ['same', 'same', 'same', 'same'],
  ])('%s and %s', (sent, right, marked, rightMarked) => {
    const difference = nameDifference(sent, right)
    expect([plain(difference.sent), plain(difference.right)]).toEqual([marked, rightMarked])
  })

  it('lose no character, and say equal only what is equal', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (sent, right) => {
        const difference = nameDifference(sent, right)
        expect(difference.sent.map((piece) => piece.text).join('')).toBe(sent)
        expect(difference.right.map((piece) => piece.text).join('')).toBe(right)
        difference.sent.forEach((piece, at) => {
          if (!piece.different) expect(difference.right[at]).toEqual(piece)
        })
      }),
    )
  })
})

describe('the name of a character', () => {
  it.each([
    ['l', '小文字のエル'],
    ['1', '数字の1'],
    ['O', '大文字のオー'],
    ['0', '数字の0(ゼロ)'],
    ['１', '全角の1'],
    ['b', '小文字のb'],
    [' ', '空白'],
    ['漢', '「漢」'],
  ])('%j is %s', (character, name) => {
    expect(characterName(character, t)).toBe(name)
  })
})

import { describe, expect, it } from 'vitest'
import { foldFields, foldNumber, searchFor } from './fold-text.ts'

const line = foldFields(['会議室A', 'ソフトフォン', '総務部', 'ビーチ'], ['05012341003', '203', '03-1234-5602'])

describe('the search', () => {
  it.each([
    ['203', 'an extension'],
    ['03-1234-5602', 'a number with hyphens'],
    ['0312345602', 'the same without'],
    ['０３ー１２３４－５６０２', 'the same in full width'],
    ['+81 3-1234-5602', 'the same from abroad'],
    ['+81501234', 'the beginning of the line from abroad'],
    ['会議室ａ', 'a full-width letter in small'],
    ['そふとふぉん', 'hiragana for katakana'],
    ['総務 会議', 'two words in any order'],
    ['ビーチ', 'a long vowel'],
    ['', 'nothing at all'],
  ])('finds the line by %s (%s)', (query) => {
    expect(searchFor(query)(line)).toBe(true)
  })

  it.each(['204', '会議室B', '総務 営業', '+1 203 555'])('does not find it by %s', (query) => {
    expect(searchFor(query)(line)).toBe(false)
  })
})

describe('a telephone number', () => {
  it.each([
    ['+81 (0)50-1234', '0501234'],
    ['0081501234', '0501234'],
    ['050 1234', '0501234'],
    ['８１', '81'],
  ])('%s is %s', (written, folded) => {
    expect(foldNumber(written)).toBe(folded)
  })
})

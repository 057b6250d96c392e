/** Where two user names differ, character by character, and what those characters are called. */
import type { Say } from '../../live/spoken-time.ts'

export interface NamePiece {
  /** Empty where this name lacks a character that the other has. */
  text: string
  different: boolean
}

export interface NameDifference {
  sent: NamePiece[]
  right: NamePiece[]
}

/** Sets the wrong and the right name against each other with the fewest changes (edit distance); equal runs are one piece. */
export function nameDifference(sent: string, right: string): NameDifference {
  const a = [...sent]
  const b = [...right]
  const cost: number[][] = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  const at = (i: number, j: number) => cost[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = a.length; i >= 0; i--) {
    for (let j = b.length; j >= 0; j--) {
      const row = cost[i]
      if (!row) continue
      if (i === a.length) row[j] = b.length - j
      else if (j === b.length) row[j] = a.length - i
      else row[j] = a[i] === b[j] ? at(i + 1, j + 1) : 1 + Math.min(at(i + 1, j + 1), at(i + 1, j), at(i, j + 1))
    }
  }
  const found: NameDifference = { sent: [], right: [] }
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const left = a[i]
    const wanted = b[j]
    if (left !== undefined && left === wanted) {
      push(found, left, wanted, false)
      i++
      j++
    } else if (left !== undefined && wanted !== undefined && at(i, j) === 1 + at(i + 1, j + 1)) {
      push(found, left, wanted, true)
      i++
      j++
    } else if (left !== undefined && at(i, j) === 1 + at(i + 1, j)) {
      push(found, left, '', true)
      i++
    } else {
      push(found, '', wanted ?? '', true)
      j++
    }
  }
  return found
}

function push(found: NameDifference, sent: string, right: string, different: boolean): void {
  for (const [pieces, text] of [
    [found.sent, sent],
    [found.right, right],
  ] as const) {
    const last = pieces.at(-1)
    if (last && !different && !last.different) last.text += text
    else pieces.push({ text, different })
  }
}

const named: Partial<Record<string, string>> = {
  l: 'smallL',
  I: 'capitalI',
  O: 'capitalO',
  o: 'smallO',
  '0': 'zero',
  ' ': 'space',
  '-': 'hyphen',
  _: 'underscore',
  '.': 'dot',
  '+': 'plus',
  ー: 'longVowel',
}

/** "小文字のエル", "数字の1": what to call a character so that nobody mistakes it. */
export function characterName(character: string, t: Say): string {
  if (character === '\u3000') return t('character.wide', { c: t('character.named.space') })
  const name = named[character]
  if (name !== undefined) return t(`character.named.${name}`)
  if (/[\uff01-\uff5e]/.test(character)) return t('character.wide', { c: character.normalize('NFKC') })
  if (/\d/.test(character)) return t('character.digit', { c: character })
  if (/[a-z]/.test(character)) return t('character.lower', { c: character })
  if (/[A-Z]/.test(character)) return t('character.upper', { c: character })
  return t('character.other', { c: character })
}

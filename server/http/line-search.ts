/** Finding lines by what people type: full and half width, hyphens, and +81 or 0 in front are alike. */
import type { Line } from '../directory/line.ts'

/** What a line is found by, made once a line. */
export interface SearchKey {
  text: string
  numbers: string
}

const dashes = /[-‐‑‒–—―−ーｰ().\s]/g
/** Only what people write in telephone numbers. */
const likeNumber = /^[+\d\-‐‑‒–—―−ーｰ().\s*#]+$/

export function searchKey(line: Line): SearchKey {
  return {
    text: folded([line.name, line.department, line.note, line.username, line.number].join('\n')),
    numbers: [line.number, line.inbound.extension, line.inbound.number, line.outbound.extension, line.outbound.number]
      .map(foldedNumber)
      .join('\n'),
  }
}

/** A test for `q`; it fits every line when `q` is blank. */
export function searchFor(q: string): (key: SearchKey) => boolean {
  const text = folded(q.trim())
  const number = likeNumber.test(q.normalize('NFKC')) ? foldedNumber(q) : ''
  if (number === '') return (key) => key.text.includes(text)
  return (key) => key.text.includes(text) || key.numbers.includes(number)
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

function foldedNumber(text: string): string {
  return text
    .normalize('NFKC')
    .trim()
    .replace(/^\+81\s*\(0\)/, '0')
    .replace(dashes, '')
    .replace(/^\+81/, '0')
}

/** What counts as the same when searching: width, case, kana, hyphens, +81 and 0. */
const phoneLike = /^[+\d\s().-]+$/

/** Text without the differences that a person who types does not mean. */
export function foldText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u3041-\u3096]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) + 0x60))
    .replace(/[‐‑‒–—―−ー-]/g, '-')
    .trim()
}

/** Digits of a telephone number; +81 and 0081 are written 0. */
export function foldNumber(text: string): string {
  const digits = text.normalize('NFKC').replace(/[^+\d]/g, '')
  return digits.replace(/^(\+81|0081)0?/, '0').replace(/\+/g, '')
}

export interface Folded {
  text: string
  numbers: string
}

/** What a search looks in, made once a line. */
export function foldFields(texts: readonly string[], numbers: readonly string[]): Folded {
  return { text: [...texts, ...numbers].map(foldText).join('\n'), numbers: numbers.map(foldNumber).join('\n') }
}

/** The question "does this line fit?": a telephone number however written, or every word somewhere. */
export function searchFor(query: string): (folded: Folded) => boolean {
  const text = foldText(query)
  if (text === '') return () => true
  const words = text.split(/\s+/)
  const number = phoneLike.test(text) ? foldNumber(text) : ''
  return (folded) => (number !== '' && folded.numbers.includes(number)) || words.every((word) => folded.text.includes(word))
}

/** Option tags: the extensions that Supported and Require name (RFC 3261 §20.32, §20.37). Names in any case. */
import { sameName } from './header-name.ts'
import { skipBlank } from './params.ts'

/** The extensions of a registration that this server knows, as bits. */
export const Extension = { path: 1, outbound: 2, gruu: 4 } as const
const known: readonly [name: string, bit: number][] = Object.entries(Extension)

/** Bits of the known extensions that the rows name; the rest is passed over. */
export function readExtensions(rows: readonly string[]): number {
  let found = 0
  for (const row of rows) {
    for (let at = 0; at < row.length; at++) {
      at = skipBlank(row, at, row.length)
      const end = endOfTag(row, at)
      found |= bitOf(row, at, end)
      at = nextComma(row, end)
    }
  }
  return found
}

/** How much of what cannot be done is named back: an answer must not be much longer than the question. */
const mostNamed = 10
const longestNamed = 40

/** Those named that are none of the known ones, with commas between, as an Unsupported header lists them (§8.2.2.3); '' for none. */
export function unknownExtensions(rows: readonly string[]): string {
  const unknown: string[] = []
  for (const row of rows) {
    for (let at = 0; at < row.length; at++) {
      at = skipBlank(row, at, row.length)
      const end = endOfTag(row, at)
      if (end > at && bitOf(row, at, end) === 0 && unknown.length < mostNamed)
        unknown.push(row.substring(at, Math.min(end, at + longestNamed)))
      at = nextComma(row, end)
    }
  }
  return unknown.join(', ')
}

function bitOf(row: string, start: number, end: number): number {
  for (const [name, bit] of known) if (name.length === end - start && sameName(row, start, name)) return bit
  return 0
}

function endOfTag(row: string, at: number): number {
  while (at < row.length) {
    const code = row.charCodeAt(at)
    if (code <= 32 || code === 44) break
    at++
  }
  return at
}

function nextComma(row: string, at: number): number {
  const comma = row.indexOf(',', at)
  return comma < 0 ? row.length : comma
}

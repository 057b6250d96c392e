/** How a mistyped user name may be one of a customer's: the smaller the rank, the likelier the slip. Pure. */

/** 1 look-alike characters, or a leading 0 / +81; 2 two neighbours swapped; 3 one character wrong, missing or too many. */
export type SlipRank = 1 | 2 | 3

const longestName = 80
const lookAlikes: Readonly<Record<string, string>> = { o: '0', l: '1', i: '1', '|': '1' }

/** The rank of `sent` as a slip of `meant`, or null if it is none. Equal in both directions. Names without regard to case. */
export function slipRank(sent: string, meant: string): SlipRank | null {
  if (sent.length > longestName || meant.length > longestName) return null
  return rankOf(plain(sent), plain(meant))
}

/** The one line that `sent` is the best slip of; null if none is, or if several are as likely. */
export function bestSlip(sent: string, candidates: Iterable<{ lineId: number; username: string }>): number | null {
  if (sent.length > longestName) return null
  const name = plain(sent)
  let best: { rank: SlipRank; lineId: number; single: boolean } | null = null
  for (const { lineId, username } of candidates) {
    const rank = rankOf(name, plain(username))
    if (rank === null || (best !== null && rank > best.rank)) continue
    best = { rank, lineId, single: best === null || rank < best.rank }
  }
  return best?.single === true ? best.lineId : null
}

function rankOf(one: string, other: string): SlipRank | null {
  if (Math.abs(one.length - other.length) > 4) return null
  if (looks(one) === looks(other)) return 1
  if (isSwap(one, other)) return 2
  return isOneOff(one, other) ? 3 : null
}

/** Full-width characters as their usual form, without regard to case. */
function plain(name: string): string {
  return name.normalize('NFKC').toLowerCase()
}

/** What is left when look-alikes are one, and the number is written without its prefix. */
function looks(name: string): string {
  let same = ''
  for (const character of name) same += lookAlikes[character] ?? character
  if (same.startsWith('+81')) return same.slice(3)
  return same.startsWith('0') ? same.slice(1) : same
}

function isSwap(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  const at = firstDifference(one, other)
  return at < one.length - 1 && one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2)
}

function isOneOff(one: string, other: string): boolean {
  const at = firstDifference(one, other)
  if (one.length === other.length) return one.slice(at + 1) === other.slice(at + 1)
  const [shorter, longer] = one.length < other.length ? [one, other] : [other, one]
  return longer.length === shorter.length + 1 && longer.slice(at + 1) === shorter.slice(at)
}

function firstDifference(one: string, other: string): number {
  let at = 0
  while (at < one.length && one[at] === other[at]) at++
  return at
}

/** Which lines the list shows, and in which order. */
import type { Counts, Line, LineTypeName, Sign } from '#api/line.ts'
import { type Folded, foldFields, searchFor } from './fold-text.ts'

/** The four cards above the list; `unknown` is "not checked" and "no data" together. */
export const signFilters = ['registered', 'unregistered', 'unknown', 'not-needed'] as const
export type SignFilter = (typeof signFilters)[number]

export const sortFields = ['number', 'sign', 'name', 'department', 'type'] as const
export type SortField = (typeof sortFields)[number]
export interface Sort {
  field: SortField
  descending: boolean
}

export interface Arrangement {
  type: LineTypeName | null
  sign: SignFilter | null
  query: string
  sort: Sort
}

export interface Shelved {
  readonly line: Line
  readonly folded: Folded
}

const signRank: Record<Sign, number> = { unregistered: 0, ask: 2, 'no-data': 2, registered: 3, 'not-needed': 4 }

/** The worst first: ✕, doubts, ? and "no data", ✓, —. */
export function worstFirst(line: Line): number {
  return isDoubtful(line) ? 1 : signRank[line.sign]
}

/** Connected, but with something to look at. */
export function isDoubtful(line: Line): boolean {
  return line.sign === 'registered' && (line.cause !== null || line.state !== 'registered')
}

export function signFilterOf(sign: Sign): SignFilter {
  return sign === 'ask' || sign === 'no-data' ? 'unknown' : sign
}

/** What a search looks in for this line. */
export function foldLine(line: Line): Folded {
  return foldFields(
    [line.name, line.department, line.pickupGroup, line.note, line.inbound.kind, line.outbound.kind],
    [line.number, line.inbound.extension, line.inbound.number, line.outbound.extension, line.outbound.number],
  )
}

/** `-number` and the like from the address bar; null if it is none of ours. */
export function readSort(text: string): Sort | null {
  const descending = text.startsWith('-')
  const field = sortFields.find((each) => each === (descending ? text.slice(1) : text))
  return field ? { field, descending } : null
}

export function writeSort(sort: Sort): string {
  return `${sort.descending ? '-' : ''}${sort.field}`
}

const collator = new Intl.Collator('ja', { numeric: true })
const typeRank: Record<LineTypeName, number> = {
  'sip-phone': 0,
  smartphone: 1,
  softphone: 2,
  'video-phone': 3,
  'sip-phone-campaign': 4,
  'sip-trunk': 5,
  'sip-trunk-2': 6,
  mobile: 7,
  forward: 8,
  'outbound-forward': 9,
  'from-call': 10,
  conference: 11,
  ivr: 12,
  other: 13,
}
export const typesInOrder = (Object.keys(typeRank) as LineTypeName[]).sort((a, b) => typeRank[a] - typeRank[b])

function byText(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  return collator.compare(a, b)
}

function byNumber(a: Line, b: Line): number {
  return a.number < b.number ? -1 : a.number > b.number ? 1 : 0
}

function compareBy(field: SortField): (a: Line, b: Line) => number {
  switch (field) {
    case 'number':
      return byNumber
    case 'sign':
      return (a, b) => worstFirst(a) - worstFirst(b)
    case 'name':
      return (a, b) => byText(a.name, b.name)
    case 'department':
      return (a, b) => byText(a.department, b.department)
    case 'type':
      return (a, b) => typeRank[a.type] - typeRank[b.type]
  }
}

/** The numbers of the lines to show, in order; equal ones stay in the order of their numbers, whichever way. */
export function arrangeLines(shelf: Iterable<Shelved>, wanted: Arrangement): string[] {
  const fits = searchFor(wanted.query)
  const found: Line[] = []
  for (const { line, folded } of shelf) {
    if (wanted.type !== null && line.type !== wanted.type) continue
    if (wanted.sign !== null && signFilterOf(line.sign) !== wanted.sign) continue
    if (fits(folded)) found.push(line)
  }
  const compare = compareBy(wanted.sort.field)
  const way = wanted.sort.descending ? -1 : 1
  found.sort((a, b) => way * compare(a, b) || (wanted.sort.field === 'number' ? 0 : byNumber(a, b)))
  return found.map((line) => line.number)
}

export const noCounts: Counts = { lines: 0, registered: 0, unregistered: 0, unknown: 0, notNeeded: 0, never: 0 }

/** Adds (`by` 1) or takes away (-1) a line in the counts. */
export function countLine(counts: Counts, line: Line, by: 1 | -1): Counts {
  const next = { ...counts, lines: counts.lines + by }
  switch (signFilterOf(line.sign)) {
    case 'registered':
      next.registered += by
      break
    case 'unregistered':
      next.unregistered += by
      if (line.state === 'never') next.never += by
      break
    case 'unknown':
      next.unknown += by
      break
    case 'not-needed':
      next.notNeeded += by
      break
  }
  return next
}

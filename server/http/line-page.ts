/** One page of a circle's lines: filtered, ordered, and cut where the cursor says. Pure. */
import type { LineListQuery } from '#api/line.ts'
import type { Line } from '../directory/line.ts'
import type { LineStatus } from '../status/status-board.ts'
import type { CircleLines } from './line-cache.ts'
import {
  comparePlaces,
  isFixed,
  type LineOrder,
  type Place,
  readCursor,
  readOrder,
  sortFields,
  sortValue,
  writeCursor,
} from './line-order.ts'
import { searchFor } from './line-search.ts'

export interface Page {
  lines: readonly Line[]
  /** Cursor of the next page; null on the last. */
  next: string | null
  /** Lines that the filter lets through. */
  total: number
}

const usualLimit = 100

/** The page that `query` asks for, or what is wrong with it. Takes each status it needs from `statusOf`. */
export function linePage(held: CircleLines, query: LineListQuery, statusOf: (lineId: number) => LineStatus): Page | { wrong: string } {
  const order = readOrder(query.sort ?? 'number')
  if (order === undefined) return { wrong: `querystring sort: must be one of ${sortFields.join(', ')}, with - before it for descending` }
  const after = query.cursor === undefined ? null : readCursor(query.cursor, order)
  if (after === undefined) return { wrong: 'querystring cursor: is not one that this list gave for this order' }

  const placeOf = (line: Line): Place => ({ value: sortValue(order.field, line, () => statusOf(line.id)), number: line.number })
  const ordered = inOrder(held, filtered(held, query, statusOf), order, placeOf)
  const start = after === null ? 0 : firstBeyond(ordered, after, order, placeOf)
  const lines = ordered.slice(start, start + (query.limit ?? usualLimit))
  const last = lines.at(-1)
  const more = start + lines.length < ordered.length
  return { lines, next: more && last !== undefined ? writeCursor(order, placeOf(last)) : null, total: ordered.length }
}

/** A test for the filters given, or null when every line passes. */
function filtered(held: CircleLines, query: LineListQuery, statusOf: (lineId: number) => LineStatus): ((line: Line) => boolean) | null {
  const { type, sign, q } = query
  const tests: ((line: Line) => boolean)[] = []
  if (type !== undefined) tests.push((line) => line.type === type)
  if (q !== undefined && q.trim() !== '') {
    const fits = searchFor(q)
    tests.push((line) => fits(held.searchKey(line)))
  }
  if (sign !== undefined) tests.push((line) => statusOf(line.id).sign === sign)
  return tests.length === 0 ? null : (line) => tests.every((test) => test(line))
}

function inOrder(
  held: CircleLines,
  passes: ((line: Line) => boolean) | null,
  { field, descending }: LineOrder,
  placeOf: (line: Line) => Place,
): readonly Line[] {
  if (isFixed(field)) {
    const kept = held.ordered(field)
    const lines = passes === null ? kept : kept.filter(passes)
    return descending ? lines.toReversed() : lines
  }
  const lines = passes === null ? held.lines : held.lines.filter(passes)
  const ascending = lines
    .map((line) => ({ line, ...placeOf(line) }))
    .sort(comparePlaces)
    .map(({ line }) => line)
  return descending ? ascending.reverse() : ascending
}

/** Index of the first line that stands behind `after`. */
function firstBeyond(ordered: readonly Line[], after: Place, order: LineOrder, placeOf: (line: Line) => Place): number {
  let low = 0
  let high = ordered.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const line = ordered[middle]
    if (line === undefined) break
    const side = comparePlaces(placeOf(line), after) * (order.descending ? -1 : 1)
    if (side <= 0) low = middle + 1
    else high = middle
  }
  return low
}

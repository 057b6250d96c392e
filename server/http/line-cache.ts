/**
 * The lines of the circles that people look at, with their orders and search keys, in bounded memory. It knows no
 * scope: ask it only with a circle that the directory gave to the caller.
 */
import type { Circle } from '../directory/account.ts'
import type { Directory } from '../directory/directory.ts'
import type { Line } from '../directory/line.ts'
import { comparePlaces, type FixedField, fixedValue } from './line-order.ts'
import { type SearchKey, searchKey } from './line-search.ts'

/** Lines of one circle as they were read. */
export interface CircleLines {
  readonly circle: Circle
  /** By number. */
  readonly lines: readonly Line[]
  readonly byId: ReadonlyMap<number, Line>
  /** Lines of each type. */
  readonly types: Readonly<Record<string, number>>
  /** Ascending by the field, then by number. Made on first use, then kept. */
  ordered(field: FixedField): readonly Line[]
  searchKey(line: Line): SearchKey
}

export interface LineCache {
  of(circle: Circle): Promise<CircleLines>
  /** Forgets what may have changed. New and moved lines are found by their id. */
  invalidate(lineIds: readonly number[], circleIds: readonly number[]): void
  clear(): void
}

/** More changed lines than this at once, and everything is read anew. */
const tooManyToFollow = 2000

/** `most`: lines held at once; the circle asked for longest ago goes first. The newest circle always stays. */
export function openLineCache(directory: Directory, most = 200_000): LineCache {
  const held = new Map<number, CircleLines>()
  const loading = new Map<number, Promise<CircleLines>>()
  let size = 0

  function keep(circleLines: CircleLines): void {
    drop(circleLines.circle.id)
    held.set(circleLines.circle.id, circleLines)
    size += circleLines.lines.length
    for (const [id] of held) {
      if (size <= most || held.size === 1) break
      drop(id)
    }
  }

  function drop(circleId: number): void {
    size -= held.get(circleId)?.lines.length ?? 0
    held.delete(circleId)
  }

  /** A change that comes while the circle is being read makes that reading worthless: it is not kept. */
  function forget(circleId: number): void {
    drop(circleId)
    loading.delete(circleId)
  }

  async function load(circle: Circle): Promise<CircleLines> {
    const scope = { kind: 'circle' as const, accountId: circle.accountId, circleId: circle.id }
    const reading = directory.lines(scope, circle.number).then((lines) => circleLinesOf(circle, lines))
    loading.set(circle.id, reading)
    try {
      const result = await reading
      if (loading.get(circle.id) === reading) keep(result)
      return result
    } finally {
      if (loading.get(circle.id) === reading) loading.delete(circle.id)
    }
  }

  function clear(): void {
    held.clear()
    loading.clear()
    size = 0
  }

  return {
    of(circle) {
      const found = held.get(circle.id)
      if (found === undefined) return loading.get(circle.id) ?? load(circle)
      held.delete(circle.id)
      held.set(circle.id, found)
      return Promise.resolve(found)
    },
    invalidate(lineIds, circleIds) {
      for (const id of circleIds) forget(id)
      if (lineIds.length === 0 || held.size + loading.size === 0) return
      if (lineIds.length > tooManyToFollow) return clear()
      loading.clear()
      for (const entry of directory.lineEntries(lineIds)) drop(entry.circleId)
      for (const [id, { byId }] of held) if (lineIds.some((lineId) => byId.has(lineId))) drop(id)
    },
    clear,
  }
}

/** The lines of one circle, with what is worked out from them kept. */
export function circleLinesOf(circle: Circle, lines: readonly Line[]): CircleLines {
  const orders = new Map<FixedField, readonly Line[]>()
  const keys = new Map<number, SearchKey>()
  const types: Record<string, number> = {}
  for (const { type } of lines) types[type] = (types[type] ?? 0) + 1
  return {
    circle,
    lines,
    byId: new Map(lines.map((line) => [line.id, line])),
    types,
    ordered(field) {
      let order = orders.get(field)
      if (order === undefined) {
        order = lines
          .map((line) => ({ line, value: fixedValue(field, line), number: line.number }))
          .sort(comparePlaces)
          .map(({ line }) => line)
        orders.set(field, order)
      }
      return order
    },
    searchKey(line) {
      let key = keys.get(line.id)
      if (key === undefined) {
        key = searchKey(line)
        keys.set(line.id, key)
      }
      return key
    },
  }
}

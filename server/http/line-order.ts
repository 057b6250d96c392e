/** The orders a list of lines may have, and the place of a page in one (the cursor). Pure. */

import type { Line } from '../directory/line.ts'
import { lineTypes } from '../directory/line-type.ts'
import type { LineStatus } from '../status/status-board.ts'

type Value = string | number

/** Fields that change only with the directory: their orders can be kept. */
const fixedFields = {
  number: (line: Line) => line.number,
  name: (line: Line) => line.name,
  department: (line: Line) => line.department,
  type: (line: Line) => lineTypes.indexOf(line.type),
  loginServer: (line: Line) => line.loginServer.name,
  pickupGroup: (line: Line) => line.pickupGroup,
  'inbound.extension': (line: Line) => line.inbound.extension,
  'inbound.number': (line: Line) => line.inbound.number,
  'inbound.kind': (line: Line) => line.inbound.kind,
  'outbound.extension': (line: Line) => line.outbound.extension,
  'outbound.number': (line: Line) => line.outbound.number,
  'outbound.kind': (line: Line) => line.outbound.kind,
  note: (line: Line) => line.note,
  cancelOn: (line: Line) => line.cancelOn ?? '',
} satisfies Record<string, (line: Line) => Value>
export type FixedField = keyof typeof fixedFields

/** Worst first: what needs a person stands on top. */
const signRank = { unregistered: 0, 'no-data': 1, ask: 2, registered: 3, 'not-needed': 4 }

/** Fields that change with the phones. */
const liveFields = {
  sign: (status: LineStatus) => signRank[status.sign],
  state: (status: LineStatus) => status.state,
  cause: (status: LineStatus) => status.cause?.code ?? '',
  since: (status: LineStatus) => status.since ?? 0,
  knownAt: (status: LineStatus) => status.knownAt ?? 0,
} satisfies Record<string, (status: LineStatus) => Value>
export type LiveField = keyof typeof liveFields

export interface LineOrder {
  field: FixedField | LiveField
  descending: boolean
}

export const sortFields: readonly string[] = [...Object.keys(fixedFields), ...Object.keys(liveFields)]

/** Reads `sort=`; undefined when there is no such field. */
export function readOrder(sort: string): LineOrder | undefined {
  const descending = sort.startsWith('-')
  const field = descending ? sort.slice(1) : sort
  return isFixed(field) || isLive(field) ? { field, descending } : undefined
}

export function isFixed(field: string): field is FixedField {
  return Object.hasOwn(fixedFields, field)
}

function isLive(field: string): field is LiveField {
  return Object.hasOwn(liveFields, field)
}

export function fixedValue(field: FixedField, line: Line): Value {
  return fixedFields[field](line)
}

export function sortValue(field: FixedField | LiveField, line: Line, status: () => LineStatus): Value {
  return isFixed(field) ? fixedFields[field](line) : liveFields[field](status())
}

/** Where a line stands: its value, then its number, which no other line has. */
export interface Place {
  value: Value
  number: string
}

const collator = new Intl.Collator('ja', { numeric: true })

export function comparePlaces(a: Place, b: Place): number {
  return compareValues(a.value, b.value) || compareCodes(a.number, b.number)
}

function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return a === b ? 0 : collator.compare(String(a), String(b))
}

function compareCodes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The cursor names the last line shown, so that the next page holds still while other lines change. */
export function writeCursor(order: LineOrder, place: Place): string {
  return Buffer.from(JSON.stringify([sortName(order), place.value, place.number])).toString('base64url')
}

/** Undefined when the text is no cursor of ours for this order. */
export function readCursor(cursor: string, order: LineOrder): Place | undefined {
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
  if (!Array.isArray(parts) || parts.length !== 3) return undefined
  const [sort, value, number]: unknown[] = parts
  if (sort !== sortName(order) || typeof number !== 'string') return undefined
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) ? { value, number } : undefined
}

function sortName(order: LineOrder): string {
  return (order.descending ? '-' : '') + order.field
}

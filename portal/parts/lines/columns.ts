/** The manual's columns of the line list, in its order. */
import type { SortField } from '../../live/arrange-lines.ts'

export type ColumnId =
  | 'detail'
  | 'number'
  | 'sign'
  | 'name'
  | 'department'
  | 'pickupGroup'
  | 'inExtension'
  | 'inNumber'
  | 'inKind'
  | 'outExtension'
  | 'outNumber'
  | 'outKind'
  | 'type'
  | 'note'

export interface Column {
  id: ColumnId
  /** Key of its name, and of the name of the group it stands under. */
  words: string
  group: 'lines.inbound' | 'lines.outbound' | null
  sort: SortField | null
  /** Track of the grid. */
  width: string
}

const all: readonly Column[] = [
  { id: 'detail', words: 'lines.detail', group: null, sort: null, width: '52px' },
  { id: 'number', words: 'lines.number', group: null, sort: 'number', width: '116px' },
  { id: 'sign', words: 'lines.sign', group: null, sort: 'sign', width: 'minmax(262px, 10fr)' },
  { id: 'name', words: 'lines.name', group: null, sort: 'name', width: 'minmax(92px, 1fr)' },
  { id: 'department', words: 'lines.department', group: null, sort: 'department', width: 'minmax(92px, 1fr)' },
  { id: 'pickupGroup', words: 'lines.pickupGroup', group: null, sort: null, width: '82px' },
  { id: 'inExtension', words: 'lines.extension', group: 'lines.inbound', sort: null, width: '48px' },
  { id: 'inNumber', words: 'lines.phoneNumber', group: 'lines.inbound', sort: null, width: '102px' },
  { id: 'inKind', words: 'lines.kind', group: 'lines.inbound', sort: null, width: '66px' },
  { id: 'outExtension', words: 'lines.extension', group: 'lines.outbound', sort: null, width: '48px' },
  { id: 'outNumber', words: 'lines.phoneNumber', group: 'lines.outbound', sort: null, width: '102px' },
  { id: 'outKind', words: 'lines.kind', group: 'lines.outbound', sort: null, width: '66px' },
  { id: 'type', words: 'lines.type', group: null, sort: 'type', width: '116px' },
  { id: 'note', words: 'lines.note', group: null, sort: null, width: 'minmax(70px, 1fr)' },
]

/** The columns of a circle; the pickup group only where a line is on another login server or a trunk (the manual's example 2). */
export function columnsOf(withPickupGroup: boolean): readonly Column[] {
  return withPickupGroup ? all : all.filter((column) => column.id !== 'pickupGroup')
}

export function tracksOf(columns: readonly Column[]): string {
  return columns.map((column) => column.width).join(' ')
}

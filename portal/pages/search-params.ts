/** What the address bar holds of a page, read strictly: what is none of ours is left out. */
import type { Circle } from '#api/circle.ts'
import type { LineTypeName } from '#api/line.ts'
import { readSort, type SignFilter, signFilters, typesInOrder } from '../live/arrange-lines.ts'

export interface LineListSearch {
  type?: LineTypeName | undefined
  sign?: SignFilter | undefined
  q?: string | undefined
  sort?: string | undefined
  /** The line whose sign's popup is open. */
  open?: string | undefined
}

export interface CircleListSearch {
  state?: Circle['state'] | undefined
  sort?: string | undefined
}

export interface SignInSearch {
  /** Where to go afterwards. */
  to?: string | undefined
  /** `yes`: the session has ended by itself. */
  ended?: 'yes' | undefined
}

type Raw = Record<string, unknown>

function text(raw: Raw, name: string): string | undefined {
  const value = raw[name]
  return typeof value === 'string' && value !== '' ? value.slice(0, 400) : undefined
}

export function readLineListSearch(raw: Raw): LineListSearch {
  const sort = text(raw, 'sort')
  return {
    type: typesInOrder.find((type) => type === raw.type),
    sign: signFilters.find((sign) => sign === raw.sign),
    q: text(raw, 'q'),
    sort: sort && readSort(sort) ? sort : undefined,
    open: text(raw, 'open'),
  }
}

export function readCircleListSearch(raw: Raw): CircleListSearch {
  return { state: (['in-use', 'cancelled', 'other'] as const).find((state) => state === raw.state), sort: text(raw, 'sort') }
}

export function readSignInSearch(raw: Raw): SignInSearch {
  return { to: text(raw, 'to'), ended: raw.ended === 'yes' ? 'yes' : undefined }
}

/** `?q=0501&sort=-name` as plain text, so that a number stays the text that was typed. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search))
}

export function stringifySearch(search: Raw): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') query.set(name, value)
  const written = query.toString()
  return written === '' ? '' : `?${written}`
}

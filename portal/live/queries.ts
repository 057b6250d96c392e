/** What the pages ask the server for once, as TanStack Query options. */
import { queryOptions } from '@tanstack/react-query'
import type { BanList } from '#api/ban.ts'
import type { CircleList } from '#api/circle.ts'
import type { LineWithDetail } from '#api/line.ts'
import type { About, Me } from '#api/sign-in.ts'
import { callApi } from './call-api.ts'

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => callApi<Me>('/api/me'), staleTime: Number.POSITIVE_INFINITY })

export const aboutQuery = queryOptions({
  queryKey: ['about'],
  queryFn: () => callApi<About>('/api/about'),
  staleTime: Number.POSITIVE_INFINITY,
})

export const circlesQuery = queryOptions({ queryKey: ['circles'], queryFn: () => callApi<CircleList>('/api/circles') })

export function lineQuery(number: string) {
  return queryOptions({
    queryKey: ['line', number],
    queryFn: ({ signal }) => callApi<LineWithDetail>(`/api/lines/${encodeURIComponent(number)}`, { signal }),
  })
}

/** Blocks that concern the reader's lines; a line's own login gets none. */
export const bansQuery = queryOptions({
  queryKey: ['bans'],
  queryFn: ({ signal }) => callApi<BanList>('/api/bans', { signal }),
  staleTime: 0,
  retry: false,
})

export function liftBan(id: number): Promise<void> {
  return callApi<void>(`/api/bans/${id}`, { method: 'DELETE' })
}

/** Asks the login server now; the server answers within 3 s. */
export function checkLine(number: string): Promise<LineWithDetail> {
  return callApi<LineWithDetail>(`/api/lines/${encodeURIComponent(number)}/check`, { method: 'POST', timeout: 6000 })
}

/** What the pages ask the server for once, as TanStack Query options. */
import { queryOptions } from '@tanstack/react-query'
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

/** Asks the login server now; the server answers within 3 s. */
export function checkLine(number: string): Promise<LineWithDetail> {
  return callApi<LineWithDetail>(`/api/lines/${encodeURIComponent(number)}/check`, { method: 'POST', timeout: 6000 })
}

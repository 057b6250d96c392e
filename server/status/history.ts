/** When a change of what a line shows is worth an entry in its history, and which. Pure. */
import type { HistoryItem } from './history-store.ts'
import type { LineStatus } from './status-board.ts'

/** What the line showed last. */
export interface Shown {
  state: LineStatus['state']
  since: number | null
  code: string
}

/**
 * The entry for a line that now shows `status`; null when neither state nor cause is another, or nothing is known.
 * `keptSince`: what began before it was written by an earlier run of the program, which showed no data of a line that is not registered
 * until `noDataUntil` (0: it did not).
 */
export function historyItem(
  lineId: number,
  shown: Shown | null,
  status: LineStatus,
  keptSince: number,
  now: number,
  noDataUntil = 0,
): HistoryItem | null {
  if (status.since === null) return null
  // A line that nothing was known of, as while we start, comes out of no other state.
  const before = shown?.since == null ? null : shown
  const code = status.cause?.code ?? null
  if (before !== null && before.state === status.state && before.code === (code ?? '')) return null
  const since = status.sign === 'unregistered' ? Math.max(status.since, noDataUntil) : status.since
  const at = before !== null && beganNow(before, status.state, status.since) ? now : since
  if (at < keptSince) return null
  return { lineId, at, kind: status.state, cause: code, evidence: status.cause?.evidence ?? null }
}

/**
 * Whether what shows now began now, whatever its `since` says: a new cause of the same state, what shows after a time without data, and
 * every return to what was before. A line that came back and is unstable has been so for longer than it is back.
 */
function beganNow(before: Shown, state: LineStatus['state'], since: number): boolean {
  if (before.state === state || before.state === 'no-data' || state === 'unstable') return true
  return (before.since !== null && since < before.since) || (state === 'registered' && isBound(before.state))
}

function isBound(state: LineStatus['state']): boolean {
  return state === 'late' || state === 'unreachable' || state === 'unstable'
}

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
 * `keptSince`: what began before it was written by an earlier run of the program.
 */
export function historyItem(lineId: number, shown: Shown | null, status: LineStatus, keptSince: number, now: number): HistoryItem | null {
  if (status.since === null) return null
  // A line that nothing was known of, as while we start, comes out of no other state.
  const before = shown?.since == null ? null : shown
  const code = status.cause?.code ?? null
  if (before !== null && before.state === status.state && before.code === (code ?? '')) return null
  // A new cause of the same state began now, and so did what shows after a time without data.
  const at = before !== null && (before.state === status.state || before.state === 'no-data') ? now : status.since
  if (at < keptSince) return null
  return { lineId, at, kind: status.state, cause: code, evidence: status.cause?.evidence ?? null }
}

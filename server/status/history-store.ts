/** Contract: what each line showed, and when; kept for 90 days. */
import type { Cause, CauseCode, LineState } from '#api/line.ts'

export interface HistoryItem {
  lineId: number
  /** Epoch ms from which on the line was in this state. */
  at: number
  kind: LineState
  cause: CauseCode | null
  evidence: Cause['evidence'] | null
}

export interface HistoryStore {
  /** Takes what happened, in order; may write it a little later, together with more. */
  append(items: readonly HistoryItem[]): void
  /** What happened from `from` until before `to` (epoch ms), oldest first. Sees all that was appended. */
  between(lineId: number, from: number, to: number): HistoryItem[]
  /** The state the line was in just before `from`; null if nothing older is known. */
  stateBefore(lineId: number, from: number): LineState | null
  close(): void
}

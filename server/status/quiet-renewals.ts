/**
 * Renewals of lines that show plainly ✓ with one phone: nearly all there are, and all they change is a time. They are noted here, in one row of
 * numbers a line, and taken over into the line's facts before anybody looks at these. Hot path: fact-codec.bench.ts.
 */
import { leastGapMs, periodOf, renew } from './line-facts.ts'
import type { LineRecord } from './line-record.ts'

/**
 * Contact's id (0: renewals of this line are not noted), when it was seen last, seconds granted, ms between the last two renewals, and
 * the phone's period in ms, 0 while it is still to be learned.
 */
const rowWidth = 5
/** A renewal that comes so much sooner or later than the phone's period teaches another period. */
const sooner = 0.8
const later = 1.2
/** Lines with a higher number take the long way. */
const mostLines = 1 << 22

export class QuietRenewals {
  #rows = new Float64Array(1024 * rowWidth)

  /** Notes a renewal; times in epoch ms. False if it is none of the contact that is noted, or is news. */
  note(lineId: number, contactId: number, seenAt: number, granted: number): boolean {
    const rows = this.#rows
    const at = lineId * rowWidth
    if (contactId === 0 || rows[at] !== contactId || rows[at + 2] !== granted) return false
    const gap = seenAt - (rows[at + 1] as number)
    const period = rows[at + 4] as number
    if (gap >= leastGapMs && (gap < period * sooner || gap > period * later)) return false
    rows[at + 1] = seenAt
    rows[at + 3] = gap
    return true
  }

  /** From now on this line's renewals are noted, if a renewal would change nothing that it shows. Its facts are up to date. */
  settle({ id, facts, shown }: LineRecord): void {
    const only = facts.contacts[0]
    if (only === undefined || facts.contacts.length > 1 || !isPlain(shown) || id >= mostLines) {
      this.close(id)
      return
    }
    if ((id + 1) * rowWidth > this.#rows.length) this.#grow(id)
    const rows = this.#rows
    const at = id * rowWidth
    rows[at] = only.fact.id
    rows[at + 1] = only.fact.seenAt
    rows[at + 2] = only.fact.granted
    rows[at + 3] = 0
    // A period that is still to be learned takes every gap there is.
    rows[at + 4] = only.gapBeforeThat === 0 ? 0 : periodOf(only)
  }

  /** Takes over what was noted of this line; `run` is that of the SIP role. */
  takeOver({ id, facts }: LineRecord, run: number): void {
    const at = id * rowWidth
    const held = facts.contacts[0]
    if ((this.#rows[at] ?? 0) === 0 || held === undefined) return
    const seenAt = this.#rows[at + 1] as number
    const { fact } = held
    if (seenAt <= fact.seenAt) return
    // Of several renewals only the last teaches the phone's period.
    fact.seenAt = seenAt - (this.#rows[at + 3] as number)
    renew(facts, fact.id, seenAt, fact.granted, run)
  }

  /** Nothing more of this line is noted; what was is to be taken over before. */
  close(lineId: number): void {
    const at = lineId * rowWidth
    if (at < this.#rows.length) this.#rows[at] = 0
  }

  /** Takes over all that was noted, and notes nothing more until lines are settled again. */
  end(records: Iterable<LineRecord>, run: number): void {
    for (const record of records) this.takeOver(record, run)
    this.#rows.fill(0)
  }

  #grow(lineId: number): void {
    const larger = new Float64Array(Math.min(Math.max(this.#rows.length * 2, (lineId + 1) * rowWidth), mostLines * rowWidth))
    larger.set(this.#rows)
    this.#rows = larger
  }
}

/** Registered without any doubt. */
export function isPlain(shown: LineRecord['shown']): boolean {
  return shown !== null && shown.state === 'registered' && shown.code === ''
}

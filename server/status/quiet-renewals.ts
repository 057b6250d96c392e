/**
 * Renewals of lines that show plainly ✓ with one phone: nearly all there are, and all they change is a time. They are noted here, in one row of
 * numbers a line, and taken over into the line's facts before anybody looks at these. Hot path: fact-codec.bench.ts.
 */
import { type LineFacts, leastGapMs, periodOf, renew } from './line-facts.ts'
import type { LineRecord } from './line-record.ts'
import { lateFactor, overdueMs } from './line-state.ts'

/**
 * Contact's id (0: renewals of this line are not noted), when it was seen last, and when the line is to be looked at, if nothing but the
 * contact's times says when: else 0.
 */
const timesWidth = 3
/**
 * Seconds granted, ms between the last renewals as HeldContact has them (gap, gapBefore, gapBeforeThat), and the phone's period in ms as the
 * line's facts know it, 0 while it is still to be learned.
 */
const numbersWidth = 5
/** A period that is so much shorter is news: the phone will be late sooner. A longer one may wait until somebody looks. */
const shorter = 0.8
/** 24 days. */
const longest = 0x7fffffff
/** However far the next change is, a line is looked at so often. */
export const longestPlanMs = 3600_000
/** Lines with a higher number take the long way. */
const mostLines = 1 << 22

export class QuietRenewals {
  #times = new Float64Array(1024 * timesWidth)
  #numbers = new Int32Array(1024 * numbersWidth)

  /** Notes a renewal; times in epoch ms. False if it is none of the contact that is noted, or is news. */
  note(lineId: number, contactId: number, seenAt: number, granted: number): boolean {
    const times = this.#times
    const numbers = this.#numbers
    const time = lineId * timesWidth
    const at = lineId * numbersWidth
    if (contactId === 0 || times[time] !== contactId || numbers[at] !== granted) return false
    const gap = Math.min(seenAt - (times[time + 1] as number), longest)
    if (gap >= leastGapMs) {
      const period = numbers[at + 4] as number
      // A period that is still to be learned takes every gap there is.
      if (period === 0 || Math.max(gap, numbers[at + 1] as number, numbers[at + 2] as number) < period * shorter) return false
      numbers[at + 3] = numbers[at + 2] as number
      numbers[at + 2] = numbers[at + 1] as number
      numbers[at + 1] = gap
    }
    times[time + 1] = seenAt
    return true
  }

  /**
   * The line is to be looked at, as was planned for `dueAt`. The moment for which that is put off, since its phone renewed meanwhile; 0 if it must
   * be looked at now, -1 if another plan has overtaken this one.
   */
  putOff(lineId: number, dueAt: number, now: number): number {
    const times = this.#times
    const time = lineId * timesWidth
    if ((times[time] ?? 0) === 0 || times[time + 2] === 0) return 0
    if (times[time + 2] !== dueAt) return -1
    const at = lineId * numbersWidth
    const numbers = this.#numbers
    const [gap, gapBefore, gapBeforeThat] = [numbers[at + 1] as number, numbers[at + 2] as number, numbers[at + 3] as number]
    const runsOut = (numbers[at] as number) * 1000 + overdueMs
    const period = gapBefore === 0 ? 0 : Math.max(gap, gapBefore, gapBeforeThat)
    const late = period === 0 ? runsOut : Math.ceil(period * lateFactor)
    const next = Math.min((times[time + 1] as number) + Math.min(late, runsOut), now + longestPlanMs)
    if (next <= now) return 0
    times[time + 2] = next
    // From this one on it is told whether a gap is shorter.
    numbers[at + 4] = period
    return next
  }

  /**
   * From now on this line's renewals are noted, if a renewal would change nothing that it shows. Its facts are up to date. `calm`: there was no
   * outage that may still show.
   */
  settle({ id, facts, shown, dueAt }: LineRecord, calm: boolean): void {
    const only = facts.contacts[0]
    if (only === undefined || facts.contacts.length > 1 || !isPlain(shown) || id >= mostLines) {
      this.close(id)
      return
    }
    if ((id + 1) * timesWidth > this.#times.length) this.#grow(id)
    const at = id * numbersWidth
    this.#times[id * timesWidth] = only.fact.id
    this.#times[id * timesWidth + 1] = only.fact.seenAt
    this.#times[id * timesWidth + 2] = calm && hasOnlyContacts(facts) && dueAt < Number.POSITIVE_INFINITY ? dueAt : 0
    this.#numbers[at] = only.fact.granted
    this.#numbers[at + 1] = only.gap
    this.#numbers[at + 2] = only.gapBefore
    this.#numbers[at + 3] = only.gapBeforeThat
    this.#numbers[at + 4] = periodOf(only)
  }

  /** Takes over what was noted of this line; `run` is that of the SIP role. */
  takeOver(record: LineRecord, run: number): void {
    const { id, facts } = record
    const time = id * timesWidth
    const held = facts.contacts[0]
    if ((this.#times[time] ?? 0) === 0 || held === undefined) return
    const dueAt = this.#times[time + 2] as number
    if (dueAt > 0) record.dueAt = dueAt
    const seenAt = this.#times[time + 1] as number
    const { fact } = held
    if (seenAt <= fact.seenAt) return
    const at = id * numbersWidth
    held.gap = this.#numbers[at + 1] as number
    held.gapBefore = this.#numbers[at + 2] as number
    held.gapBeforeThat = this.#numbers[at + 3] as number
    // The gap before it is among those.
    fact.seenAt = seenAt
    renew(facts, fact.id, seenAt, fact.granted, run)
  }

  /** Nothing more of this line is noted; what was is to be taken over before. */
  close(lineId: number): void {
    const time = lineId * timesWidth
    if (time < this.#times.length) this.#times[time] = 0
  }

  /** Takes over all that was noted, and notes nothing more until lines are settled again. */
  end(records: Iterable<LineRecord>, run: number): void {
    for (const record of records) this.takeOver(record, run)
    this.#times.fill(0)
  }

  #grow(lineId: number): void {
    const lines = Math.min(Math.max((this.#times.length / timesWidth) * 2, lineId + 1), mostLines)
    const times = new Float64Array(lines * timesWidth)
    const numbers = new Int32Array(lines * numbersWidth)
    times.set(this.#times)
    numbers.set(this.#numbers)
    this.#times = times
    this.#numbers = numbers
  }
}

/** Nothing else of the line changes by time alone (as nextChangeAt has it). */
function hasOnlyContacts({ answer, unstableSince, failures, blocks }: LineFacts): boolean {
  return answer === null && unstableSince === 0 && failures.length === 0 && blocks.length === 0
}

/** Registered without any doubt. */
export function isPlain(shown: LineRecord['shown']): boolean {
  return shown !== null && shown.state === 'registered' && shown.code === ''
}

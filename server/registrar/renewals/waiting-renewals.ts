/**
 * Renewals that were recognised and wait for the commit of their turn: their answers, their rows, and what their cards said before. Makes one
 * object each, which does not outlive the turn. Hot path: known-renewals.bench.ts.
 */
import { nonceIdLength, nonceIdStart } from '../../sip/digest/nonce.ts'
import type { RequestForm } from '../../sip/request-form/request-form.ts'
import { RenewalAnswers } from './renewal-answer.ts'
import * as card from './renewal-cards.ts'
import type { KnownAnswer, KnownRenewalNeeds, RenewalRules } from './renewal-needs.ts'
import { RenewalRows } from './renewal-rows.ts'

/** One that is in order. `found`: its card; `isNewNonce`: its nonce is another one than last time. */
export interface StagedRenewal {
  found: number
  count: number
  granted: number
  now: number
  ip: string
  address: number
  port: number
  local: number
  isNewNonce: boolean
}

const answersSize = 1 << 20
const mostWaiting = 1024
/** Numbers kept of each: card, CSeq and seconds granted before, seconds granted now, hash, answer, where it came from, line, whether its nonce is new. */
const width = 14

export class WaitingRenewals {
  readonly rows = new RenewalRows()
  readonly #cards: card.RenewalCards
  readonly #needs: KnownRenewalNeeds
  readonly #rules: RenewalRules
  readonly #answers: RenewalAnswers
  readonly #numbers = new Int32Array(mostWaiting * width)
  /** When each phone was seen before, and now. */
  readonly #times = new Float64Array(mostWaiting * 2)
  readonly #answer: KnownAnswer
  #count = 0

  constructor(cards: card.RenewalCards, needs: KnownRenewalNeeds, rules: RenewalRules) {
    this.#cards = cards
    this.#needs = needs
    this.#rules = rules
    this.#answers = new RenewalAnswers(answersSize, needs.lastRows, needs.retryAfter)
    const { bytes } = this.#answers
    this.#answer = { stored: true, hashLow: 0, hashHigh: 0, bytes, start: 0, end: 0, address: 0, port: 0, local: 0, at: 0 }
  }

  get count(): number {
    return this.#count
  }

  /** Whether one more may wait. */
  get hasRoom(): boolean {
    return this.#count < mostWaiting && this.#answers.hasRoom
  }

  /** Brings the card up to date and has one more wait; the request of this `form` lies in `from`. */
  stage(form: RequestForm, from: DataView, { found, count, granted, now, ip, address, port, local, isNewNonce }: StagedRenewal): void {
    const { ints, floats } = this.#cards
    const answers = this.#answers
    const at = found * card.cardSize
    const id = floats[(at >> 1) + card.bindingId] as number
    const numbers = this.#numbers
    const to = this.#count * width
    numbers[to] = found
    numbers[to + 1] = ints[at + card.cseq] as number
    numbers[to + 2] = ints[at + card.granted] as number
    numbers[to + 3] = granted
    const { low, high } = this.#needs.hasher.ofForm(form, from, ip, port)
    numbers[to + 4] = low
    numbers[to + 5] = high
    numbers[to + 6] = answers.used
    answers.write(form, from, ip, port, low, (ints[at + card.contactAndName] as number) & 0xffff, granted, now)
    numbers[to + 7] = answers.used
    numbers[to + 8] = answers.ownEnd
    numbers[to + 9] = address
    numbers[to + 10] = port
    numbers[to + 11] = local
    numbers[to + 12] = ints[at + card.lineId] as number
    numbers[to + 13] = isNewNonce ? 1 : 0
    this.#times[this.#count * 2] = floats[(at >> 1) + card.seenAt] as number
    this.#times[this.#count * 2 + 1] = now
    this.#count++
    const { rows } = this
    const place = ints[at + card.storePlace] as number
    const nonceAt = rows.add(id, now - this.#rules.clockAhead(), form.cseq, granted, count, port, nonceIdLength, place)
    const nonce = form.nonceStart + nonceIdStart
    for (let i = 0; i < nonceIdLength; i++) rows.bytes[nonceAt + i] = from.getUint8(nonce + i)
    ints[at + card.cseq] = form.cseq
    // A count that was used stays used, stored or not.
    ints[at + card.nonceCount] = count
    ints[at + card.granted] = granted
    floats[(at >> 1) + card.seenAt] = now
    ints[at + card.waitingForCommit] = (ints[at + card.waitingForCommit] as number) + 1
  }

  /** All of them are stored, or none is: tells and answers each. `clear` comes next. */
  settle(stored: boolean): void {
    if (!stored) this.#undo()
    const { ints, floats } = this.#cards
    const numbers = this.#numbers
    for (let i = 0; i < this.#count; i++) {
      const from = i * width
      const at = (numbers[from] as number) * card.cardSize
      ints[at + card.waitingForCommit] = (ints[at + card.waitingForCommit] as number) - 1
      const seenAt = this.#times[i * 2 + 1] as number
      if (stored) {
        const id = floats[(at >> 1) + card.bindingId] as number
        this.#rules.heard(id)
        this.#needs.renewed(numbers[from + 12] as number, id, seenAt, numbers[from + 3] as number)
      }
      this.#tell(from, stored, seenAt)
    }
  }

  /** Cards of those whose nonce was new. */
  *undoneNewNonces(): Generator<number> {
    for (let i = 0; i < this.#count; i++) if (this.#numbers[i * width + 13] === 1) yield this.#numbers[i * width] as number
  }

  clear(): void {
    this.#count = 0
    this.#answers.clear()
    this.rows.clear()
  }

  #tell(from: number, stored: boolean, at: number): void {
    const numbers = this.#numbers
    const answer = this.#answer
    answer.stored = stored
    answer.hashLow = numbers[from + 4] as number
    answer.hashHigh = numbers[from + 5] as number
    answer.address = (numbers[from + 9] as number) >>> 0
    answer.port = numbers[from + 10] as number
    answer.local = numbers[from + 11] as number
    answer.at = at
    const start = numbers[from + 6] as number
    if (stored) {
      answer.bytes = this.#answers.bytes
      answer.start = start
      answer.end = numbers[from + 7] as number
    } else {
      answer.bytes = Buffer.from(this.#answers.failed(start, numbers[from + 8] as number), 'latin1')
      answer.start = 0
      answer.end = answer.bytes.length
    }
    this.#needs.answered(answer)
  }

  /** The newest first: of two of one card the older holds what was stored. */
  #undo(): void {
    const { ints, floats } = this.#cards
    for (let i = this.#count - 1; i >= 0; i--) {
      const from = i * width
      const at = (this.#numbers[from] as number) * card.cardSize
      ints[at + card.cseq] = this.#numbers[from + 1] as number
      ints[at + card.granted] = this.#numbers[from + 2] as number
      floats[(at >> 1) + card.seenAt] = this.#times[i * 2] as number
    }
  }
}

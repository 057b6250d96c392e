/**
 * What every line holds now, in memory: the bindings as the store has them, those decided in this turn but not stored yet, and
 * the nonces used. Hot path: register.bench.ts.
 */
import type { Binding, EndedBinding } from './binding.ts'
import type { RegistrarLine } from './line-book.ts'

/** Nonces remembered for one line, one for each of the contacts that it may have; older ones are covered by `nonceFloor`. */
const noncesKept = 20

/** What nearly no line has: kept apart, since a million lines have one record each. */
interface Rare {
  lastEnded: EndedBinding | null
  stagedEnd: EndedBinding | null
  briefRefusals: number
  closing: boolean
  undone: boolean
  olderNonces: OlderNonces | null
}

export class HeldLine {
  readonly lineId: number
  /** As stored. */
  bindings: readonly Binding[]
  /** As decided in this turn; null when nothing waits to be stored. Later requests of a turn see the earlier ones. */
  staged: readonly Binding[] | null
  /** How many changes of this line wait to be stored. */
  waiting: number
  /** Epoch ms at which the expirer looks at this line; 0 for never. One entry a line, however often it renews. */
  wheelAt: number
  /** Number of the card by which this line's renewals are recognised (renewals/); 0 for none. */
  card: number
  /** Nearly every line uses one nonce at a time: the newest stands here, those before it, if any, among the rare. */
  #nonceId: string
  #nonceCount: number
  #rare: Rare | null
  /** Seconds: a nonce issued at or before this that is not remembered was used before, as far as we know. */
  nonceFloor: number

  constructor(lineId: number, nonceFloor = 0) {
    this.lineId = lineId
    this.bindings = none
    this.staged = null
    this.waiting = 0
    this.wheelAt = 0
    this.card = 0
    this.#nonceId = ''
    this.#nonceCount = 0
    this.#rare = null
    this.nonceFloor = nonceFloor
  }

  /** The newest decided bindings. */
  get current(): readonly Binding[] {
    return this.staged ?? this.bindings
  }

  get lastEnded(): EndedBinding | null {
    return this.#rare === null ? null : this.#rare.lastEnded
  }

  set lastEnded(ended: EndedBinding | null) {
    if (ended !== this.lastEnded) this.#withRare().lastEnded = ended
  }

  /** The same of what was decided and is not told as stored yet. */
  get stagedEnd(): EndedBinding | null {
    return this.#rare === null ? null : this.#rare.stagedEnd
  }

  set stagedEnd(ended: EndedBinding | null) {
    if (ended !== this.stagedEnd) this.#withRare().stagedEnd = ended
  }

  /** Intervals refused as too brief since the last one that was not. */
  get briefRefusals(): number {
    return this.#rare === null ? 0 : this.#rare.briefRefusals
  }

  set briefRefusals(count: number) {
    if (count !== this.briefRefusals) this.#withRare().briefRefusals = count
  }

  /** The line was closed, but the end of its bindings could not be stored yet. */
  get closing(): boolean {
    return this.#rare?.closing === true
  }

  set closing(closing: boolean) {
    if (closing !== this.closing) this.#withRare().closing = closing
  }

  /** A change of this line could not be stored, and what waits was decided as if it had been. */
  get undone(): boolean {
    return this.#rare?.undone === true
  }

  set undone(undone: boolean) {
    if (undone !== this.undone) this.#withRare().undone = undone
  }

  #withRare(): Rare {
    this.#rare ??= { lastEnded: null, stagedEnd: null, briefRefusals: 0, closing: false, undone: false, olderNonces: null }
    return this.#rare
  }

  get #older(): OlderNonces | null {
    return this.#rare === null ? null : this.#rare.olderNonces
  }

  /** Highest count seen of this nonce: 0 for a fresh one, Infinity for one that is too old to be known unused. */
  nonceCount(nonceId: string, issuedAt: number): number {
    if (nonceId === this.#nonceId) return this.#nonceCount
    const at = this.#older === null ? -1 : this.#older.ids.indexOf(nonceId)
    if (at >= 0) return this.#older?.counts[at] ?? 0
    return issuedAt < this.nonceFloor ? Number.POSITIVE_INFINITY : 0
  }

  /** Whether a phone of this line is signed in and has proven itself with this nonce. */
  isSignedInBy(nonceId: string): boolean {
    return this.current.length > 0 && (nonceId === this.#nonceId || this.#older?.ids.includes(nonceId) === true)
  }

  /** Remembers that `count` of this nonce was used; `issuedAt` in seconds. */
  useNonce(nonceId: string, count: number, issuedAtOf: (nonceId: string) => number): void {
    // The copy keeps the message that it was cut out of from living on.
    if (!this.#raise(nonceId, count)) this.#remember(Buffer.from(nonceId, 'latin1').toString('latin1'), count, issuedAtOf)
  }

  /** The same for the nonce of a stored binding, whose text is held anyway. */
  recallNonce({ nonceId, nonceCount }: Binding, issuedAtOf: (nonceId: string) => number): void {
    if (nonceId !== '' && !this.#raise(nonceId, nonceCount)) this.#remember(nonceId, nonceCount, issuedAtOf)
  }

  /** The nonce that was used last, '' for none. */
  get newestNonce(): string {
    return this.#nonceId
  }

  /** Remembers that `count` of a nonce that is remembered was used. */
  raiseNonce(nonceId: string, count: number): void {
    this.#raise(nonceId, count)
  }

  /** The nonce's text as it is held, for a binding to keep: there is to be one of it. */
  heldNonce(nonceId: string): string {
    return nonceId === this.#nonceId ? this.#nonceId : (this.#older?.ids.find((id) => id === nonceId) ?? nonceId)
  }

  /** False if the nonce is not remembered. */
  #raise(nonceId: string, count: number): boolean {
    // Of what was stored, the binding that comes last need not be the one that used the nonce last.
    if (nonceId === this.#nonceId) {
      if (count > this.#nonceCount) this.#nonceCount = count
      return true
    }
    const older = this.#older
    const at = older === null ? -1 : older.ids.indexOf(nonceId)
    if (older === null || at < 0) return false
    older.counts[at] = Math.max(count, older.counts[at] ?? 0)
    return true
  }

  #remember(nonceId: string, count: number, issuedAtOf: (nonceId: string) => number): void {
    if (this.#nonceId !== '') {
      const older = this.#older ?? { ids: [], counts: [] }
      this.#withRare().olderNonces = older
      older.ids.push(this.#nonceId)
      older.counts.push(this.#nonceCount)
      if (older.ids.length === noncesKept) {
        const oldest = older.ids.shift()
        older.counts.shift()
        if (oldest !== undefined) this.nonceFloor = Math.max(this.nonceFloor, issuedAtOf(oldest) + 1)
      }
    }
    this.#nonceId = nonceId
    this.#nonceCount = count
  }
}

const none: readonly Binding[] = []

/** Oldest first. */
interface OlderNonces {
  ids: string[]
  counts: number[]
}

/** Knows of lines what these do not know themselves yet. */
export interface RenewalNotes {
  takeOver(line: HeldLine): void
  forget(line: HeldLine): void
}

/** Whoever gets a line here sees it as it is, whatever was noted of it elsewhere. */
export class HeldLines {
  readonly #lines = new Map<number, HeldLine>()
  readonly #notes: RenewalNotes | undefined
  /** Seconds: what was used of the nonces issued before this is known of stored bindings only, so that others are taken for used. */
  nonceFloor = 0

  constructor(notes?: RenewalNotes) {
    this.#notes = notes
  }

  /** Lines with anything held or remembered. */
  get size(): number {
    return this.#lines.size
  }

  find(lineId: number): HeldLine | undefined {
    const line = this.#lines.get(lineId)
    if (line !== undefined && line.card !== 0) this.#notes?.takeOver(line)
    return line
  }

  /** The same for a line of the book, which remembers it. */
  findFor(line: RegistrarLine): HeldLine | undefined {
    if (line.held === null) line.held = this.#lines.get(line.lineId) ?? null
    if (line.held === null) return undefined
    if (line.held.card !== 0) this.#notes?.takeOver(line.held)
    return line.held
  }

  /** The line's record, made if there is none: only for a request that proved its password. */
  ofLine(line: RegistrarLine): HeldLine {
    line.held ??= this.of(line.lineId)
    if (line.held.card !== 0) this.#notes?.takeOver(line.held)
    return line.held
  }

  /** The same by the line's number. */
  of(lineId: number): HeldLine {
    let line = this.find(lineId)
    if (line === undefined) {
      line = new HeldLine(lineId, this.nonceFloor)
      this.#lines.set(lineId, line)
    }
    return line
  }

  *all(): Generator<HeldLine> {
    for (const line of this.#lines.values()) {
      if (line.card !== 0) this.#notes?.takeOver(line)
      yield line
    }
  }

  /** This line's renewals are read from now on: it changes, or may. */
  forgetCard(line: HeldLine): void {
    if (line.card !== 0) this.#notes?.forget(line)
  }
}

/**
 * The status of every line, in memory: takes facts as the SIP role tells them, lets time pass, and publishes what changed.
 * What a line shows is decided in line-state.ts; whose an attempt is, in tie-attempt.ts. Here is only what must be remembered.
 */
import type { Counts, Failure } from '#api/line.ts'
import type { LineEntry } from '../directory/directory.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { Timers } from '../runtime/timers.ts'
import { AttemptLedger } from './attempt-ledger.ts'
import { ChangeFeed } from './change-feed.ts'
import { CircleCounts } from './circle-counts.ts'
import { Deadlines } from './deadlines.ts'
import type { Fact } from './facts.ts'
import { historyItem } from './history.ts'
import type { HistoryItem, HistoryStore } from './history-store.ts'
import { bind, end, heardAt, newLineFacts, probe, renew } from './line-facts.ts'
import { LinePlaces } from './line-places.ts'
import type { LineRecord } from './line-record.ts'
import { answersFromMemory, lineStatus, nextChangeAt, noDataUntil } from './line-state.ts'
import type { World } from './main-cause.ts'
import { moveTimes, moveWorld } from './move-times.ts'
import { worldAfterLoad, worldAfterLoss, worldAtStart } from './outages.ts'
import { isPlain, longestPlanMs, QuietRenewals } from './quiet-renewals.ts'
import type { BoardEvent, LineStatus, ShownContact, StatusBoard } from './status-board.ts'
import { AddressBook } from './ties/address-book.ts'
import { PhoneIndex } from './ties/phone-index.ts'
import type { UnknownName } from './unknown-names.ts'

export interface RecorderOptions {
  clock: Clock
  timers: Timers
  random: Random
  /** Where the changes of each line are written; without it there is no history. */
  history?: Pick<HistoryStore, 'append'>
  /** How many events are kept for pages that come back; 65,536 unless given. */
  eventsKept?: number
}

/** A line that facts speak of but nobody has put is waited for this long. */
const waitForLineMs = 10 * 60_000
/** The clock was set back if it is behind by more than this. */
const clockSetBackMs = 5000
const sweepEveryMs = 60_000

export class StatusRecorder implements StatusBoard {
  readonly epoch: string
  readonly #clock: Clock
  readonly #history: Pick<HistoryStore, 'append'> | null
  readonly #feed: ChangeFeed
  readonly #counts = new CircleCounts()
  readonly #deadlines = new Deadlines()
  readonly #addresses = new AddressBook()
  readonly #phones = new PhoneIndex()
  readonly #places = new LinePlaces(this.#addresses, this.#phones)
  readonly #lines = new Map<number, LineRecord>()
  readonly #quiet = new QuietRenewals()
  /** Lines that facts spoke of before they were put, in the order of the first fact. */
  readonly #awaited = new Map<number, number>()
  readonly #attempts: AttemptLedger
  /** Lines that have to be looked at before this turn's work is done. */
  readonly #touched = new Set<LineRecord>()
  /** What the directory changed: told even if the sign stays. */
  readonly #renamed = new Set<LineRecord>()
  #world: World
  #keptSince: number
  #sweptAt: number

  constructor(options: RecorderOptions) {
    this.#clock = options.clock
    this.#history = options.history ?? null
    this.#feed = new ChangeFeed(options.clock, options.timers, options.eventsKept ?? 65_536)
    this.epoch = options.random.bytes(6).toString('hex')
    this.#attempts = new AttemptLedger(this.#lines, this.#addresses, this.#phones)
    const now = options.clock.now()
    this.#keptSince = now
    this.#sweptAt = now
    this.#world = worldAtStart(now, (entry, ip) => this.#places.neighbours(entry.accountId, this.#lines.get(entry.id), ip))
  }

  get seq(): number {
    return this.#feed.seq
  }

  get oldestSeq(): number {
    return this.#feed.oldestSeq
  }

  /** A line that is not known shows no data. */
  status(lineId: number): LineStatus {
    const record = this.#upToDate(this.#lines.get(lineId))
    if (record?.entry == null) return { sign: 'no-data', state: 'no-data', since: null, knownAt: null, cause: null }
    return lineStatus(record.entry, record.facts, this.#world)
  }

  contacts(lineId: number): ShownContact[] {
    const held = this.#upToDate(this.#lines.get(lineId))?.facts.contacts ?? []
    return held.map((one) => ({ ...one.fact, seenAt: heardAt(one), rttMs: one.rttMs }))
  }

  failures(lineId: number): Failure[] {
    const record = this.#lines.get(lineId)
    return record === undefined ? [] : this.#attempts.failures(record, this.#world.now)
  }

  /** Names that are no line's but came from this circle's address; newest first. */
  unknownNames(circleId: number): UnknownName[] {
    return this.#attempts.unknownNames.of(circleId, this.#world.now)
  }

  counts(circleId: number): Counts {
    return this.#counts.of(circleId)
  }

  eventsAfter(seq: number, circleId?: number): BoardEvent[] | 'reset' {
    return this.#feed.after(seq, circleId)
  }

  follow(listener: (event: BoardEvent) => void): () => void {
    return this.#feed.follow(listener)
  }

  putLine(entry: LineEntry): void {
    this.#passTo(this.#clock.now())
    const record = this.#record(entry.id)
    const before = record.entry
    if (before !== null && (before.circleId !== entry.circleId || before.number !== entry.number)) this.#hide(record)
    if (before !== null && before.circleId !== entry.circleId) this.#places.leave(record, this.#world.now)
    this.#awaited.delete(entry.id)
    record.entry = entry
    this.#attempts.lineIsKnown(record, before?.accountId ?? null)
    this.#settleContacts(record)
    this.#renamed.add(record)
    this.#flush()
  }

  removeLine(lineId: number): void {
    const record = this.#lines.get(lineId)
    if (record === undefined) return
    this.#hide(record)
    this.#forget(record)
  }

  apply(facts: readonly Fact[]): void {
    this.#passTo(this.#clock.now())
    for (const fact of facts) this.#take(fact)
    this.#flush()
  }

  renewed(lineId: number, contactId: number, seenAt: number, granted: number): boolean {
    return this.#quiet.note(lineId, contactId, seenAt, granted)
  }

  sipLost(at: number): void {
    this.#passTo(this.#clock.now())
    if (this.#world.sip === 'lost') return
    this.#endQuiet()
    this.#world = worldAfterLoss(this.#world, at)
    for (const record of this.#lines.values()) this.#touched.add(record)
    this.#feed.publish({ kind: 'outage', from: at, to: null })
    this.#flush()
  }

  clockSet(by: number): void {
    this.#endQuiet()
    this.#world = moveWorld(this.#world, by)
    this.#keptSince += by
    this.#sweptAt += by
    for (const [lineId, since] of this.#awaited) this.#awaited.set(lineId, since + by)
    for (const record of this.#lines.values()) moveTimes(record, by)
    this.#deadlines.move(by)
  }

  tick(now: number): void {
    this.#passTo(now)
    if (now - this.#sweptAt >= sweepEveryMs || now < this.#sweptAt) {
      this.#sweptAt = now
      this.#attempts.unknownNames.forget(now)
      for (const [lineId, since] of this.#awaited) {
        const record = this.#lines.get(lineId)
        if (since + waitForLineMs <= now && record !== undefined) this.#forget(record)
      }
    }
    this.#addresses.sweep(now)
    this.#flush()
  }

  /** The click on a trunk's ? that signs in here: the answer stands for ten minutes for all viewers. Of other lines: what they show. */
  answerFromMemory(lineId: number): LineStatus {
    const now = this.#clock.now()
    this.#passTo(now)
    const record = this.#upToDate(this.#lines.get(lineId))
    if (record?.entry != null && answersFromMemory(record.entry)) {
      const known = lineStatus(record.entry, { ...record.facts, answer: { at: now, registered: false } }, this.#world)
      // While nothing is known, nothing is promised for ten minutes.
      if (known.sign === 'no-data') return known
      record.facts.answer = { at: now, registered: known.sign === 'registered' }
      this.#touched.add(record)
      this.#flush()
    }
    return this.status(lineId)
  }

  /** What another login server said of a line of its own. */
  remoteAnswered(lineId: number, registered: boolean, at: number): void {
    this.#passTo(this.#clock.now())
    const record = this.#lines.get(lineId)
    if (record === undefined) return
    record.facts.answer = { at, registered }
    this.#touched.add(record)
    this.#flush()
  }

  #take(fact: Fact): void {
    switch (fact.kind) {
      case 'bound': {
        const record = this.#upToDate(this.#record(fact.lineId))
        bind(record.facts, fact.contact, this.#world.run)
        this.#settleContacts(record)
        return
      }
      case 'renewed': {
        const record = this.#upToDate(this.#record(fact.lineId))
        if (!renew(record.facts, fact.contactId, fact.seenAt, fact.granted, this.#world.run)) return
        // What showed plainly ✓ still does: only the next look may have to be earlier.
        if (!isPlain(record.shown)) this.#touched.add(record)
        else if (record.entry !== null) {
          this.#plan(record)
          this.#quiet.settle(record, this.#world.outages.length === 0)
        }
        return
      }
      case 'ended': {
        const record = this.#upToDate(this.#record(fact.lineId))
        end(record.facts, fact.at, fact.how, fact.contact)
        this.#settleContacts(record)
        return
      }
      case 'probed': {
        const record = this.#upToDate(this.#record(fact.lineId))
        if (probe(record.facts, fact.contactId, fact.at, fact.rttMs)) this.#touched.add(record)
        return
      }
      case 'failed': {
        if (fact.attempt.lineId !== 0) this.#record(fact.attempt.lineId)
        const record = this.#attempts.take(fact.attempt, this.#world.now)
        if (record === null) return
        this.#touched.add(record)
        if (record.shown !== null && record.shown.code !== '') this.#renamed.add(record)
        return
      }
      case 'blocked':
      case 'unblocked': {
        const record = this.#upToDate(this.#record(fact.lineId))
        this.#attempts.block(record, fact)
        this.#touched.add(record)
        return
      }
      case 'loaded':
        this.#loaded(fact.at, fact.downSince)
        return
    }
  }

  #loaded(at: number, downSince: number): void {
    this.#endQuiet()
    if (this.#world.sip !== 'lost' && downSince > 0) this.#keptSince = downSince
    const { world, ended } = worldAfterLoad(this.#world, at, downSince)
    this.#world = world
    if (ended !== null) this.#feed.publish({ kind: 'outage', ...ended })
    for (const record of this.#lines.values()) {
      // What the new run of the SIP role did not tell of again has ended while nobody looked.
      const gone = record.facts.contacts.filter((one) => one.run !== this.#world.run)
      for (const held of gone) end(record.facts, Math.min(at, held.fact.expiresAt), 'expired', held.fact)
      if (gone.length > 0) this.#settleContacts(record)
      else this.#touched.add(record)
    }
  }

  #record(lineId: number): LineRecord {
    let record = this.#lines.get(lineId)
    if (record === undefined) {
      record = { id: lineId, entry: null, facts: newLineFacts(), shown: null, dueAt: Number.POSITIVE_INFINITY, places: '' }
      this.#lines.set(lineId, record)
      this.#awaited.set(lineId, this.#world.now)
    }
    return record
  }

  /** The record with the renewals that were only noted. */
  #upToDate<Found extends LineRecord | undefined>(record: Found): Found {
    if (record !== undefined) this.#quiet.takeOver(record, this.#world.run)
    return record
  }

  #endQuiet(): void {
    this.#quiet.end(this.#lines.values(), this.#world.run)
  }

  /** After a line's bindings changed. */
  #settleContacts(record: LineRecord): void {
    this.#touched.add(record)
    this.#places.settle(record, this.#world.now)
  }

  #forget(record: LineRecord): void {
    this.#quiet.close(record.id)
    this.#places.leave(record, this.#world.now)
    this.#phones.remove(record.id)
    this.#attempts.lineIsGone(record)
    this.#lines.delete(record.id)
    this.#awaited.delete(record.id)
    this.#touched.delete(record)
    this.#renamed.delete(record)
  }

  /** Moves the present on, and looks at every line whose time has come. */
  #passTo(now: number): void {
    const setBack = now < this.#world.now - clockSetBackMs
    this.#world.now = setBack ? now : Math.max(now, this.#world.now)
    if (setBack) for (const record of this.#lines.values()) this.#touched.add(record)
    for (;;) {
      const due = this.#deadlines.takeDue(this.#world.now)
      if (due === null) break
      const later = this.#quiet.putOff(due.lineId, due.at, this.#world.now)
      if (later > 0) this.#deadlines.add(later, due.lineId)
      const record = later === 0 ? this.#upToDate(this.#lines.get(due.lineId)) : undefined
      if (record === undefined || record.dueAt !== due.at) continue
      // Else what was noted would bring the plan back that is over now.
      this.#quiet.close(record.id)
      record.dueAt = Number.POSITIVE_INFINITY
      this.#attempts.forget(record, this.#world.now)
      this.#touched.add(record)
    }
    this.#flush()
  }

  /** Decides anew what the touched lines show; then, when all is consistent, tells it. */
  #flush(): void {
    if (this.#touched.size + this.#renamed.size === 0) return
    const items: HistoryItem[] = []
    const changed: LineRecord[] = []
    const circles = new Set<number>()
    for (const record of this.#renamed) this.#touched.add(record)
    for (const record of this.#touched) {
      if (record.entry === null) continue
      if (this.#evaluate(record, record.entry, items, circles) || this.#renamed.has(record)) changed.push(record)
      this.#quiet.settle(record, this.#world.outages.length === 0)
    }
    this.#touched.clear()
    this.#renamed.clear()
    if (items.length > 0) this.#history?.append(items)
    for (const { entry, shown, id } of changed) {
      if (entry !== null && shown !== null) this.#feed.change({ kind: 'line', lineId: id, circleId: entry.circleId })
    }
    for (const circleId of circles) this.#feed.change({ kind: 'counts', circleId })
  }

  #evaluate(record: LineRecord, entry: LineEntry, items: HistoryItem[], circles: Set<number>): boolean {
    this.#upToDate(record)
    this.#plan(record)
    const status = lineStatus(entry, record.facts, this.#world)
    const before = record.shown
    const code = status.cause?.code ?? ''
    const sameSign = before !== null && before.sign === status.sign && before.state === status.state
    if (sameSign && before.code === code && before.since === status.since) return false
    // Late or unstable, a registered line counts as it did.
    if (before === null || before.sign !== status.sign || (before.state === 'never') !== (status.state === 'never')) {
      if (before !== null) this.#counts.remove(entry.circleId, before.sign, before.state)
      this.#counts.add(entry.circleId, status.sign, status.state)
      circles.add(entry.circleId)
    }
    if (this.#history !== null) {
      const item = historyItem(record.id, before, status, this.#keptSince, this.#world.now, noDataUntil(record.facts))
      if (item !== null) items.push(item)
    }
    record.shown = { sign: status.sign, state: status.state, since: status.since, code }
    return true
  }

  #plan(record: LineRecord): void {
    const change = nextChangeAt(record.facts, this.#world)
    if (change === Number.POSITIVE_INFINITY) return
    // A look that comes too early does no harm, it plans the next one: so a renewal need not touch the heap, and plans that were overtaken do not pile up.
    const next = Math.min(change, this.#world.now + longestPlanMs)
    if (next >= record.dueAt) return
    record.dueAt = next
    this.#deadlines.add(next, record.id)
  }

  /** Takes a line out of the counts and off the pages. */
  #hide(record: LineRecord): void {
    const { entry, shown } = record
    if (entry === null || shown === null) return
    record.shown = null
    this.#counts.remove(entry.circleId, shown.sign, shown.state)
    this.#feed.publish({ kind: 'gone', lineId: record.id, number: entry.number, circleId: entry.circleId })
    this.#feed.change({ kind: 'counts', circleId: entry.circleId })
  }
}

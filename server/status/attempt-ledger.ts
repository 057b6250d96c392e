/** Books each failed attempt on the line, the circle or nobody it belongs to, within limits that no attacker can stretch. */
import type { CauseCode, Failure } from '#api/line.ts'
import type { Fact, FailedAttempt } from './facts.ts'
import { block, type FailureGroup, fail, failureLifeMs, findGroup, forgetFailures, unblock } from './line-facts.ts'
import type { LineRecord } from './line-record.ts'
import { signRule } from './line-state.ts'
import { type AddressBook, addressKey } from './ties/address-book.ts'
import { AttemptLimits } from './ties/attempt-limits.ts'
import type { PhoneIndex } from './ties/phone-index.ts'
import { type KnownLine, type Tied, type TieWorld, tieAttempt } from './ties/tie-attempt.ts'
import { UnknownNames } from './unknown-names.ts'

export class AttemptLedger {
  readonly unknownNames = new UnknownNames()
  readonly #lines: ReadonlyMap<number, LineRecord>
  readonly #addresses: AddressBook
  readonly #limits = new AttemptLimits()
  readonly #ofAccount = new Map<number, Set<number>>()
  readonly #world: TieWorld
  #now = 0

  constructor(lines: ReadonlyMap<number, LineRecord>, addresses: AddressBook, phones: PhoneIndex) {
    this.#lines = lines
    this.#addresses = addresses
    const known = (ids: Iterable<number>) => [...this.#known(ids)]
    this.#world = {
      customerAt: (ip) => addresses.customerAt(addressKey(ip), this.#now),
      sameDevice: (phone) => known(phones.sameDevice(phone)),
      sameCallId: (phone) => known(phones.sameCallId(phone)),
      sameSource: (phone) => known(phones.sameSource(phone)),
      linesOf: (accountId) => this.#known(this.#ofAccount.get(accountId) ?? []),
    }
  }

  /** Books the attempt. Returns the line it was booked on, null if on none. */
  take(attempt: FailedAttempt, now: number): LineRecord | null {
    this.#now = now
    const address = addressKey(attempt.ip)
    const tied = this.#tie(attempt, address, now)
    switch (tied?.kind) {
      case 'line': {
        const record = this.#lines.get(tied.lineId)
        return record !== undefined && this.#book(record, attempt, address, tied.tie, now) ? record : null
      }
      case 'circle':
        this.unknownNames.add(tied.circleId, attempt)
        return null
      case 'nobody':
      case undefined:
        return null
    }
  }

  /** A block concerns the line, or was lifted. */
  block(record: LineRecord, fact: Fact & { kind: 'blocked' | 'unblocked' }): void {
    const { entry, facts } = record
    if (fact.kind === 'unblocked') {
      unblock(facts, fact.banId)
      return
    }
    const told = fact.block
    block(facts, { ...told, home: entry !== null && this.#addresses.usedBy(entry.circleId, addressKey(told.from), told.since) })
  }

  /** The directory told of the line, or of another account for it. */
  lineIsKnown(record: LineRecord, accountBefore: number | null): void {
    const { entry } = record
    if (entry === null) return
    if (accountBefore !== null && accountBefore !== entry.accountId) this.#leaveAccount(accountBefore, record.id)
    const lines = this.#ofAccount.get(entry.accountId) ?? new Set<number>()
    this.#ofAccount.set(entry.accountId, lines.add(record.id))
    // Attempts may have come before the line was told of.
    for (const one of record.facts.blocks) one.home ||= this.#addresses.usedBy(entry.circleId, addressKey(one.from), one.since)
    for (const group of record.facts.failures) group.home ||= this.#addresses.usedBy(entry.circleId, addressKey(group.from), group.lastAt)
  }

  lineIsGone(record: LineRecord): void {
    for (const group of record.facts.failures) this.#gone(group)
    if (record.entry !== null) this.#leaveAccount(record.entry.accountId, record.id)
  }

  /** Drops what is older than a day. */
  forget(record: LineRecord, now: number): void {
    for (const group of forgetFailures(record.facts, now)) this.#gone(group)
  }

  /** As the API shows them, newest first. */
  failures(record: LineRecord, now: number): Failure[] {
    return record.facts.failures
      .filter((one) => one.lastAt + failureLifeMs > now)
      .sort((one, other) => other.lastAt - one.lastAt)
      .map((one) => ({
        at: new Date(one.lastAt).toISOString(),
        cause: one.code,
        from: one.from,
        userAgent: one.userAgent,
        username: one.username,
        count: one.count,
      }))
  }

  #tie(attempt: FailedAttempt, address: string, now: number): Tied | null {
    if (attempt.lineId !== 0) return tieAttempt(attempt, this.#world)
    const phone = `${attempt.port} ${attempt.username} ${attempt.callId} ${attempt.instance}`
    return this.#limits.tieOf(address, phone, now, () => tieAttempt(attempt, this.#world))
  }

  #book(record: LineRecord, attempt: FailedAttempt, address: string, tie: FailureGroup['tie'], now: number): boolean {
    const { facts, entry } = record
    const home = entry !== null && this.#addresses.usedBy(entry.circleId, address, now)
    const code = codeOf(attempt)
    const known = findGroup(facts, code, attempt.ip, attempt.username) !== undefined
    if (!known && !this.#limits.mayAddGroup(address, home)) return false
    const recorded = fail(facts, attempt, code, tie, home)
    if (recorded.isNew) this.#limits.groupAdded(address)
    if (recorded.dropped !== null) this.#gone(recorded.dropped)
    return true
  }

  #gone(group: FailureGroup): void {
    this.#limits.groupGone(addressKey(group.from))
  }

  #leaveAccount(accountId: number, lineId: number): void {
    const lines = this.#ofAccount.get(accountId)
    lines?.delete(lineId)
    if (lines?.size === 0) this.#ofAccount.delete(accountId)
  }

  *#known(ids: Iterable<number>): Generator<KnownLine> {
    for (const id of ids) {
      const record = this.#lines.get(id)
      if (record?.entry == null) continue
      const { entry } = record
      yield {
        lineId: id,
        accountId: entry.accountId,
        circleId: entry.circleId,
        username: entry.username,
        registered: record.facts.contacts.length > 0,
        signsIn: entry.loginServer.kind === 'main' && signRule(entry) !== 'not-needed',
      }
    }
  }
}

function codeOf(attempt: FailedAttempt): CauseCode {
  return attempt.code === 'unknown-user' ? 'wrong-username' : attempt.code
}

/** What is remembered of one line: its live contacts, how the last one ended, and the attempts that failed. Kept small: there may be a million. */
import type { CauseCode } from '#api/line.ts'
import type { EndHow } from '../registrar/binding.ts'
import type { ContactFact, FailedAttempt } from './facts.ts'
import type { Tie } from './ties/tie-attempt.ts'

export interface HeldContact {
  fact: ContactFact
  /** The newest times between two renewals, in ms, at most three: the phone's own period. */
  gaps: number[]
  /** Which run of the SIP role told of it; one of an earlier run is not known to live. */
  run: number
}

export interface EndOfBinding {
  at: number
  how: EndHow
  contact: ContactFact
  /** The phone's own period in ms, 0 if it was never learned. */
  period: number
}

/** Failed attempts of one kind, from one address, under one name. */
export interface FailureGroup {
  code: CauseCode
  from: string
  username: string
  userAgent: string
  /** The domain that was asked for. */
  domain: string
  transport: string
  /** What ties them to the line; null when they named it exactly. */
  tie: Tie | null
  count: number
  firstAt: number
  lastAt: number
  /** The same, only since the line's last binding ended. */
  countSinceEnd: number
  firstSinceEnd: number
  /** Whether the line's circle had an accepted binding from this address. */
  home: boolean
  /** The live contact whose own phone made the newest of them, 0 if another phone did. */
  contactId: number
}

/** What another login server, or memory on a click, answered. */
export interface Answer {
  at: number
  registered: boolean
}

export interface LineFacts {
  contacts: HeldContact[]
  /** When the line came to have a binding at all; meaningful while it has one. */
  boundSince: number
  lastEnd: EndOfBinding | null
  /** When the line's last binding ended, oldest first, of the last hour. */
  ends: number[]
  /** When the line became unstable, 0 if it is not (see `isUnstable`). */
  unstableSince: number
  failures: FailureGroup[]
  answer: Answer | null
}

const minute = 60_000
export const failureLifeMs = 24 * 60 * minute
const groupsPerLine = 20
const endsKept = 100
const endsForUnstable = 6
const unstableWindowMs = 60 * minute
export const unstableQuietMs = 30 * minute
const gapsKept = 3
/** Two REGISTERs closer than this are one phone starting, not its period. */
const leastGapMs = 5000

export function newLineFacts(): LineFacts {
  return { contacts: [], boundSince: 0, lastEnd: null, ends: [], unstableSince: 0, failures: [], answer: null }
}

/** A binding that is new, changed, or told again. */
export function bind(facts: LineFacts, contact: ContactFact, run: number): void {
  const held = facts.contacts.find((one) => one.fact.id === contact.id)
  if (held === undefined) {
    facts.boundSince = facts.contacts.length === 0 ? contact.boundAt : Math.min(facts.boundSince, contact.boundAt)
    facts.contacts.push({ fact: { ...contact }, gaps: [], run })
    return
  }
  learnGap(held, contact.seenAt)
  held.fact = { ...contact }
  held.run = run
}

/** A renewal that changed nothing but the time. False if no such contact is held. */
export function renew(facts: LineFacts, contactId: number, seenAt: number, granted: number, run: number): boolean {
  for (const held of facts.contacts) {
    if (held.fact.id !== contactId) continue
    learnGap(held, seenAt)
    held.fact.seenAt = seenAt
    held.fact.granted = granted
    held.fact.expiresAt = seenAt + granted * 1000
    held.run = run
    return true
  }
  return false
}

function learnGap(held: HeldContact, seenAt: number): void {
  const gap = seenAt - held.fact.seenAt
  if (gap < leastGapMs) return
  held.gaps.push(gap)
  if (held.gaps.length > gapsKept) held.gaps.shift()
}

/** The phone's own ms between renewals: the longest of the last three; 0 before two were seen. */
export function periodOf(held: HeldContact): number {
  return held.gaps.length < 2 ? 0 : Math.max(...held.gaps)
}

/** A binding ended. Counts towards `unstable` when the line has none left, and none took its place. */
export function end(facts: LineFacts, at: number, how: EndHow, contact: ContactFact): void {
  const index = facts.contacts.findIndex((one) => one.fact.id === contact.id)
  const held = index < 0 ? undefined : facts.contacts.splice(index, 1)[0]
  // Expiry is found out a little late, after a restart very late: what counts is when the time ran out.
  const when = how === 'expired' ? Math.min(at, contact.expiresAt) : at
  if (facts.lastEnd === null || facts.lastEnd.at <= when) {
    facts.lastEnd = { at: when, how, contact, period: held === undefined ? 0 : periodOf(held) }
  }
  if (held !== undefined && facts.contacts.length === 0 && how !== 'replaced' && how !== 'evicted') countEnd(facts, when)
}

function countEnd(facts: LineFacts, at: number): void {
  const last = facts.ends.at(-1) ?? 0
  if (facts.unstableSince > 0 && at - last >= unstableQuietMs) {
    facts.ends = []
    facts.unstableSince = 0
  }
  facts.ends = facts.ends.filter((one) => one > at - unstableWindowMs).slice(1 - endsKept)
  facts.ends.push(at)
  if (facts.unstableSince === 0 && facts.ends.length >= endsForUnstable) facts.unstableSince = at
}

/** Six ends of the last binding within an hour, until half an hour passed without one. */
export function isUnstable(facts: LineFacts, now: number): boolean {
  return facts.unstableSince > 0 && now - (facts.ends.at(-1) ?? 0) < unstableQuietMs
}

/** Ends of the last hour. */
export function endsWithinHour(facts: LineFacts, now: number): number[] {
  return facts.ends.filter((one) => one > now - unstableWindowMs)
}

/** What one more attempt did to the line's groups; `dropped` is a group that had to make room, or that was over. */
export interface Recorded {
  group: FailureGroup
  isNew: boolean
  dropped: FailureGroup | null
}

export function findGroup(facts: LineFacts, code: CauseCode, from: string, username: string): FailureGroup | undefined {
  return facts.failures.find((one) => one.code === code && one.from === from && one.username === username)
}

/** Adds a failed attempt to its group. When a line has too many groups, strangers' oldest makes room first. */
export function fail(facts: LineFacts, attempt: FailedAttempt, code: CauseCode, tie: Tie | null, home: boolean): Recorded {
  const phone = facts.contacts.find((one) => isSamePhone(one.fact, attempt))
  const contactId = phone !== undefined && (tie === null || tie === 'call-id') ? phone.fact.id : 0
  const endedAt = facts.lastEnd?.at ?? 0
  const known = findGroup(facts, code, attempt.ip, attempt.username)
  if (known !== undefined) {
    if (known.lastAt <= endedAt) {
      known.countSinceEnd = 0
      known.firstSinceEnd = attempt.at
    }
    known.count++
    known.countSinceEnd++
    known.lastAt = Math.max(known.lastAt, attempt.at)
    known.userAgent = attempt.userAgent
    known.domain = attempt.toDomain
    known.transport = attempt.transport
    known.tie = known.tie === null ? null : tie
    known.home = home
    known.contactId = contactId
    return { group: known, isNew: false, dropped: null }
  }
  const group: FailureGroup = {
    code,
    from: attempt.ip,
    username: attempt.username,
    userAgent: attempt.userAgent,
    domain: attempt.toDomain,
    transport: attempt.transport,
    tie,
    count: 1,
    firstAt: attempt.at,
    lastAt: attempt.at,
    countSinceEnd: 1,
    firstSinceEnd: attempt.at,
    home,
    contactId,
  }
  facts.failures.push(group)
  return { group, isNew: true, dropped: facts.failures.length > groupsPerLine ? makeRoom(facts) : null }
}

function makeRoom(facts: LineFacts): FailureGroup | null {
  let worst = 0
  facts.failures.forEach((one, index) => {
    const than = facts.failures[worst]
    // The one just added is last: among equals it stays.
    if (than !== undefined && (one.home !== than.home ? !one.home : one.lastAt < than.lastAt)) worst = index
  })
  return facts.failures.splice(worst, 1)[0] ?? null
}

function isSamePhone(contact: ContactFact, attempt: FailedAttempt): boolean {
  if (attempt.instance !== '' && contact.instance !== '') return attempt.instance === contact.instance
  return attempt.callId === contact.callId || (attempt.ip === contact.ip && attempt.port === contact.port)
}

/** Takes out the groups that are older than a day and returns them. */
export function forgetFailures(facts: LineFacts, now: number): FailureGroup[] {
  if (!facts.failures.some((one) => one.lastAt + failureLifeMs <= now)) return []
  const over = facts.failures.filter((one) => one.lastAt + failureLifeMs <= now)
  facts.failures = facts.failures.filter((one) => one.lastAt + failureLifeMs > now)
  return over
}

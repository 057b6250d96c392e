/** What is remembered of one line: its live contacts, how the last one ended, and the attempts that failed. Kept small: there may be a million. */
import type { CauseCode } from '#api/line.ts'
import type { EndHow } from '../registrar/binding.ts'
import type { Block, ContactFact, FailedAttempt } from './facts.ts'
import type { Tie } from './ties/tie-attempt.ts'

export interface HeldContact {
  fact: ContactFact
  /** The newest three times between two renewals, in ms, newest first; 0 for none: the phone's own period. Numbers, not a list: a million have them. */
  gap: number
  gapBefore: number
  gapBeforeThat: number
  /** Which run of the SIP role told of it; one of an earlier run is not known to live. */
  run: number
  /** ms of the newest round trip that was told; null before the first. */
  rttMs: number | null
  /** When it last answered a question of ours; null if it never did. */
  answeredAt: number | null
  /** Since when it has not answered; 0 while it does. */
  silentSince: number
  /** Our own restart cut the connection that it came over; it has to come back over another. */
  cut: boolean
}

export interface EndOfBinding {
  at: number
  how: EndHow
  contact: ContactFact
  /** The phone's own period in ms, 0 if it was never learned. */
  period: number
  /** It never came back after our own restart had cut its connection. */
  cut: boolean
  /** So many ms after its time ran out that was found out: nobody served meanwhile, in whichever run of ours. */
  foundLate?: number
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

export interface LineBlock extends Block {
  /** Whether the line's circle had an accepted binding from this address. */
  home: boolean
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
  /** Newest last; nearly always none. */
  blocks: readonly LineBlock[]
  answer: Answer | null
}

const minute = 60_000
export const failureLifeMs = 24 * 60 * minute
const groupsPerLine = 20
const endsKept = 100
const endsForUnstable = 6
const unstableWindowMs = 60 * minute
export const unstableQuietMs = 30 * minute
/** Two REGISTERs closer than this are one phone starting, not its period. */
export const leastGapMs = 5000

const noBlocks: readonly LineBlock[] = []
const blocksPerLine = 8

export function newLineFacts(): LineFacts {
  return { contacts: [], boundSince: 0, lastEnd: null, ends: [], unstableSince: 0, failures: [], blocks: noBlocks, answer: null }
}

/** A binding that is new, changed, or told again. */
export function bind(facts: LineFacts, contact: ContactFact, run: number): void {
  const cut = contact.cut === true
  const held = facts.contacts.find((one) => one.fact.id === contact.id)
  if (held === undefined) {
    facts.boundSince = facts.contacts.length === 0 ? contact.boundAt : Math.min(facts.boundSince, contact.boundAt)
    // A million lines have one each: `concat` makes no room for more, as a push and `[...contacts, one]` do.
    facts.contacts = facts.contacts.concat({
      fact: { ...contact },
      gap: 0,
      gapBefore: 0,
      gapBeforeThat: 0,
      run,
      rttMs: null,
      answeredAt: null,
      silentSince: 0,
      cut,
    })
    return
  }
  heard(held, contact.seenAt, run)
  held.fact = { ...contact }
  held.cut = cut
}

/** A renewal that changed nothing but the time. False if no such contact is held. */
export function renew(facts: LineFacts, contactId: number, seenAt: number, granted: number, run: number): boolean {
  for (const held of facts.contacts) {
    if (held.fact.id !== contactId) continue
    heard(held, seenAt, run)
    held.fact.seenAt = seenAt
    held.fact.granted = granted
    held.fact.expiresAt = seenAt + granted * 1000
    return true
  }
  return false
}

/** A REGISTER of the phone that is not in its fact yet. */
function heard(held: HeldContact, at: number, run: number): void {
  learnGap(held, at)
  if (heardAt(held) > at) held.answeredAt = heardAt(held)
  held.silentSince = 0
  held.cut = false
  held.run = run
}

/** We asked the phone at `at`, and it answered within `rttMs`, or has been silent since (null). False if no such contact is held. */
export function probe(facts: LineFacts, contactId: number, at: number, rttMs: number | null): boolean {
  const held = facts.contacts.find((one) => one.fact.id === contactId)
  if (held === undefined) return false
  if (rttMs === null) {
    held.silentSince = at
    return true
  }
  held.rttMs = rttMs
  held.answeredAt = Math.max(heardAt(held), at)
  held.silentSince = 0
  return true
}

/** When the phone was heard last, in whichever way. */
export function heardAt({ fact, answeredAt }: HeldContact): number {
  return answeredAt === null ? fact.seenAt : Math.max(fact.seenAt, answeredAt)
}

function learnGap(held: HeldContact, seenAt: number): void {
  const gap = seenAt - held.fact.seenAt
  if (gap < leastGapMs) return
  held.gapBeforeThat = held.gapBefore
  held.gapBefore = held.gap
  held.gap = gap
}

/** The phone's own ms between renewals: the longest of the last three; 0 before two were seen. */
export function periodOf(held: HeldContact): number {
  return held.gapBefore === 0 ? 0 : Math.max(held.gap, held.gapBefore, held.gapBeforeThat)
}

/** A binding ended. Counts towards `unstable` when the line has none left, and none took its place. */
export function end(facts: LineFacts, at: number, how: EndHow, contact: ContactFact): void {
  const index = facts.contacts.findIndex((one) => one.fact.id === contact.id)
  const held = index < 0 ? undefined : facts.contacts.splice(index, 1)[0]
  // Expiry is found out a little late, after a restart very late: what counts is when the time ran out.
  const when = how === 'expired' ? Math.min(at, contact.expiresAt) : at
  if (facts.lastEnd === null || facts.lastEnd.at <= when) {
    const foundLate = at - when
    facts.lastEnd = { at: when, how, contact, period: held === undefined ? 0 : periodOf(held), cut: held?.cut === true, foundLate }
  }
  // What our own restart did is no coming and going of the phone.
  if (held !== undefined && !held.cut && facts.contacts.length === 0 && how !== 'replaced' && how !== 'evicted') countEnd(facts, when)
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

/** A block of attempts that named the line. */
export function block(facts: LineFacts, added: LineBlock): void {
  facts.blocks = [...facts.blocks.filter((one) => one.banId !== added.banId && one.until > added.since), added].slice(-blocksPerLine)
}

/** A block was lifted. */
export function unblock(facts: LineFacts, banId: number): void {
  facts.blocks = facts.blocks.filter((one) => one.banId !== banId)
}

/** Takes out the groups that are older than a day and returns them. */
export function forgetFailures(facts: LineFacts, now: number): FailureGroup[] {
  if (!facts.failures.some((one) => one.lastAt + failureLifeMs <= now)) return []
  const over = facts.failures.filter((one) => one.lastAt + failureLifeMs <= now)
  facts.failures = facts.failures.filter((one) => one.lastAt + failureLifeMs > now)
  return over
}

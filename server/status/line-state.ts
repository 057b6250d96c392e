/** What one line shows: its type, its login server, what is remembered of it and the time in; sign, state, age and cause out. Pure. */
import type { LineEntry } from '../directory/directory.ts'
import { typeRegisters } from '../directory/line-type.ts'
import {
  type EndOfBinding,
  failureLifeMs,
  type HeldContact,
  heardAt,
  isUnstable,
  type LineFacts,
  periodOf,
  unstableQuietMs,
} from './line-facts.ts'
import { closedCause, doubtOf, mainCause, type Outage, outageCause, silentSince, type World } from './main-cause.ts'
import type { LineStatus } from './status-board.ts'

/** How a line's sign comes about. `asked`: another server that we ask every minute; `pushed`: one that tells us. */
export type SignRule = 'not-needed' | 'ask' | 'live' | 'asked' | 'pushed'

const answerLifeMs = 10 * 60_000
/** Three rounds of asking without an answer: then it is no longer known. */
const askedLifeMs = 3 * 60_000
/** The SIP role tells of an expiry within a second or two. When it does not, the binding is over all the same. */
export const overdueMs = 10_000
export const lateFactor = 1.2
const settleMs = 60_000

/** The first rule that fits. */
export function signRule(entry: LineEntry): SignRule {
  const { type, loginServer } = entry
  const trunk = type === 'sip-trunk' || type === 'sip-trunk-2'
  if (!typeRegisters(type) || (trunk && entry.auth === 'ip')) return 'not-needed'
  if (type === 'sip-trunk' && !loginServer.pushes) return 'ask'
  if (loginServer.kind === 'main') return 'live'
  if (loginServer.pushes) return 'pushed'
  return type === 'sip-trunk-2' ? 'asked' : 'ask'
}

export function lineStatus(entry: LineEntry, facts: LineFacts, world: World): LineStatus {
  const rule = signRule(entry)
  switch (rule) {
    case 'not-needed':
      return { sign: 'not-needed', state: 'not-needed', since: null, knownAt: null, cause: null }
    case 'live':
      return liveStatus(entry, facts, world)
    case 'ask':
      return askStatus(entry, facts, world)
    case 'asked':
    case 'pushed':
      return followedStatus(entry, facts, world, rule === 'asked' ? askedLifeMs : Number.POSITIVE_INFINITY)
  }
}

/** Whether a click is answered from memory: a trunk that signs in here. */
export function answersFromMemory(entry: LineEntry): boolean {
  return signRule(entry) === 'ask' && entry.loginServer.kind === 'main'
}

function askStatus(entry: LineEntry, facts: LineFacts, world: World): LineStatus {
  const { answer } = facts
  if (answer === null) return { sign: 'ask', state: 'not-asked', since: null, knownAt: null, cause: null }
  if (world.now >= answer.at + answerLifeMs) {
    const lastKnown = { ...answered(answer.registered), at: answer.at }
    return { sign: 'ask', state: 'not-asked', since: null, knownAt: answer.at, cause: null, lastKnown }
  }
  if (!answersFromMemory(entry)) return remoteStatus(entry, facts)
  // While an answer stands we know better than it what happened since: the sign must not lie for the rest of its ten minutes.
  const live = liveStatus(entry, facts, world)
  return live.sign === 'no-data' ? live : { ...live, knownAt: Math.max(answer.at, live.since ?? 0, newestSeen(facts)) }
}

function followedStatus(entry: LineEntry, facts: LineFacts, world: World, lifeMs: number): LineStatus {
  const { answer } = facts
  if (answer !== null && world.now < answer.at + lifeMs) return remoteStatus(entry, facts)
  const none: LineStatus = { sign: 'no-data', state: 'no-data', since: null, knownAt: null, cause: null }
  if (answer === null) return none
  return { ...none, since: answer.at + lifeMs, knownAt: answer.at, lastKnown: { ...answered(answer.registered), at: answer.at } }
}

/** Another server says only yes or no: a reason of ours may explain a no, but what happened there is not known. */
function remoteStatus(entry: LineEntry, facts: LineFacts): LineStatus {
  const at = facts.answer?.at ?? null
  const registered = facts.answer?.registered === true
  const closed = registered ? null : closedCause(entry)
  if (closed !== null) return { sign: 'unregistered', knownAt: at, ...closed }
  return { ...answered(registered), since: at, knownAt: at, cause: null }
}

function answered(registered: boolean): Pick<LineStatus, 'sign' | 'state'> {
  return registered ? { sign: 'registered', state: 'registered' } : { sign: 'unregistered', state: 'left' }
}

function liveStatus(entry: LineEntry, facts: LineFacts, world: World): LineStatus {
  if (world.sip === 'lost') return lostStatus(entry, facts, world)
  const live = liveContacts(facts, world)
  if (live.length > 0) return boundStatus(entry, facts, live, world.now)
  if (world.sip === 'starting') {
    return { sign: 'no-data', state: 'no-data', since: null, knownAt: null, cause: outageCause(world.outages.at(-1)) }
  }
  const waits = facts.contacts.some((one) => one.cut && mayLive(one, world))
  const last = lastEnd(facts)
  const outage = waits ? (world.outages.at(-1) ?? { from: newestSeen(facts), to: null }) : outageThatEnded(last, world)
  if (outage !== null) return cutOffStatus(outage)
  return { sign: 'unregistered', knownAt: world.now, ...mainCause(entry, facts, last, world) }
}

function lostStatus(entry: LineEntry, facts: LineFacts, world: World): LineStatus {
  const outage = world.outages.at(-1)
  const from = outage?.from ?? world.now
  const status: LineStatus = { sign: 'no-data', state: 'no-data', since: from, knownAt: from, cause: outageCause(outage) }
  const before = liveStatus(entry, facts, { ...world, now: from, sip: 'live', run: world.run - 1, outages: world.outages.slice(0, -1) })
  if (before.sign !== 'no-data') status.lastKnown = { sign: before.sign, state: before.state, at: from }
  return status
}

/** The binding ran out while we were down: the phone may have tried and found nobody. It has its period to come back. */
function cutOffStatus(outage: Outage): LineStatus {
  return {
    sign: 'no-data',
    state: 'no-data',
    since: outage.from,
    knownAt: outage.from,
    cause: outageCause(outage),
    lastKnown: { sign: 'registered', state: 'registered', at: outage.from },
  }
}

function boundStatus(entry: LineEntry, facts: LineFacts, live: readonly HeldContact[], now: number): LineStatus {
  const cause = doubtOf(entry, facts, live, now)
  const knownAt = Math.max(...live.map(heardAt))
  if (cause?.code === 'unreachable') return { sign: 'registered', state: 'unreachable', since: silentSince(live), knownAt, cause }
  const late = lateSince(live)
  if (late <= now) return { sign: 'registered', state: 'late', since: late, knownAt, cause }
  if (isUnstable(facts, now)) return { sign: 'registered', state: 'unstable', since: facts.unstableSince, knownAt, cause }
  return { sign: 'registered', state: 'registered', since: facts.boundSince, knownAt, cause }
}

/** When the last of these contacts is late: 1.2 of its own periods after it was heard. Infinite while a period is not known. */
function lateSince(live: readonly HeldContact[]): number {
  return Math.max(...live.map(lateAt))
}

function lateAt(held: HeldContact): number {
  const period = periodOf(held)
  return period === 0 ? Number.POSITIVE_INFINITY : held.fact.seenAt + Math.ceil(period * lateFactor)
}

/** The contacts that are known to live now. */
export function liveContacts(facts: LineFacts, world: World): HeldContact[] {
  return facts.contacts.filter((one) => !one.cut && mayLive(one, world))
}

function mayLive(held: HeldContact, world: World): boolean {
  return held.run >= world.run && held.fact.expiresAt + overdueMs > world.now
}

/** How the last binding ended; one that nobody renewed and nobody ended ran out by itself. */
function lastEnd(facts: LineFacts): EndOfBinding | null {
  let last = facts.lastEnd
  for (const held of facts.contacts) {
    if (last === null || held.fact.expiresAt > last.at) {
      last = { at: held.fact.expiresAt, how: 'expired', contact: held.fact, period: periodOf(held), cut: held.cut }
    }
  }
  return last
}

function outageThatEnded(last: EndOfBinding | null, world: World): Outage | null {
  if (last === null) return null
  if (last.how === 'connection-lost' && last.cut) {
    const cutBy = world.outages.findLast((one) => one.to !== null && one.to <= last.at)
    return cutBy !== undefined && world.now < graceEnd(cutBy, last) ? cutBy : null
  }
  if (last.how !== 'expired') return null
  const ranOut = last.contact.expiresAt
  for (const outage of world.outages) {
    if (outage.to === null || ranOut < outage.from || ranOut > outage.to) continue
    if (world.now < graceEnd(outage, last)) return outage
  }
  // An outage that only an earlier run of ours knew of.
  const before = outageBefore(last)
  return before !== null && world.now < graceEnd(before, last) ? before : null
}

/** Until when an earlier run of ours showed no data because it had cut the line's phone off; 0 if none did. */
export function noDataUntil(facts: LineFacts): number {
  const last = lastEnd(facts)
  const before = last === null ? null : outageBefore(last)
  return last === null || before === null ? 0 : graceEnd(before, last)
}

/** The outage that shows in how late an end was found out; null if it was found out in time. */
function outageBefore(last: EndOfBinding): (Outage & { to: number }) | null {
  const { foundLate = 0 } = last
  return foundLate > overdueMs ? { from: last.at, to: last.at + foundLate } : null
}

/** A phone that our outage cut off has its whole period, and a little, to come back. */
function graceEnd(outage: Outage, last: EndOfBinding): number {
  return (outage.to ?? 0) + last.contact.granted * 1000 + settleMs
}

function newestSeen(facts: LineFacts): number {
  return Math.max(0, ...facts.contacts.map(heardAt))
}

/** The next moment at which time alone may change what the line shows; infinite if none. Until then `lineStatus` says the same. */
export function nextChangeAt(facts: LineFacts, world: World): number {
  let next = Number.POSITIVE_INFINITY
  const consider = (at: number) => {
    if (at > world.now && at < next) next = at
  }
  if (facts.answer !== null) {
    consider(facts.answer.at + answerLifeMs)
    consider(facts.answer.at + askedLifeMs)
  }
  for (const held of facts.contacts) {
    consider(held.fact.expiresAt + overdueMs)
    consider(lateAt(held))
  }
  if (facts.unstableSince > 0) consider((facts.ends.at(-1) ?? 0) + unstableQuietMs)
  for (const group of facts.failures) consider(group.lastAt + failureLifeMs)
  for (const block of facts.blocks) consider(block.until)
  const last = lastEnd(facts)
  if (last !== null && (last.how === 'expired' || last.cut)) {
    for (const outage of world.outages) if (outage.to !== null) consider(graceEnd(outage, last))
    const before = outageBefore(last)
    if (before !== null) consider(graceEnd(before, last))
  }
  return next
}

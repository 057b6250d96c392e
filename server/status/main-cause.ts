/**
 * Why a line is not registered: one cause, the first of the list that holds; and what may be doubted of one that is. Pure.
 * The order is the product's promise to the customer; each step is one line of `mainCause`.
 */
import type { Cause, CauseCode, Evidence, LineState } from '#api/line.ts'
import type { LineEntry } from '../directory/directory.ts'
import type { EndHow } from '../registrar/binding.ts'
import {
  type EndOfBinding,
  endsWithinHour,
  type FailureGroup,
  failureLifeMs,
  type HeldContact,
  heardAt,
  isUnstable,
  type LineFacts,
} from './line-facts.ts'

/** A time when we could not know: `to` is null while it lasts. Epoch ms; `from` is 0 when it is not known. */
export interface Outage {
  from: number
  to: number | null
}

/** What is true of all lines at one moment. */
export interface World {
  now: number
  sip: 'starting' | 'live' | 'lost'
  /** Number of the SIP role's run; contacts told by an earlier one are not known to live. */
  run: number
  /** Newest last. While `sip` is lost the newest has no end. */
  outages: readonly Outage[]
  /** Other lines of the account that have a binding from this address now. */
  neighbours(entry: LineEntry, ip: string): number
}

/** A cause with the state and the time it gives the line. */
export interface Reason {
  state: LineState
  since: number
  cause: Cause
}

/** The cause of ✕, given how the last binding ended (null: there was none). */
export function mainCause(entry: LineEntry, facts: LineFacts, last: EndOfBinding | null, world: World): Reason {
  const closed = closedCause(entry)
  if (closed !== null) return closed
  const blocked = blockedCause(facts, last, world.now)
  if (blocked !== null) return blocked
  const failing = newestFailure(facts, last, world.now)
  if (failing !== null) {
    const since = Math.min(...sinceEnd(facts, last, world.now).map((one) => one.firstSinceEnd))
    return { state: 'failing', since, cause: failureCause(entry, failing, failing.countSinceEnd, failing.firstSinceEnd) }
  }
  if (last === null) return neverConnected(entry)
  const { state, code } = ofEnd(last.how)
  const cause = isUnstable(facts, world.now) ? unstableCause(facts, last.contact.ip, last.contact.userAgent, world.now) : null
  return { state, since: last.at, cause: cause ?? endCause(entry, last, code, world) }
}

/** Cancelled or switched off; null if it is neither. Of a cancelled line only the day is known. */
export function closedCause(entry: LineEntry): Reason | null {
  if (entry.cancelOn !== null) {
    const since = Math.max(entry.createdAt, Date.parse(`${entry.cancelOn}T00:00:00`))
    return { state: 'disabled', since, cause: causeOf('cancelled', 1, since, { certainty: 'known' }) }
  }
  if (entry.disabledAt === null) return null
  const evidence: Evidence = { certainty: 'known' }
  if (entry.disabledBy !== '') evidence.by = entry.disabledBy
  return { state: 'disabled', since: entry.disabledAt, cause: causeOf('disabled', 1, entry.disabledAt, evidence) }
}

/** The newest block that holds the line's own phone off; once the line was bound, only one of an address that its circle used. */
function blockedCause(facts: LineFacts, last: EndOfBinding | null, now: number): Reason | null {
  const block = facts.blocks.findLast((one) => one.until > now && (last === null || one.home))
  if (block === undefined) return null
  const evidence: Evidence = {
    from: block.from,
    userAgent: block.userAgent,
    firstAt: text(block.since),
    until: text(block.until),
    certainty: 'known',
  }
  if (block.username !== '') evidence.sent = block.username
  return { state: 'blocked', since: block.since, cause: causeOf('blocked', block.count, block.since, evidence) }
}

function neverConnected(entry: LineEntry): Reason {
  return {
    state: 'never',
    since: entry.createdAt,
    cause: causeOf('never-connected', 0, null, { firstAt: text(entry.createdAt), certainty: 'known' }),
  }
}

/** Since when none of these contacts answers; 0 while one does, or was never asked. */
export function silentSince(live: readonly HeldContact[]): number {
  let since = 0
  for (const { silentSince: at } of live) {
    if (at === 0) return 0
    since = Math.max(since, at)
  }
  return since
}

/** What may be doubted of a line that has a binding: its own renewals are refused, nothing answers there, or it comes and goes. */
export function doubtOf(entry: LineEntry, facts: LineFacts, live: readonly HeldContact[], now: number): Cause | null {
  let refused: FailureGroup | null = null
  for (const group of facts.failures) {
    if (group.contactId === 0 || !mayBeCause(group.code) || group.lastAt + failureLifeMs <= now) continue
    const own = live.find((one) => one.fact.id === group.contactId)
    if (own !== undefined && group.lastAt > own.fact.seenAt && (refused === null || group.lastAt >= refused.lastAt)) refused = group
  }
  if (refused !== null) return failureCause(entry, refused, refused.count, refused.firstAt)
  const newest = live[live.length - 1]
  if (newest === undefined) return null
  const silent = silentSince(live)
  if (silent > 0) return unreachableCause(newest, silent)
  if (!isUnstable(facts, now)) return null
  return unstableCause(facts, newest.fact.ip, newest.fact.userAgent, now)
}

/** Our own outage: nothing is known, and nothing is wrong with the phone. */
export function outageCause(outage: Outage | undefined): Cause {
  const evidence: Evidence = { certainty: 'known' }
  if (outage !== undefined && outage.from > 0) evidence.outageFrom = text(outage.from)
  if (outage !== undefined && outage.to !== null) evidence.outageTo = text(outage.to)
  return causeOf('server-outage', 1, outage !== undefined && outage.from > 0 ? outage.from : null, evidence)
}

/**
 * Attempts that may explain ✕: of the last day, since the last binding ended; once the line was bound, only those from an
 * address that its circle used, so that a stranger cannot explain it away.
 */
function sinceEnd(facts: LineFacts, last: EndOfBinding | null, now: number): FailureGroup[] {
  return facts.failures.filter(
    (one) => mayBeCause(one.code) && one.lastAt + failureLifeMs > now && (last === null || (one.lastAt > last.at && one.home)),
  )
}

function newestFailure(facts: LineFacts, last: EndOfBinding | null, now: number): FailureGroup | null {
  let newest: FailureGroup | null = null
  for (const one of sinceEnd(facts, last, now)) if (newest === null || one.lastAt >= newest.lastAt) newest = one
  return newest
}

/** A phone too many belongs to its contact; a closed line's refusals say nothing once it is open again. */
function mayBeCause(code: CauseCode): boolean {
  return code !== 'too-many-contacts' && code !== 'disabled'
}

function failureCause(entry: LineEntry, group: FailureGroup, count: number, firstAt: number): Cause {
  const evidence: Evidence = {
    from: group.from,
    userAgent: group.userAgent,
    firstAt: text(firstAt),
    transport: group.transport,
    certainty: group.tie === null ? 'known' : 'inferred',
  }
  if (group.tie !== null) evidence.tie = group.tie
  if (group.code === 'wrong-username') {
    evidence.sent = group.username
    evidence.expected = entry.username
  }
  if (group.code === 'wrong-domain') {
    evidence.sent = group.domain
    evidence.expected = entry.loginServer.domain
  }
  return causeOf(group.code, count, group.lastAt, evidence)
}

function unreachableCause(held: HeldContact, since: number): Cause {
  const { ip: from, userAgent, transport } = held.fact
  return causeOf('unreachable', 1, heardAt(held), { from, userAgent, transport, firstAt: text(since), certainty: 'known' })
}

function unstableCause(facts: LineFacts, from: string, userAgent: string, now: number): Cause {
  const ends = endsWithinHour(facts, now)
  const first = ends[0] ?? now
  const last = ends.at(-1) ?? first
  const evidence: Evidence = { from, userAgent, firstAt: text(first), certainty: 'known' }
  if (ends.length > 1) evidence.period = Math.round((last - first) / (ends.length - 1) / 1000)
  return causeOf('unstable', ends.length, last, evidence)
}

function endCause(entry: LineEntry, last: EndOfBinding, code: CauseCode, world: World): Cause {
  const { contact } = last
  const evidence: Evidence = {
    from: contact.ip,
    userAgent: contact.userAgent,
    transport: contact.transport,
    neighbours: world.neighbours(entry, contact.ip),
    certainty: 'known',
  }
  if (last.period > 0) evidence.period = Math.round(last.period / 1000)
  // Of an expiry the customer wants to know when the phone was last heard; its `since` says when the time ran out.
  return causeOf(code, 1, code === 'expired' ? contact.seenAt : last.at, evidence)
}

function ofEnd(how: EndHow): { state: LineState; code: CauseCode } {
  switch (how) {
    case 'signed-off':
      return { state: 'left', code: 'signed-off' }
    case 'signed-off-by-portal':
    case 'line-closed':
      return { state: 'left', code: 'signed-off-by-portal' }
    case 'connection-lost':
      return { state: 'left', code: 'connection-lost' }
    case 'replaced':
    case 'evicted':
      return { state: 'left', code: 'replaced' }
    case 'expired':
      return { state: 'expired', code: 'expired' }
  }
}

function causeOf(code: CauseCode, count: number, lastAt: number | null, evidence: Evidence): Cause {
  return { code, count, lastAt: lastAt === null ? null : text(lastAt), evidence }
}

function text(at: number): string {
  return new Date(at).toISOString()
}

/** Our values as the API's JSON: one function a shape, each field named, so that nothing else can slip out. */
import type { Ban as ApiBan } from '#api/ban.ts'
import type { Circle as ApiCircle } from '#api/circle.ts'
import type { Line as ApiLine, Cause, CauseCode, Contact, Counts, Failure, LineHistory, LineWithDetail } from '#api/line.ts'
import type { Circle, Scope } from '../directory/account.ts'
import type { Line } from '../directory/line.ts'
import type { Ban } from '../registrar/guard/ban-store.ts'
import { bracketed } from '../sip/transport/flow.ts'
import type { HistoryItem } from '../status/history-store.ts'
import type { LineStatus, ShownContact } from '../status/status-board.ts'

/** Epoch ms as RFC 3339 UTC with milliseconds. */
export function presentTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function presentCircle(circle: Circle, counts: Counts): ApiCircle {
  const { number, name, department, person, appliedOn, state, administrator } = circle
  return { number, name, department, person, appliedOn, state, administrator, counts: presentCounts(counts) }
}

export function presentCounts(counts: Counts): Counts {
  const { lines, registered, unregistered, unknown, notNeeded, never } = counts
  return { lines, registered, unregistered, unknown, notNeeded, never }
}

/** A line in the list and in events, as `viewer` may see it. */
export function presentLine(line: Line, status: LineStatus, viewer: Scope['kind']): ApiLine {
  return {
    number: line.number,
    circle: line.circleNumber,
    type: line.type,
    loginServer: line.loginServer.name,
    name: line.name,
    department: line.department,
    pickupGroup: line.pickupGroup,
    inbound: { extension: line.inbound.extension, number: line.inbound.number, kind: line.inbound.kind },
    outbound: { extension: line.outbound.extension, number: line.outbound.number, kind: line.outbound.kind },
    note: line.note,
    cancelOn: line.cancelOn,
    sign: status.sign,
    state: status.state,
    since: status.since === null ? null : presentTime(status.since),
    knownAt: status.knownAt === null ? null : presentTime(status.knownAt),
    cause: presentCause(status.cause, viewer),
    ...(status.lastKnown === undefined ? {} : { lastKnown: { ...status.lastKnown, at: presentTime(status.lastKnown.at) } }),
  }
}

export function presentLineWithDetail(
  line: Line,
  status: LineStatus,
  detail: { domain: string; contacts: readonly ShownContact[]; failures: readonly Failure[] },
  viewer: Scope['kind'],
): LineWithDetail {
  return {
    ...presentLine(line, status, viewer),
    detail: {
      username: line.username,
      domain: detail.domain,
      contacts: detail.contacts.map(presentContact),
      failures: detail.failures.map((failure) => presentFailure(failure, viewer)),
    },
  }
}

/** `lines`: numbers of the viewer's lines that it concerns. */
export function presentBan(
  { id, address, username, reason, count, userAgent, from, until }: Ban,
  lines: string[],
  mayLift: boolean,
): ApiBan {
  return { id, address, username, reason, count, userAgent, from: presentTime(from), until: presentTime(until), lines, mayLift }
}

/** A line's own login is never told which other line a password belongs to, nor that it belongs to one. */
export function presentCause(cause: Cause | null, viewer: Scope['kind']): Cause | null {
  if (cause === null || !isHidden(cause.code, viewer)) return cause
  return { ...cause, code: 'wrong-password', evidence: withoutExpected(cause.evidence) }
}

export function presentHistoryItem({ at, kind, cause, evidence }: HistoryItem, viewer: Scope['kind']): LineHistory['items'][number] {
  const time = presentTime(at)
  if (cause === null || !isHidden(cause, viewer)) return { at: time, kind, cause, evidence }
  return { at: time, kind, cause: 'wrong-password', evidence: evidence && withoutExpected(evidence) }
}

function isHidden(code: CauseCode, viewer: Scope['kind']): boolean {
  return viewer === 'line' && code === 'password-of-another-line'
}

function withoutExpected(evidence: Cause['evidence']): Cause['evidence'] {
  const { expected: _, ...rest } = evidence
  return rest
}

function presentFailure(failure: Failure, viewer: Scope['kind']): Failure {
  const { at, from, userAgent, username, count } = failure
  return { at, cause: isHidden(failure.cause, viewer) ? 'wrong-password' : failure.cause, from, userAgent, username, count }
}

function presentContact(contact: ShownContact): Contact {
  return {
    uri: contact.uri,
    received: `${bracketed(contact.ip)}:${contact.port}`,
    transport: contact.transport,
    userAgent: contact.userAgent,
    expiresAt: presentTime(contact.expiresAt),
    lastSeenAt: presentTime(contact.seenAt),
    rttMs: contact.rttMs,
    instance: contact.instance,
  }
}

/** Counts over a few lines: for a login that sees less than its circle. */
export function countLines(statuses: Iterable<LineStatus>): Counts {
  const counts: Counts = { lines: 0, registered: 0, unregistered: 0, unknown: 0, notNeeded: 0, never: 0 }
  for (const { sign, state } of statuses) {
    counts.lines++
    if (state === 'never') counts.never++
    switch (sign) {
      case 'registered':
        counts.registered++
        break
      case 'unregistered':
        counts.unregistered++
        break
      case 'not-needed':
        counts.notNeeded++
        break
      case 'ask':
      case 'no-data':
        counts.unknown++
        break
    }
  }
  return counts
}

/** Outcome → facts: what of a REGISTER the web role must know. Runs on the SIP thread. Hot path: register.bench.ts. */
import type { Binding, BindingChange } from '../registrar/binding.ts'
import type { Attempt, Outcome } from '../registrar/outcome.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { ContactFact, Fact, FailedAttempt } from './facts.ts'

/** Adds what one Outcome tells to this turn's facts. */
export function tellOutcome(outcome: Outcome, flow: Flow, at: number, facts: Fact[]): void {
  switch (outcome.kind) {
    case 'registered':
      tellChanges(outcome.changes, at, facts)
      return
    case 'wrong-password':
      facts.push(failed('wrong-password', outcome.line.lineId, outcome.attempt, flow, at))
      return
    case 'not-your-line': {
      // Of To and digest, the name that is not the line's own is the one that is wrong.
      const { line, attempt } = outcome
      const username = attempt.toUser === line.username.toLowerCase() ? attempt.username : attempt.toUser
      facts.push(failed('wrong-username', line.lineId, { ...attempt, username }, flow, at))
      return
    }
    case 'wrong-username':
      facts.push(failed('wrong-username', outcome.line.lineId, outcome.attempt, flow, at))
      return
    case 'unknown-user':
      facts.push(failed('unknown-user', 0, outcome.attempt, flow, at))
      return
    case 'wrong-domain':
      facts.push(failed('wrong-domain', outcome.line.lineId, outcome.attempt, flow, at))
      return
    case 'line-closed':
      facts.push(failed('disabled', outcome.line.lineId, outcome.attempt, flow, at))
      return
    case 'too-many-contacts':
      facts.push(failed('too-many-contacts', outcome.line.lineId, outcome.attempt, flow, at))
      return
    case 'queried':
    case 'retransmitted':
    case 'challenged':
    // Of a block the guard tells, once.
    case 'blocked':
    case 'interval-too-brief':
    case 'out-of-order':
    case 'contact-refused':
    case 'unsupported-extension':
    case 'looped':
    case 'bad-request':
    case 'not-stored':
      return
  }
}

/** Adds what became of bindings, whoever changed them. */
export function tellChanges(changes: readonly BindingChange[], at: number, facts: Fact[]): void {
  for (const change of changes) {
    const { binding } = change
    if (change.kind === 'ended') {
      facts.push({ kind: 'ended', lineId: binding.lineId, at, how: change.how, contact: contactOf(binding) })
    } else if (change.kind === 'added' || !looksSame(change.before, binding)) {
      facts.push({ kind: 'bound', lineId: binding.lineId, at, contact: contactOf(binding) })
    } else {
      facts.push({ kind: 'renewed', lineId: binding.lineId, contactId: binding.id, seenAt: binding.seenAt, granted: binding.granted })
    }
  }
}

/** Nothing changed that the portal shows. */
function looksSame(before: Binding, now: Binding): boolean {
  return (
    before.uri === now.uri &&
    before.ip === now.ip &&
    before.port === now.port &&
    before.transport === now.transport &&
    before.userAgent === now.userAgent
  )
}

const isCut = { cut: true } as const

/** What of a binding the portal may show. */
export function contactOf(binding: Binding): ContactFact {
  return {
    id: binding.id,
    uri: binding.uri,
    transport: binding.transport,
    ip: binding.ip,
    port: binding.port,
    userAgent: binding.userAgent,
    instance: binding.instance,
    callId: binding.callId,
    boundAt: binding.boundAt,
    seenAt: binding.seenAt,
    expiresAt: binding.expiresAt,
    granted: binding.granted,
    ...(binding.transport !== 'udp' && binding.connection === 0 ? isCut : {}),
  }
}

function failed(code: FailedAttempt['code'], lineId: number, attempt: Attempt, flow: Flow, at: number): Fact {
  return {
    kind: 'failed',
    attempt: {
      at,
      code,
      lineId,
      username: attempt.username.slice(0, mostText),
      toUser: attempt.toUser.slice(0, mostText),
      toDomain: attempt.toDomain.slice(0, mostText),
      transport: flow.transport,
      ip: flow.remoteIp,
      port: flow.remotePort,
      userAgent: attempt.userAgent,
      instance: attempt.instance.slice(0, mostText),
      callId: attempt.callId.slice(0, mostText),
    },
  }
}

/** Anybody may send attempts: what is kept of one must be small. No name of a line is longer. */
const mostText = 256

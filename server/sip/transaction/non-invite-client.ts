/**
 * The client transaction of a request other than INVITE (RFC 3261 §17.1.2, figure 6) as a pure machine: what happened goes in, the next
 * state and what is to be done come out. A request that nobody answered is told as `timeout`; no 408 is made of it (RFC 4320 §4.2).
 */
import { T1, T2, timerF, timerK } from './timers.ts'

export interface NonInviteClient {
  readonly state: 'trying' | 'proceeding' | 'completed' | 'terminated'
  /** Over a stream nothing is sent twice and nothing comes twice. */
  readonly reliable: boolean
  /** When the request is sent again (timer E); infinite where it never is. */
  readonly resendAt: number
  /** ms between the last sending and the next. */
  readonly interval: number
  /** When waiting ends: timer F, or timer K once completed. */
  readonly endsAt: number
}

export type ClientEvent =
  /** An answer that belongs to this transaction. */
  | { readonly kind: 'response'; readonly status: number }
  /** Time has passed; may come at any moment. */
  | { readonly kind: 'time' }
  /** The transport could not send. */
  | { readonly kind: 'transport-error' }

/** What the driver must do. */
export type ClientOutput = 'send' | 'provisional' | 'final' | 'timeout' | 'transport-error'

export interface ClientStep {
  readonly next: NonInviteClient
  readonly output: ClientOutput | null
}

/** The transaction whose request is being sent now, for the first time. `now`: ms of any clock, the same for every step. */
export function startNonInviteClient(reliable: boolean, now: number): NonInviteClient {
  return { state: 'trying', reliable, resendAt: reliable ? never : now + T1, interval: T1, endsAt: now + timerF }
}

/** When the transaction wants to be stepped with `time`; infinite when it is over. */
export function dueAt(client: NonInviteClient): number {
  return Math.min(client.resendAt, client.endsAt)
}

/** One step. At most one thing is to be done for one event. */
export function stepNonInviteClient(client: NonInviteClient, event: ClientEvent, now: number): ClientStep {
  switch (client.state) {
    case 'terminated':
      return { next: client, output: null }
    case 'completed':
      // Answers that come again are taken in silently.
      return { next: event.kind === 'time' && now >= client.endsAt ? over(client) : client, output: null }
    case 'trying':
    case 'proceeding':
      return waiting(client, event, now)
  }
}

const never = Number.POSITIVE_INFINITY

function waiting(client: NonInviteClient, event: ClientEvent, now: number): ClientStep {
  switch (event.kind) {
    case 'transport-error':
      return { next: over(client), output: 'transport-error' }
    case 'response':
      if (event.status < 200) return { next: { ...client, state: 'proceeding' }, output: 'provisional' }
      if (client.reliable) return { next: over(client), output: 'final' }
      return { next: { ...client, state: 'completed', resendAt: never, endsAt: now + timerK }, output: 'final' }
    case 'time': {
      if (now >= client.endsAt) return { next: over(client), output: 'timeout' }
      if (now < client.resendAt) return { next: client, output: null }
      const interval = client.state === 'proceeding' ? T2 : Math.min(2 * client.interval, T2)
      return { next: { ...client, interval, resendAt: now + interval }, output: 'send' }
    }
  }
}

function over(client: NonInviteClient): NonInviteClient {
  return { ...client, state: 'terminated', resendAt: never, endsAt: never }
}

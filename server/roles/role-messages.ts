/** What the threads of one program say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import type { RegEventNumbers } from '../reg-event/reg-events.ts'
import type { EventToSip, EventToWeb } from '../sip/transport/relay-events.ts'
import type { QuestionNumbers } from './phone-questions.ts'

/** Handed to each thread when it starts. */
export interface RoleStart {
  config: Config
  /** To the other role; null where it does not run in this process. */
  peer: MessagePort | null
}

/** From a role's thread to the main thread. */
export type FromRole =
  /** `url` is the portal's; '' from the SIP role, which has `ports`. */
  | { kind: 'ready'; port: number; url: string; ports?: SipPorts }
  /** Cannot start or go on; one sentence for the operator. */
  | { kind: 'failed'; sentence: string }
  | { kind: 'stopped' }

/** From the main thread to a role's thread. */
export type ToRole =
  | { kind: 'stop' }
  /** The key file holds new nonce keys. */
  | { kind: 'rotate-nonce-keys' }

/** Where phones come in; 0: not there. UDP and TCP share a port. */
export interface SipPorts {
  sip: number
  sips: number
  ws: number
}

/** From the web role to the SIP role. */
export type WebToSip =
  /** What was told of what is stored has been taken in: the next stretch may come. */
  | { kind: 'more-stored' }
  /** What happened to phones whose WebSocket is open on the portal's port. */
  | { kind: 'websockets'; events: EventToSip[] }

/** From the SIP role to the web role. */
export type SipToWeb =
  /** Facts of a turn, packed by fact-codec.ts. */
  | { kind: 'facts'; packed: Uint8Array }
  /** A stretch of what is stored has been told, and all of it when the facts said so. */
  | { kind: 'stored-stretch' }
  /** The sockets are open; UDP and TCP are on this port. */
  | { kind: 'serving'; port: number }
  /** Why nothing can be stored; '' when it can again. */
  | { kind: 'trouble'; reason: string }
  /** The machine's clock was set ahead by so many ms: facts told from now on are of the new time. */
  | { kind: 'clock-set'; by: number }
  /** The line book has followed the directory this far. */
  | { kind: 'followed'; seq: number }
  /** To phones whose WebSocket is open on the portal's port. */
  | { kind: 'websockets'; events: EventToWeb[] }
  /** Counts since the start, about once a second. */
  | { kind: 'numbers'; numbers: SipNumbers }

export interface SipNumbers {
  outcomes: Record<string, number>
  endpoint: Record<string, number>
  /** Lines with anything held or remembered. */
  lines: number
  /** Open connections of phones by transport. */
  connections: Record<string, number>
  /** Bans in force. */
  bans: number
  /** Failures that were too many to be told to the web role. */
  untoldFailures: number
  overload: OverloadNumbers
  questions: QuestionNumbers
  regEvents: RegEventNumbers
}

export interface OverloadNumbers {
  overloaded: boolean
  /** First attempts that wait. */
  waiting: number
  /** Those that waited and were served, since the start. */
  waited: number
  /** What was turned away since the start, by why. */
  turnedAway: Record<string, number>
}

/** What the threads of one program say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { Config } from '../config/config.ts'

/** Handed to each thread when it starts. */
export interface RoleStart {
  config: Config
  /** To the other role; null where it does not run in this process. */
  peer: MessagePort | null
}

/** From a role's thread to the main thread. */
export type FromRole =
  /** `url` is the portal's; '' from the SIP role. */
  | { kind: 'ready'; port: number; url: string }
  /** Cannot start or go on; one sentence for the operator. */
  | { kind: 'failed'; sentence: string }
  | { kind: 'stopped' }

/** From the main thread to a role's thread. */
export type ToRole =
  | { kind: 'stop' }
  /** The key file holds new nonce keys. */
  | { kind: 'rotate-nonce-keys' }

/** From the SIP role to the web role. */
export type SipToWeb =
  /** Facts of a turn, packed by fact-codec.ts. */
  | { kind: 'facts'; packed: Uint8Array }
  /** The sockets are open; UDP and TCP are on this port. */
  | { kind: 'serving'; port: number }
  /** The line book has followed the directory this far. */
  | { kind: 'followed'; seq: number }
  /** Counts since the start, about once a second. */
  | { kind: 'numbers'; numbers: SipNumbers }

export interface SipNumbers {
  outcomes: Record<string, number>
  endpoint: Record<string, number>
  /** Lines with anything held or remembered. */
  lines: number
  connections: number
}

/**
 * What the SIP role tells the web role: things that happened, in order. Small values only; fact-codec.ts packs one turn's
 * facts into one message (a plain renewal takes 21 bytes, a probe 19).
 */
import type { EndHow } from '../registrar/binding.ts'
import type { TransportName } from '../sip/transport/flow.ts'

/** A contact as the portal may show it. */
export interface ContactFact {
  /** Binding id. */
  id: number
  uri: string
  transport: TransportName
  ip: string
  port: number
  userAgent: string
  instance: string
  callId: string
  boundAt: number
  seenAt: number
  expiresAt: number
  /** Seconds granted. */
  granted: number
  /** An earlier run of ours took the REGISTER over a connection that is no more. */
  cut?: true
}

/** An attempt that failed although it carried a nonce that we issued to this very address: it counts as evidence. */
export interface FailedAttempt {
  at: number
  /** What was wrong, as far as the SIP role can tell. `unknown-user`: neither To nor the digest names a line. */
  code: 'wrong-password' | 'wrong-username' | 'unknown-user' | 'wrong-domain' | 'disabled' | 'too-many-contacts' | 'unsupported'
  /** The line that To or the digest names exactly; 0 for none. */
  lineId: number
  /** The digest's user name as sent. */
  username: string
  /** User part of To, and the domain it asked for. */
  toUser: string
  toDomain: string
  transport: TransportName
  ip: string
  port: number
  userAgent: string
  instance: string
  callId: string
}

/** Nothing is proven from an address any more, for a while: it guessed too much. */
export interface Block {
  banId: number
  /** An IPv4 address, or an IPv6 network. */
  from: string
  /** The name that was tried; '' when all names of the address are blocked. */
  username: string
  userAgent: string
  /** Wrong passwords, or failing names, that led to it. */
  count: number
  since: number
  until: number
}

export type Fact =
  /** A new binding, or one whose contact, address or phone changed. Sent again for all when the SIP role starts. */
  | { kind: 'bound'; lineId: number; at: number; contact: ContactFact }
  /** Nothing changed but the time. */
  | { kind: 'renewed'; lineId: number; contactId: number; seenAt: number; granted: number }
  | { kind: 'ended'; lineId: number; at: number; how: EndHow; contact: ContactFact }
  | { kind: 'failed'; attempt: FailedAttempt }
  /** We asked the phone: whole ms of the round trip, or null when it has been silent since `at`. Told when that changed, not each time. */
  | { kind: 'probed'; lineId: number; contactId: number; at: number; rttMs: number | null }
  /** The line was named by attempts that are blocked; told once for each block, and again for all when the SIP role starts. */
  | { kind: 'blocked'; lineId: number; block: Block }
  /** Somebody lifted the block. That its time is over is not told. */
  | { kind: 'unblocked'; lineId: number; banId: number }
  /** All bindings that were stored have been told; `downSince` = when the last run was last known to live (0 on the first start). */
  | { kind: 'loaded'; at: number; downSince: number }

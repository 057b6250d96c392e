/** What the recognising of renewals is given, from above and by the registrar. */
import type { Nonces } from '../../sip/digest/nonce.ts'
import type { RequestHasher } from '../../sip/transaction/request-hash.ts'
import type { GuessLimits } from '../guard/guess-limits.ts'

export interface KnownRenewalNeeds {
  /** 8 bytes, new for every start. */
  key: Buffer
  hasher: RequestHasher
  /** Rows that every 200 has at its end, each ending in CRLF; and those of a 500. */
  lastRows: string
  retryAfter: string
  /** Epoch ms. */
  now(): number
  /** The text of an IPv4 address whose bytes lie in memory like this. */
  ipOf(address: number): string
  /** Whether somebody is told of each change of this line's bindings: its renewals are never recognised. */
  isWatched(lineId: number): boolean
  /** A renewal is stored: what the portal learns of it. */
  renewed(lineId: number, bindingId: number, seenAt: number, granted: number): void
  /** The answer to one, to be sent and remembered under the two halves of its request's hash. */
  answered(answer: KnownAnswer): void
}

/** Good during the call only. */
export interface KnownAnswer {
  stored: boolean
  hashLow: number
  hashHigh: number
  bytes: Buffer
  start: number
  end: number
  address: number
  port: number
  local: number
  at: number
}

/** What of the registrar is used. */
export interface RenewalRules {
  nonces: Pick<Nonces, 'isCurrent' | 'hasKey' | 'known'>
  guesses: Pick<GuessLimits, 'bans' | 'watching' | 'renewed' | 'succeeded'>
  expiresMin: number
  shorten(seconds: number, least: number): number
  /** As BindingStore has them. */
  clockAhead(): number
  placeOf(bindingId: number): number
  /** Its phone came by. */
  heard(bindingId: number): void
  /** One more waits for the commit; and the commit now. */
  waits(): void
  commit(): void
  issuedAtOf(nonceId: string): number
}

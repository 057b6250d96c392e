/** What of a line and of its binding a recognised renewal reads and changes; the registrar has them. */
import type { DigestAlgorithm } from '../../sip/digest/verify.ts'

export interface KnownBinding {
  readonly id: number
  uri: string
  echo: string
  instance: string
  regId: number
  q: number
  callId: string
  cseq: number
  /** Epoch ms. */
  expiresAt: number
  seenAt: number
  /** Seconds. */
  granted: number
  transport: string
  ip: string
  port: number
  connection: number
  path: string
  userAgent: string
  nonceId: string
  nonceCount: number
}

export interface KnownLine {
  readonly lineId: number
  readonly bindings: readonly KnownBinding[]
  /** How many changes wait to be stored. */
  readonly waiting: number
  /** Number of its card, 0 for none. */
  card: number
  /** The nonce that was used last. */
  readonly newestNonce: string
  nonceCount(nonceId: string, issuedAt: number): number
  raiseNonce(nonceId: string, count: number): void
  useNonce(nonceId: string, count: number, issuedAtOf: (nonceId: string) => number): void
}

/** The line as the directory has it. */
export interface KnownLogin {
  readonly lineId: number
  readonly username: string
  held: KnownLine | null
  ha1(algorithm: DigestAlgorithm, username: string, realm: string): string
  isDerived(algorithm: DigestAlgorithm, username: string, realm: string): boolean
}

/** How a REGISTER that was read ended, if it was accepted. */
export interface Accepted {
  line: KnownLogin
  bindings: readonly KnownBinding[]
  changes: readonly AcceptedChange[]
  features: number
  /** Seconds that would have been granted but for the spreading by chance. */
  most: number
}

type AcceptedChange =
  | { kind: 'added'; binding: KnownBinding }
  | { kind: 'renewed'; before: KnownBinding; binding: KnownBinding }
  | { kind: 'ended'; binding: KnownBinding }

/**
 * Contract: changes to who exists. Each is done for a Scope, all or nothing, and leaves a row that followers of the directory see
 * (Directory.changesSince). What cannot be done is a DirectoryRefusal with one sentence.
 */
import type { Account, Circle, Scope } from './account.ts'
import type { Line, LoginServer, LoginServerKind } from './line.ts'
import type { LineType } from './line-type.ts'

export interface NewAccount {
  login: string
  name: string
  mail?: string
  language?: 'ja' | 'en'
  /** Made unless given. */
  password?: string
}

export interface NewCircle {
  /** Login of the account it belongs to. */
  account: string
  number: string
  name?: string
  department?: string
  person?: string
  /** Made unless given. */
  password?: string
  /** SHA-256 only for all of its lines. */
  strong?: boolean
}

export interface NewLine {
  /** Number of its circle. */
  circle: string
  type: LineType
  /** The next free one of the circle unless given. */
  number?: string
  /** The number unless given. */
  username?: string
  /** Made unless given, where phones sign in here by password. */
  password?: string
  /** `main` unless given. */
  loginServer?: string
  name?: string
  department?: string
  pickupGroup?: string
  inbound?: { extension?: string; number?: string; kind?: string }
  outbound?: { extension?: string; number?: string; kind?: string }
  note?: string
  auth?: 'password' | 'ip'
  ipAddress?: string
  /** SHA-256 only. */
  strong?: boolean
  /** 1–20; 10 unless given. */
  maxContacts?: number
}

/** What of a line may be changed afterwards; what is left out stays. */
export interface LineSettings {
  /** SHA-256 only; where it is not, its circle may ask for it all the same. */
  strong?: boolean
  /** 1–20. */
  maxContacts?: number
}

/** The same of a circle. */
export interface CircleSettings {
  /** SHA-256 only for all of its lines. */
  strong?: boolean
}

export interface NewLoginServer {
  name: string
  kind: LoginServerKind
  url: string
  domain?: string
  user?: string
  secret?: string
}

/** What a new secret is told with, once. */
export interface LineCredentials {
  number: string
  username: string
  /** Null where no phone signs in here by password. */
  password: string | null
  domain: string
}

export type TokenOwner = { kind: 'operator' } | { kind: 'account'; login: string } | { kind: 'circle'; number: string }

export interface TokenEntry {
  id: number
  kind: 'operator' | 'account' | 'circle'
  /** Login or number; '' for the operator. */
  owner: string
  createdAt: number
}

export interface DirectoryWriter {
  addAccount(scope: Scope, account: NewAccount): Promise<{ account: Account; password: string }>
  setAccountPassword(scope: Scope, login: string, password?: string): Promise<{ login: string; password: string }>

  addCircle(scope: Scope, circle: NewCircle): Promise<{ circle: Circle; password: string }>
  /** Answers what holds then. */
  setCircle(scope: Scope, number: string, settings: CircleSettings): Promise<{ number: string; strong: boolean }>
  setCirclePassword(scope: Scope, number: string, password?: string): Promise<{ number: string; password: string }>

  addLine(scope: Scope, line: NewLine): Promise<{ line: Line; credentials: LineCredentials }>
  /** Answers what holds then; live bindings stay until their next renewal. */
  setLine(scope: Scope, number: string, settings: LineSettings): Promise<{ number: string; strong: boolean; maxContacts: number }>
  /** Live bindings stay until their next renewal. */
  setLinePassword(scope: Scope, number: string, password?: string): Promise<LineCredentials>
  /** The line's own password for the portal. */
  setLinePortalPassword(scope: Scope, number: string, password?: string): Promise<{ number: string; password: string }>
  /** `by` is shown to the customer. Ends the bindings at once. */
  disableLine(scope: Scope, number: string, by: string): Promise<void>
  enableLine(scope: Scope, number: string): Promise<void>
  /**
   * Without a day: closed to phones at once, listed until the end of today, then over. With a day (YYYY-MM-DD, today or later):
   * in service until the end of that day.
   */
  cancelLine(scope: Scope, number: string, lastDay?: string): Promise<{ number: string; cancelOn: string }>

  addLoginServer(scope: Scope, server: NewLoginServer): Promise<LoginServer>

  addToken(scope: Scope, owner: TokenOwner): Promise<{ id: number; token: string }>
  listTokens(scope: Scope): Promise<TokenEntry[]>
  revokeToken(scope: Scope, id: number): Promise<void>

  setOperatorPassword(scope: Scope, password?: string): Promise<{ login: string; password: string }>
  hasOperatorPassword(): Promise<boolean>

  /** Ends the lines whose last day has passed and forgets old change rows. For the running server, about once a minute. */
  tidy(): Promise<void>
}

/** Contract: who exists. Reads are done for a Scope and never show what lies outside it; what is not the caller's is undefined. */
import type { Account, Circle, Scope } from './account.ts'
import type { Line, LoginServer } from './line.ts'
import type { LineType } from './line-type.ts'

/** What one sign-in needs; `passwordHash` is an argon2id PHC string, '' when no password is set yet. */
export interface PortalLogin {
  scope: Scope
  passwordHash: string
  /** Shown in the portal's head: the company's, circle's or line's name. */
  title: string
}

/** The little that status needs of every line, held in memory for all of them. */
export interface LineEntry {
  id: number
  accountId: number
  circleId: number
  number: string
  username: string
  type: LineType
  auth: 'password' | 'ip'
  loginServer: LoginServer
  disabledAt: number | null
  disabledBy: string
  /** Last day of service of a line that is cancelled and closed to phones; null while phones may still use it. */
  cancelOn: string | null
  createdAt: number
}

/** What the SIP role needs of a line on `main`, held in memory for all of them. The secret stays sealed until first use. */
export interface SipLogin {
  lineId: number
  accountId: number
  circleId: number
  username: string
  strong: boolean
  maxContacts: number
  /** false: disabled, cancelled, or authenticated by address: no password opens it. */
  open: boolean
  /** The SIP password as sealed by secret-box.ts. */
  sealedPassword: Buffer
}

/** What changed between two looks. `all` asks the follower to read everything anew. */
export interface DirectoryChanges {
  seq: number
  all: boolean
  lineIds: number[]
  circleIds: number[]
}

export interface Directory {
  // sign-in (done before a scope is known)
  portalLogin(as: 'account' | 'circle' | 'line' | 'operator', login: string): Promise<PortalLogin | undefined>
  scopeOfToken(tokenHash: string): Promise<Scope | undefined>

  // reads
  account(scope: Scope, id: number): Promise<Account | undefined>
  circles(scope: Scope): Promise<Circle[]>
  circle(scope: Scope, number: string): Promise<Circle | undefined>
  /** All lines of one circle that have not ended, by number. */
  lines(scope: Scope, circleNumber: string): Promise<Line[]>
  line(scope: Scope, number: string): Promise<Line | undefined>
  accounts(scope: Scope): Promise<Account[]>
  loginServers(scope: Scope): Promise<LoginServer[]>
  /** Every line of the scope that has not ended, by number, or those of one circle; a row at a time, for long lists. */
  eachLine(scope: Scope, circleNumber?: string): Iterable<Line>

  // followed by the running roles (whole installation, never shown to a customer as it is)
  // may be consumed over several turns of the event loop; a line that has ended is left out, also when asked for by id
  lineEntries(ids?: readonly number[]): Iterable<LineEntry>
  /** Lines on `main` that a phone may sign in to by their type. */
  sipLogins(ids?: readonly number[]): Iterable<SipLogin>
  changesSince(seq: number): DirectoryChanges
  latestSeq(): number

  close(): Promise<void>
}

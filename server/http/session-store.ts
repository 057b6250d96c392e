/** Contract: who is signed in to the portal. Tokens are kept only as their SHA-256. */
import type { Scope } from '../directory/account.ts'

export interface Session {
  tokenHash: string
  scope: Scope
  title: string
  /** What the person typed to sign in (login, circle number, line number). */
  login: string
  createdAt: number
  expiresAt: number
}

export interface SessionStore {
  add(session: Session): Promise<void>
  find(tokenHash: string, now: number): Promise<Session | undefined>
  /** Moves the end of a session that is in use. */
  extend(tokenHash: string, expiresAt: number): Promise<void>
  remove(tokenHash: string): Promise<void>
  removeExpired(now: number): Promise<void>
}

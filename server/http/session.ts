/** Who is calling: a session from the cookie, or a token from the Authorization header. Tokens are kept only as SHA-256. */
import { createHash } from 'node:crypto'
import type { Scope } from '../directory/account.ts'
import type { Directory, PortalLogin } from '../directory/directory.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { SessionStore } from './session-store.ts'

export const sessionCookie = 'regista_session'
/** A session ends after so much rest, and at the latest after so long a life (ms). */
export const sessionRest = 12 * 3_600_000
export const sessionLife = 30 * 86_400_000
/** The end of a session in use is moved at most this often, so that not every request writes. */
const extendEvery = 5 * 60_000
const tokenBytes = 32

export interface Caller {
  by: 'session' | 'token'
  tokenHash: string
  scope: Scope
  /** Name to show and what was typed to sign in; '' for tokens. */
  title: string
  login: string
}

/** What the request carries of a login. */
export interface Credentials {
  cookie: string | undefined
  authorization: string | undefined
}

export interface Sessions {
  /** Opens a session; the token goes into the cookie and is known to nobody else. */
  open(login: PortalLogin, typed: string): Promise<string>
  /** Who the credentials belong to. A token in the header wins over the cookie; a wrong one is nobody. */
  caller(credentials: Credentials): Promise<Caller | undefined>
  /** Whether the caller may still call; does not count as use. */
  stillValid(caller: Caller): Promise<boolean>
  close(token: string): Promise<void>
  /** Calls back with the hash of a session that was signed off here. */
  whenClosed(listener: (tokenHash: string) => void): void
}

export function openSessions(store: SessionStore, directory: Directory, clock: Clock, random: Random): Sessions {
  const listeners: ((tokenHash: string) => void)[] = []

  async function ofToken(token: string): Promise<Caller | undefined> {
    const tokenHash = hashToken(token)
    const scope = await directory.scopeOfToken(tokenHash)
    return scope && { by: 'token', tokenHash, scope, title: '', login: '' }
  }

  async function ofCookie(token: string): Promise<Caller | undefined> {
    const now = clock.now()
    const tokenHash = hashToken(token)
    const session = await store.find(tokenHash, now)
    if (session === undefined) return undefined
    const end = Math.min(now + sessionRest, session.createdAt + sessionLife)
    if (end - session.expiresAt >= extendEvery) await store.extend(tokenHash, end)
    return { by: 'session', tokenHash, scope: session.scope, title: session.title, login: session.login }
  }

  return {
    async open(login, typed) {
      const token = random.bytes(tokenBytes).toString('base64url')
      const now = clock.now()
      await store.add({
        tokenHash: hashToken(token),
        scope: login.scope,
        title: login.title,
        login: typed,
        createdAt: now,
        expiresAt: now + sessionRest,
      })
      return token
    },

    async caller({ cookie, authorization }) {
      if (authorization !== undefined) {
        const token = bearerToken(authorization)
        return token === undefined ? undefined : ofToken(token)
      }
      return cookie === undefined || cookie === '' ? undefined : ofCookie(cookie)
    },

    async stillValid(caller) {
      if (caller.by === 'token') return (await directory.scopeOfToken(caller.tokenHash)) !== undefined
      return (await store.find(caller.tokenHash, clock.now())) !== undefined
    },

    async close(token) {
      const tokenHash = hashToken(token)
      await store.remove(tokenHash)
      for (const listener of listeners) listener(tokenHash)
    },

    whenClosed(listener) {
      listeners.push(listener)
    },
  }
}

/** SHA-256 of a token in lower-case hex: the form in which stores keep it. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

function bearerToken(authorization: string): string | undefined {
  const [scheme, token, ...rest] = authorization.trim().split(/ +/)
  return scheme?.toLowerCase() === 'bearer' && token !== undefined && rest.length === 0 ? token : undefined
}

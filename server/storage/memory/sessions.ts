/** Portal sessions in the memory of this process: gone with it. */
import type { Session, SessionStore } from '../../http/session-store.ts'

export class MemorySessions implements SessionStore {
  readonly #sessions = new Map<string, Session>()

  async add(session: Session): Promise<void> {
    this.#sessions.set(session.tokenHash, { ...session })
  }

  async find(tokenHash: string, now: number): Promise<Session | undefined> {
    const session = this.#sessions.get(tokenHash)
    return session && session.expiresAt > now ? { ...session } : undefined
  }

  async extend(tokenHash: string, expiresAt: number): Promise<void> {
    const session = this.#sessions.get(tokenHash)
    if (session) session.expiresAt = expiresAt
  }

  async remove(tokenHash: string): Promise<void> {
    this.#sessions.delete(tokenHash)
  }

  async removeExpired(now: number): Promise<void> {
    for (const [tokenHash, session] of this.#sessions) {
      if (session.expiresAt <= now) this.#sessions.delete(tokenHash)
    }
  }
}

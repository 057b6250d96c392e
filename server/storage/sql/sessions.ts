/** Portal sessions in the directory's database, so that a restart signs nobody out. */
import type { Kysely } from 'kysely'
import type { Scope } from '../../directory/account.ts'
import type { Session, SessionStore } from '../../http/session-store.ts'
import type { DirectoryTables } from './tables.ts'

export class SqlSessions implements SessionStore {
  readonly #queries: Kysely<DirectoryTables>

  constructor(queries: Kysely<DirectoryTables>) {
    this.#queries = queries
  }

  async add(session: Session): Promise<void> {
    const { scope } = session
    await this.#queries
      .insertInto('sessions')
      .values({
        token_hash: session.tokenHash,
        kind: scope.kind,
        account_id: scope.kind === 'operator' ? null : scope.accountId,
        circle_id: scope.kind === 'circle' || scope.kind === 'line' ? scope.circleId : null,
        line_id: scope.kind === 'line' ? scope.lineId : null,
        title: session.title,
        login: session.login,
        created_at: session.createdAt,
        expires_at: session.expiresAt,
      })
      .execute()
  }

  async find(tokenHash: string, now: number): Promise<Session | undefined> {
    const row = await this.#queries
      .selectFrom('sessions')
      .selectAll()
      .where('token_hash', '=', tokenHash)
      .where('expires_at', '>', now)
      .executeTakeFirst()
    const scope = row && toScope(row)
    return scope && { tokenHash, scope, title: row.title, login: row.login, createdAt: row.created_at, expiresAt: row.expires_at }
  }

  async extend(tokenHash: string, expiresAt: number): Promise<void> {
    await this.#queries.updateTable('sessions').set({ expires_at: expiresAt }).where('token_hash', '=', tokenHash).execute()
  }

  async remove(tokenHash: string): Promise<void> {
    await this.#queries.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute()
  }

  async removeExpired(now: number): Promise<void> {
    await this.#queries.deleteFrom('sessions').where('expires_at', '<=', now).execute()
  }
}

function toScope(row: { kind: string; account_id: number | null; circle_id: number | null; line_id: number | null }): Scope | undefined {
  const { account_id: accountId, circle_id: circleId, line_id: lineId } = row
  if (row.kind === 'operator') return { kind: 'operator' }
  if (accountId === null) return undefined
  if (row.kind === 'account') return { kind: 'account', accountId }
  if (circleId === null) return undefined
  if (row.kind === 'circle') return { kind: 'circle', accountId, circleId }
  return row.kind === 'line' && lineId !== null ? { kind: 'line', accountId, circleId, lineId } : undefined
}

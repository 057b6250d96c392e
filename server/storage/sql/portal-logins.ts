/** Who signs in: found before any scope is known, and so by nothing but an exact login or token. */
import type { Kysely } from 'kysely'
import type { Scope } from '../../directory/account.ts'
import type { PortalLogin } from '../../directory/directory.ts'
import { selectLines } from './line-rows.ts'
import type { DirectoryTables } from './tables.ts'

export const operatorLogin = 'operator'

export async function findPortalLogin(
  db: Kysely<DirectoryTables>,
  as: 'account' | 'circle' | 'line' | 'operator',
  login: string,
): Promise<PortalLogin | undefined> {
  switch (as) {
    case 'account': {
      const row = await db.selectFrom('accounts').selectAll().where('login_key', '=', login.toLowerCase()).executeTakeFirst()
      return row && { scope: { kind: 'account', accountId: row.id }, passwordHash: row.password_hash, title: row.name }
    }
    case 'circle': {
      const row = await db.selectFrom('circles').selectAll().where('number', '=', login).executeTakeFirst()
      if (!row) return undefined
      return {
        scope: { kind: 'circle', accountId: row.account_id, circleId: row.id },
        passwordHash: row.password_hash,
        title: row.name || row.number,
      }
    }
    case 'line': {
      const row = await selectLines(db, { kind: 'operator' }).where('lines.number', '=', login).executeTakeFirst()
      if (!row) return undefined
      const scope: Scope = { kind: 'line', accountId: row.account_id, circleId: row.circle_id, lineId: row.id }
      return { scope, passwordHash: row.portal_password_hash, title: row.name || row.number }
    }
    case 'operator': {
      const row = await db.selectFrom('operators').selectAll().where('login', '=', login).executeTakeFirst()
      return row && { scope: { kind: 'operator' }, passwordHash: row.password_hash, title: row.login }
    }
  }
}

export async function findTokenScope(db: Kysely<DirectoryTables>, tokenHash: string): Promise<Scope | undefined> {
  const row = await db.selectFrom('tokens').selectAll().where('token_hash', '=', tokenHash).executeTakeFirst()
  if (!row) return undefined
  if (row.kind === 'operator') return { kind: 'operator' }
  if (row.kind === 'account' && row.account_id !== null) return { kind: 'account', accountId: row.account_id }
  if (row.kind === 'circle' && row.account_id !== null && row.circle_id !== null) {
    return { kind: 'circle', accountId: row.account_id, circleId: row.circle_id }
  }
  return undefined
}

/** Changes of login servers, tokens and the operator's password. */
import { createHash } from 'node:crypto'
import { demand } from '../../directory/access.ts'
import type { Scope } from '../../directory/account.ts'
import type { NewLoginServer, TokenEntry, TokenOwner } from '../../directory/directory-writer.ts'
import type { LoginServer } from '../../directory/line.ts'
import { whyNotText } from '../../directory/line-rules.ts'
import { DirectoryRefusal } from '../../directory/refusal.ts'
import { recordChange } from './change-log.ts'
import { prepareHash } from './customer-writes.ts'
import { toLoginServer } from './line-rows.ts'
import { operatorLogin } from './portal-logins.ts'
import { change, notFound, refuseIf, type Write, type WriteContext } from './write-context.ts'

export async function addLoginServer(context: WriteContext, scope: Scope, wanted: NewLoginServer): Promise<LoginServer> {
  demand(scope, 'add a login server')
  refuseIf(
    'The name',
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(wanted.name) ? undefined : 'must be 1 to 64 letters, digits, dots or hyphens',
  )
  if (wanted.kind === 'main')
    throw new DirectoryRefusal('already-there', 'The login server of kind main is this installation and there already.')
  refuseIf(
    'The URL',
    /^[a-z][a-z0-9+.-]*:\S+$/i.test(wanted.url) && wanted.url.length <= 500 ? undefined : 'must look like https://sip.example.jp:8088/',
  )
  refuseIf('The domain', whyNotText(wanted.domain ?? '', 253))
  refuseIf('The user', whyNotText(wanted.user ?? '', 200))
  const at = context.clock.now()
  return change(context, `The login server ${wanted.name} is there already.`, async (write) => {
    const row = await write
      .insertInto('login_servers')
      .values({
        name: wanted.name,
        kind: wanted.kind,
        url: wanted.url,
        domain: wanted.domain ?? '',
        user_name: wanted.user ?? '',
        sealed_secret: null,
        pushes: wanted.kind === 'webhook' ? 1 : 0,
        created_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    if (wanted.secret !== undefined) {
      const sealed = context.ring.seal(wanted.secret, { owner: 'login-server', id: row.id, field: 'secret' })
      await write.updateTable('login_servers').set({ sealed_secret: sealed }).where('id', '=', row.id).execute()
    }
    await recordChange(write, 'login-server', row.id, at)
    return toLoginServer(row, context.domain)
  })
}

const tokenPermission = 'add, list or revoke tokens'

/** How tokens are kept: SHA-256, hex. They hold 256 random bits, so no salt and no slow hash is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export async function addToken(context: WriteContext, scope: Scope, owner: TokenOwner): Promise<{ id: number; token: string }> {
  demand(scope, tokenPermission)
  const token = `rgt_${context.random.bytes(32).toString('base64url')}`
  const at = context.clock.now()
  return change(context, '', async (write) => {
    const whom = await findOwner(write, owner)
    const row = await write
      .insertInto('tokens')
      .values({ token_hash: hashToken(token), kind: owner.kind, ...whom, created_at: at })
      .returning('id')
      .executeTakeFirstOrThrow()
    await recordChange(write, 'token', row.id, at)
    return { id: row.id, token }
  })
}

async function findOwner(write: Write, owner: TokenOwner): Promise<{ account_id: number | null; circle_id: number | null }> {
  switch (owner.kind) {
    case 'operator':
      return { account_id: null, circle_id: null }
    case 'account': {
      const row = await write.selectFrom('accounts').select('id').where('login_key', '=', owner.login.toLowerCase()).executeTakeFirst()
      if (!row) throw notFound(`account ${owner.login}`)
      return { account_id: row.id, circle_id: null }
    }
    case 'circle': {
      const row = await write.selectFrom('circles').select(['id', 'account_id']).where('number', '=', owner.number).executeTakeFirst()
      if (!row) throw notFound(`circle ${owner.number}`)
      return { account_id: row.account_id, circle_id: row.id }
    }
  }
}

export async function listTokens(context: WriteContext, scope: Scope): Promise<TokenEntry[]> {
  demand(scope, tokenPermission)
  const rows = await context.queries
    .selectFrom('tokens')
    .leftJoin('accounts', 'accounts.id', 'tokens.account_id')
    .leftJoin('circles', 'circles.id', 'tokens.circle_id')
    .select(['tokens.id', 'tokens.kind', 'tokens.created_at', 'accounts.login', 'circles.number'])
    .orderBy('tokens.id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as TokenEntry['kind'],
    owner: row.number ?? row.login ?? '',
    createdAt: row.created_at,
  }))
}

export async function revokeToken(context: WriteContext, scope: Scope, id: number): Promise<void> {
  demand(scope, tokenPermission)
  await change(context, '', async (write) => {
    const row = await write.deleteFrom('tokens').where('id', '=', id).returning('id').executeTakeFirst()
    if (!row) throw notFound(`token ${id}`)
    await recordChange(write, 'token', id, context.clock.now())
  })
}

export async function setOperatorPassword(
  context: WriteContext,
  scope: Scope,
  given?: string,
): Promise<{ login: string; password: string }> {
  demand(scope, 'set the operator’s password')
  const { password, hash } = await prepareHash(context, given)
  const at = context.clock.now()
  await change(context, '', async (write) => {
    await write
      .insertInto('operators')
      .values({ login: operatorLogin, password_hash: hash, changed_at: at })
      .onConflict((conflict) => conflict.column('login').doUpdateSet({ password_hash: hash, changed_at: at }))
      .execute()
    await write.deleteFrom('sessions').where('kind', '=', 'operator').execute()
    await recordChange(write, 'operator', 1, at)
  })
  return { login: operatorLogin, password }
}

export async function hasOperatorPassword(context: WriteContext): Promise<boolean> {
  const row = await context.queries.selectFrom('operators').select('login').where('login', '=', operatorLogin).executeTakeFirst()
  return row !== undefined
}

/** Changes of accounts and circles. */
import { demand } from '../../directory/access.ts'
import type { Account, Circle, Scope } from '../../directory/account.ts'
import type { NewAccount, NewCircle } from '../../directory/directory-writer.ts'
import { dayOf, whyNotCircleNumber, whyNotLogin, whyNotPortalPassword, whyNotText } from '../../directory/line-rules.ts'
import { hashPassword, makePassword } from '../../directory/password.ts'
import { recordChange } from './change-log.ts'
import { accountWithin, circleWithin, toAccount, toCircle } from './line-rows.ts'
import { change, notFound, refuseIf, type WriteContext } from './write-context.ts'

export async function addAccount(
  context: WriteContext,
  scope: Scope,
  account: NewAccount,
): Promise<{ account: Account; password: string }> {
  demand(scope, 'add an account')
  refuseIf('The login', whyNotLogin(account.login))
  refuseIf('The name', account.name === '' ? 'must not be empty' : whyNotText(account.name, 200))
  refuseIf('The mail address', account.mail ? whyNotMail(account.mail) : undefined)
  const { password, hash } = await prepareHash(context, account.password)
  const at = context.clock.now()
  return change(context, `The login ${account.login} is taken.`, async (write) => {
    const row = await write
      .insertInto('accounts')
      .values({
        login: account.login,
        login_key: account.login.toLowerCase(),
        name: account.name,
        mail: account.mail ?? '',
        language: account.language ?? 'ja',
        password_hash: hash,
        created_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    await recordChange(write, 'account', row.id, at)
    return { account: toAccount(row), password }
  })
}

export async function setAccountPassword(
  context: WriteContext,
  scope: Scope,
  login: string,
  given?: string,
): Promise<{ login: string; password: string }> {
  demand(scope, 'set the password of an account')
  const { password, hash } = await prepareHash(context, given)
  return change(context, '', async (write) => {
    const row = await write
      .updateTable('accounts')
      .set({ password_hash: hash })
      .where(accountWithin(scope))
      .where('login_key', '=', login.toLowerCase())
      .returning(['id', 'login'])
      .executeTakeFirst()
    if (!row) throw notFound(`account ${login}`)
    await write.deleteFrom('sessions').where('kind', '=', 'account').where('account_id', '=', row.id).execute()
    await recordChange(write, 'account', row.id, context.clock.now())
    return { login: row.login, password }
  })
}

export async function addCircle(context: WriteContext, scope: Scope, circle: NewCircle): Promise<{ circle: Circle; password: string }> {
  demand(scope, 'add a circle')
  refuseIf('The circle number', whyNotCircleNumber(circle.number))
  for (const text of [circle.name, circle.department, circle.person]) refuseIf('A name', whyNotText(text ?? '', 200))
  const { password, hash } = await prepareHash(context, circle.password)
  const at = context.clock.now()
  return change(context, `The circle ${circle.number} is there already.`, async (write) => {
    const account = await write.selectFrom('accounts').select('id').where('login_key', '=', circle.account.toLowerCase()).executeTakeFirst()
    if (!account) throw notFound(`account ${circle.account}`)
    const other = await write.selectFrom('circles').select('id').where('account_id', '=', account.id).executeTakeFirst()
    const row = await write
      .insertInto('circles')
      .values({
        account_id: account.id,
        number: circle.number,
        name: circle.name ?? '',
        department: circle.department ?? '',
        person: circle.person ?? '',
        applied_on: dayOf(at),
        state: 'in-use',
        administrator: other ? 0 : 1,
        strong: circle.strong ? 1 : 0,
        password_hash: hash,
        created_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    await recordChange(write, 'circle', row.id, at)
    return { circle: toCircle(row), password }
  })
}

export async function setCirclePassword(
  context: WriteContext,
  scope: Scope,
  number: string,
  given?: string,
): Promise<{ number: string; password: string }> {
  demand(scope, 'set the password of a circle')
  const { password, hash } = await prepareHash(context, given)
  return change(context, '', async (write) => {
    const row = await write
      .updateTable('circles')
      .set({ password_hash: hash })
      .where(circleWithin(scope))
      .where('number', '=', number)
      .returning('id')
      .executeTakeFirst()
    if (!row) throw notFound(`circle ${number}`)
    await write.deleteFrom('sessions').where('kind', '=', 'circle').where('circle_id', '=', row.id).execute()
    await recordChange(write, 'circle', row.id, context.clock.now())
    return { number, password }
  })
}

/** Before the transaction: a hash takes longer than a write lock should be held. */
export async function prepareHash(context: WriteContext, given: string | undefined): Promise<{ password: string; hash: string }> {
  if (given !== undefined) refuseIf('The password', whyNotPortalPassword(given))
  const password = given ?? makePassword(context.random)
  return { password, hash: await hashPassword(password, context.random) }
}

function whyNotMail(text: string): string | undefined {
  return text.length <= 254 && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(text) ? undefined : 'must look like name@example.jp'
}

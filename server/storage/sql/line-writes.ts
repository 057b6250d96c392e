/** Changes of lines. */
import { demand } from '../../directory/access.ts'
import type { Scope } from '../../directory/account.ts'
import type { LineCredentials, NewLine } from '../../directory/directory-writer.ts'
import type { Line } from '../../directory/line.ts'
import { dayOf, signsInByPassword, whyNotDay, whyNotSipPassword } from '../../directory/line-rules.ts'
import { contactsUnlessGiven, refuseWrongLine } from '../../directory/new-line-rules.ts'
import { makePassword } from '../../directory/password.ts'
import { DirectoryRefusal } from '../../directory/refusal.ts'
import { sipPasswordPlace } from '../../directory/secret-box.ts'
import { recordChange } from './change-log.ts'
import { prepareHash } from './customer-writes.ts'
import { isThere, lineWithin, selectLines, toLine, toLoginServer } from './line-rows.ts'
import { change, notFound, refuseIf, type Write, type WriteContext } from './write-context.ts'

export async function addLine(context: WriteContext, scope: Scope, wanted: NewLine): Promise<{ line: Line; credentials: LineCredentials }> {
  demand(scope, 'add a line')
  refuseWrongLine(wanted)
  const at = context.clock.now()
  const serverName = wanted.loginServer ?? 'main'
  return change(context, '', async (write) => {
    const circle = await write.selectFrom('circles').selectAll().where('number', '=', wanted.circle).executeTakeFirst()
    if (!circle) throw notFound(`circle ${wanted.circle}`)
    const serverRow = await write.selectFrom('login_servers').selectAll().where('name', '=', serverName).executeTakeFirst()
    if (!serverRow) throw notFound(`login server ${serverName}`)
    const server = toLoginServer(serverRow, context.domain)
    await endPassedLines(context, write)

    const number = wanted.number ?? (await nextLineNumber(write, circle))
    const username = wanted.username ?? number
    await refuseTaken(write, number, server.id, username)
    const auth = wanted.auth ?? 'password'
    const needed = server.kind === 'main' && signsInByPassword(wanted.type, auth)
    const password = wanted.password ?? (needed ? makePassword(context.random) : null)
    const id = await takeLineId(write)
    const row = await write
      .insertInto('lines')
      .values({
        id,
        account_id: circle.account_id,
        circle_id: circle.id,
        login_server_id: server.id,
        number,
        type: wanted.type,
        username,
        username_key: username.toLowerCase(),
        name: wanted.name ?? '',
        department: wanted.department ?? '',
        pickup_group: wanted.pickupGroup ?? '',
        in_extension: wanted.inbound?.extension ?? '',
        in_number: wanted.inbound?.number ?? '',
        in_kind: wanted.inbound?.kind ?? '',
        out_extension: wanted.outbound?.extension ?? '',
        out_number: wanted.outbound?.number ?? '',
        out_kind: wanted.outbound?.kind ?? '',
        note: wanted.note ?? '',
        auth,
        ip_address: wanted.ipAddress ?? '',
        strong: wanted.strong ? 1 : 0,
        max_contacts: wanted.maxContacts ?? contactsUnlessGiven,
        sealed_password: password === null ? null : context.ring.seal(password, sipPasswordPlace(id)),
        password_changed_at: at,
        portal_password_hash: '',
        disabled_at: null,
        disabled_by: '',
        cancel_on: null,
        closed_at: null,
        ended_at: null,
        import_id: 0,
        created_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    await recordChange(write, 'line', id, at)
    const line = toLine({ ...row, circle_number: circle.number }, server)
    return { line, credentials: { number, username, password, domain: server.domain } }
  })
}

/** An id that was never given out before. */
async function takeLineId(write: Write): Promise<number> {
  const row = await write
    .updateTable('next_ids')
    .set((eb) => ({ next: eb('next', '+', 1) }))
    .where('name', '=', 'lines')
    .returning('next')
    .executeTakeFirstOrThrow()
  return row.next - 1
}

/** One above the circle's highest number made this way: the circle's number and three digits, four when those are used up. */
async function nextLineNumber(write: Write, circle: { id: number; number: string }): Promise<string> {
  for (const digits of [3, 4, 5, 6]) {
    const row = await write
      .selectFrom('lines')
      .select((eb) => eb.fn.max('number').as('highest'))
      .where('number', 'like', `${circle.number}${'_'.repeat(digits)}`)
      .where('number', '<=', `${circle.number}${'9'.repeat(digits)}`)
      .executeTakeFirst()
    const next = Number((row?.highest ?? '').slice(circle.number.length) || 0) + 1
    if (next < 10 ** digits) return circle.number + String(next).padStart(digits, '0')
  }
  throw new Error(`circle ${circle.number} has no number left`)
}

async function refuseTaken(write: Write, number: string, serverId: number, username: string): Promise<void> {
  const live = write.selectFrom('lines').select('id').where('ended_at', 'is', null)
  if (await live.where('number', '=', number).executeTakeFirst()) {
    throw new DirectoryRefusal('already-there', `The line ${number} is there already.`)
  }
  const sameName = live.where('login_server_id', '=', serverId).where('username_key', '=', username.toLowerCase())
  if (await sameName.executeTakeFirst()) {
    throw new DirectoryRefusal('already-there', `The user name ${username} is taken on this login server.`)
  }
}

export async function setLinePassword(context: WriteContext, scope: Scope, number: string, given?: string): Promise<LineCredentials> {
  demand(scope, 'set the SIP password of a line')
  if (given !== undefined) refuseIf('The password', whyNotSipPassword(given))
  return change(context, '', async (write) => {
    const row = await selectLines(write, scope).where('lines.number', '=', number).executeTakeFirst()
    if (!row) throw notFound(`line ${number}`)
    const line = toLine(row, toLoginServer(await serverRow(write, row.login_server_id), context.domain))
    if (!signsInByPassword(line.type, line.auth)) {
      throw new DirectoryRefusal(
        'wrong-value',
        `No phone signs in to line ${number} with a password (type ${line.type}, auth ${line.auth}).`,
      )
    }
    const password = given ?? makePassword(context.random)
    const at = context.clock.now()
    await write
      .updateTable('lines')
      .set({ sealed_password: context.ring.seal(password, sipPasswordPlace(line.id)), password_changed_at: at })
      .where('id', '=', line.id)
      .execute()
    await recordChange(write, 'line', line.id, at)
    return { number, username: line.username, password, domain: line.loginServer.domain }
  })
}

function serverRow(write: Write, id: number) {
  return write.selectFrom('login_servers').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export async function setLinePortalPassword(
  context: WriteContext,
  scope: Scope,
  number: string,
  given?: string,
): Promise<{ number: string; password: string }> {
  demand(scope, 'set the portal password of a line')
  const { password, hash } = await prepareHash(context, given)
  await updateLine(context, scope, number, { portal_password_hash: hash }, async (write, id) => {
    await write.deleteFrom('sessions').where('kind', '=', 'line').where('line_id', '=', id).execute()
  })
  return { number, password }
}

export async function disableLine(context: WriteContext, scope: Scope, number: string, by: string): Promise<void> {
  demand(scope, 'disable or enable a line')
  await updateLine(context, scope, number, { disabled_at: context.clock.now(), disabled_by: by })
}

export async function enableLine(context: WriteContext, scope: Scope, number: string): Promise<void> {
  demand(scope, 'disable or enable a line')
  await updateLine(context, scope, number, { disabled_at: null, disabled_by: '' })
}

export async function cancelLine(
  context: WriteContext,
  scope: Scope,
  number: string,
  lastDay?: string,
): Promise<{ number: string; cancelOn: string }> {
  demand(scope, 'cancel a line')
  const today = dayOf(context.clock.now())
  if (lastDay !== undefined) {
    refuseIf('The last day', whyNotDay(lastDay) ?? (lastDay < today ? `must not lie before today (${today})` : undefined))
  }
  const cancelOn = lastDay ?? today
  await updateLine(context, scope, number, { cancel_on: cancelOn, closed_at: lastDay === undefined ? context.clock.now() : null })
  return { number, cancelOn }
}

interface LineValues {
  portal_password_hash?: string
  disabled_at?: number | null
  disabled_by?: string
  cancel_on?: string
  closed_at?: number | null
}

async function updateLine(
  context: WriteContext,
  scope: Scope,
  number: string,
  values: LineValues,
  also?: (write: Write, id: number) => Promise<void>,
): Promise<void> {
  await change(context, '', async (write) => {
    const row = await write
      .updateTable('lines')
      .set(values)
      .where(isThere)
      .where(lineWithin(scope))
      .where('number', '=', number)
      .returning('id')
      .executeTakeFirst()
    if (!row) throw notFound(`line ${number}`)
    await also?.(write, row.id)
    await recordChange(write, 'line', row.id, context.clock.now())
  })
}

/** Lines whose last day of service has passed are over: their numbers and user names are free. */
export async function endPassedLines(context: WriteContext, write: Write): Promise<void> {
  const at = context.clock.now()
  const ended = await write
    .updateTable('lines')
    .set({ ended_at: at })
    .where('ended_at', 'is', null)
    .where('cancel_on', 'is not', null)
    .where('cancel_on', '<', dayOf(at))
    .returning('id')
    .execute()
  for (const { id } of ended) {
    await write.deleteFrom('sessions').where('line_id', '=', id).execute()
    await recordChange(write, 'line', id, at)
  }
}

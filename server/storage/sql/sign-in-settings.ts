/** How phones may sign in to a line, changed afterwards. */
import type { ExpressionBuilder } from 'kysely'
import { demand } from '../../directory/access.ts'
import type { Scope } from '../../directory/account.ts'
import type { CircleSettings, LineSettings } from '../../directory/directory-writer.ts'
import { whyNotContacts } from '../../directory/new-line-rules.ts'
import { recordChange } from './change-log.ts'
import { circleWithin, selectLines } from './line-rows.ts'
import type { DirectoryTables } from './tables.ts'
import { change, notFound, refuseIf, type WriteContext } from './write-context.ts'

export async function setCircle(
  context: WriteContext,
  scope: Scope,
  number: string,
  { strong }: CircleSettings,
): Promise<{ number: string; strong: boolean }> {
  demand(scope, 'set how a circle signs in')
  return change(context, '', async (write) => {
    const row = await write
      .selectFrom('circles')
      .select(['id', 'strong'])
      .where(circleWithin(scope))
      .where('number', '=', number)
      .executeTakeFirst()
    if (!row) throw notFound(`circle ${number}`)
    const before = row.strong === 1
    if (strong === undefined || strong === before) return { number, strong: before }
    const at = context.clock.now()
    await write
      .updateTable('circles')
      .set({ strong: strong ? 1 : 0 })
      .where('id', '=', row.id)
      .execute()
    await recordChange(write, 'circle', row.id, at)
    // Who follows the directory asks by line, and every line of the circle is another one now.
    await write
      .insertInto('changes')
      .columns(['at', 'what', 'subject_id'])
      .expression((eb) => linesOf(eb, row.id, at))
      .execute()
    return { number, strong }
  })
}

function linesOf(eb: ExpressionBuilder<DirectoryTables, 'changes'>, circleId: number, at: number) {
  return eb
    .selectFrom('lines')
    .select(({ val, ref }) => [val(at).as('at'), val('line').as('what'), ref('lines.id').as('subject_id')])
    .where('lines.circle_id', '=', circleId)
    .where('lines.ended_at', 'is', null)
}

export async function setLine(
  context: WriteContext,
  scope: Scope,
  number: string,
  { strong, maxContacts }: LineSettings,
): Promise<{ number: string; strong: boolean; maxContacts: number }> {
  demand(scope, 'set how a line signs in')
  if (maxContacts !== undefined) refuseIf('The number of contacts', whyNotContacts(maxContacts))
  return change(context, '', async (write) => {
    const row = await selectLines(write, scope).where('lines.number', '=', number).executeTakeFirst()
    if (!row) throw notFound(`line ${number}`)
    const set = { strong: strong ?? row.strong === 1, maxContacts: maxContacts ?? row.max_contacts }
    await write
      .updateTable('lines')
      .set({ strong: set.strong ? 1 : 0, max_contacts: set.maxContacts })
      .where('id', '=', row.id)
      .execute()
    await recordChange(write, 'line', row.id, context.clock.now())
    return { number, ...set }
  })
}

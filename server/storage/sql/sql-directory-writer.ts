/** Changes of the directory, as its contract names them. */
import type { DirectoryWriter } from '../../directory/directory-writer.ts'
import * as access from './access-writes.ts'
import { changesKept } from './change-log.ts'
import * as customers from './customer-writes.ts'
import * as lines from './line-writes.ts'
import * as signIn from './sign-in-settings.ts'
import { change, type WriteContext } from './write-context.ts'

export function buildDirectoryWriter(context: WriteContext): DirectoryWriter {
  return {
    addAccount: (scope, account) => customers.addAccount(context, scope, account),
    setAccountPassword: (scope, login, password) => customers.setAccountPassword(context, scope, login, password),
    addCircle: (scope, circle) => customers.addCircle(context, scope, circle),
    setCircle: (scope, number, settings) => signIn.setCircle(context, scope, number, settings),
    setCirclePassword: (scope, number, password) => customers.setCirclePassword(context, scope, number, password),
    addLine: (scope, line) => lines.addLine(context, scope, line),
    setLine: (scope, number, settings) => signIn.setLine(context, scope, number, settings),
    setLinePassword: (scope, number, password) => lines.setLinePassword(context, scope, number, password),
    setLinePortalPassword: (scope, number, password) => lines.setLinePortalPassword(context, scope, number, password),
    disableLine: (scope, number, by) => lines.disableLine(context, scope, number, by),
    enableLine: (scope, number) => lines.enableLine(context, scope, number),
    cancelLine: (scope, number, lastDay) => lines.cancelLine(context, scope, number, lastDay),
    addLoginServer: (scope, server) => access.addLoginServer(context, scope, server),
    addToken: (scope, owner) => access.addToken(context, scope, owner),
    listTokens: (scope) => access.listTokens(context, scope),
    revokeToken: (scope, id) => access.revokeToken(context, scope, id),
    setOperatorPassword: (scope, password) => access.setOperatorPassword(context, scope, password),
    hasOperatorPassword: () => access.hasOperatorPassword(context),
    tidy: () => tidy(context),
  }
}

async function tidy(context: WriteContext): Promise<void> {
  await change(context, '', async (write) => {
    await lines.endPassedLines(context, write)
    const newest = write.selectFrom('changes').select((eb) => eb.fn.max('seq').as('seq'))
    await write
      .deleteFrom('changes')
      .where('at', '<', context.clock.now() - changesKept)
      .where('seq', '<', newest)
      .execute()
  })
}

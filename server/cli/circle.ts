/** `regista circle …`: groups of lines under a 10-digit number. */
import type { Command } from 'commander'
import { notFoundSentence } from './not-found.ts'
import { passwordStdin, warnShort } from './password-options.ts'
import { addCircleSetVerb } from './sign-in-settings.ts'
import { addVerb, asTable, givenPassword, operator, type Run } from './verb.ts'

interface AddOptions {
  account: string
  number: string
  name?: string
  department?: string
  person?: string
  strong?: boolean
  passwordStdin?: boolean
}

export function addCircleVerbs(run: Run, program: Command): void {
  const circle = program.command('circle').description('groups of lines under a 10-digit number')

  addVerb<AddOptions>(
    run,
    circle,
    'add',
    'add a circle; prints its number and password',
    (command) =>
      command
        .requiredOption('--account <login>', 'account that owns it')
        .requiredOption('--number <number>', '10 digits')
        .option('--name <name>', 'name shown in lists')
        .option('--department <name>', 'department')
        .option('--person <name>', 'person in charge')
        .option('--strong', 'only SHA-256 for all of its lines, not MD5')
        .addOption(passwordStdin()),
    async (context, { account, number, name, department, person, strong, ...options }) => {
      const password = await givenPassword(context, options)
      const added = await context.writer.addCircle(operator, {
        account,
        number,
        ...(name !== undefined && { name }),
        ...(department !== undefined && { department }),
        ...(person !== undefined && { person }),
        ...(strong !== undefined && { strong }),
        ...(password !== undefined && { password }),
      })
      const json = { number: added.circle.number, password: added.password }
      return { json, text: asTable(json), warnings: warnShort(password) }
    },
  )

  addVerb<{ account?: string }>(
    run,
    circle,
    'list',
    'list circles',
    (command) => command.option('--account <login>', 'only those of this account'),
    async ({ directory }, { account }) => {
      const accounts = await directory.accounts(operator)
      const logins = new Map(accounts.map(({ id, login }) => [id, login]))
      const wanted = accounts.find(({ login }) => login.toLowerCase() === account?.toLowerCase())
      if (account !== undefined && !wanted) throw notFoundSentence(`account ${account}`)
      const circles = (await directory.circles(operator)).filter(({ accountId }) => !wanted || accountId === wanted.id)
      return {
        rows: circles.map(({ id: _id, accountId, number, ...rest }) => ({ number, account: logins.get(accountId) ?? '', ...rest })),
        textOf: (row: { number: string; account: string; name: string; administrator: boolean }) =>
          `${row.number}${row.administrator ? '*' : ''}\t${row.account}\t${row.name}\n`,
      }
    },
  )

  addCircleSetVerb(run, circle)

  addVerb<{ passwordStdin?: boolean }>(
    run,
    circle,
    'set-password',
    'give a circle a new password; ends its sessions',
    (command) => command.argument('<number>').addOption(passwordStdin()),
    async (context, options, number = '') => {
      const password = await givenPassword(context, options)
      const json = await context.writer.setCirclePassword(operator, number, password)
      return { json, text: asTable(json), warnings: warnShort(password) }
    },
  )
}

/** `regista account …`: customer companies. */
import { type Command, Option } from 'commander'
import { passwordStdin, warnShort } from './password-options.ts'
import { addVerb, asTable, givenPassword, operator, type Run } from './verb.ts'

interface AddOptions {
  login: string
  name: string
  mail?: string
  language?: 'ja' | 'en'
  passwordStdin?: boolean
}

export function addAccountVerbs(run: Run, program: Command): void {
  const account = program.command('account').description('customer companies')

  addVerb<AddOptions>(
    run,
    account,
    'add',
    'add an account; prints its login and password',
    (command) =>
      command
        .requiredOption('--login <login>', 'what its people sign in as')
        .requiredOption('--name <name>', 'name of the company')
        .option('--mail <address>', 'mail address')
        .addOption(new Option('--language <language>', 'language of its mails').choices(['ja', 'en']))
        .addOption(passwordStdin()),
    async (context, { passwordStdin: _, ...options }) => {
      const password = await givenPassword(context, { passwordStdin: _ ?? false })
      const added = await context.writer.addAccount(operator, { ...options, ...(password !== undefined && { password }) })
      const json = { login: added.account.login, password: added.password }
      return { json, text: asTable(json), warnings: warnShort(password) }
    },
  )

  addVerb(
    run,
    account,
    'list',
    'list all accounts',
    (command) => command,
    async ({ directory }) => ({
      rows: (await directory.accounts(operator)).map(({ login, name, mail, language, createdAt }) => ({
        login,
        name,
        mail,
        language,
        createdAt: new Date(createdAt).toISOString(),
      })),
      textOf: (row: { login: string; name: string }) => `${row.login}\t${row.name}\n`,
    }),
  )

  addVerb<{ passwordStdin?: boolean }>(
    run,
    account,
    'set-password',
    'give an account a new password; ends its sessions',
    (command) => command.argument('<login>').addOption(passwordStdin()),
    async (context, options, login = '') => {
      const password = await givenPassword(context, options)
      const json = await context.writer.setAccountPassword(operator, login, password)
      return { json, text: asTable(json), warnings: warnShort(password) }
    },
  )
}

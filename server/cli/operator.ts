/** `regista operator …`: who runs the installation. */
import type { Command } from 'commander'
import { passwordStdin, warnShort } from './password-options.ts'
import { addVerb, asTable, givenPassword, operator, type Run } from './verb.ts'

export function addOperatorVerbs(run: Run, program: Command): void {
  const command = program.command('operator').description('who runs the installation')

  addVerb<{ passwordStdin?: boolean }>(
    run,
    command,
    'set-password',
    'give the operator a new password; ends the operator’s sessions',
    (verb) => verb.addOption(passwordStdin()),
    async (context, options) => {
      const password = await givenPassword(context, options)
      const json = await context.writer.setOperatorPassword(operator, password)
      return { json, text: asTable(json), warnings: warnShort(password) }
    },
  )
}

/** The operator's command: works off one command line and gives the exit code (0 done, 1 refused, 2 wrong usage). */
import { Command, CommanderError } from 'commander'
import { addAccountVerbs } from './account.ts'
import { addBanVerbs } from './ban.ts'
import { addCircleVerbs } from './circle.ts'
import { addLineVerbs } from './line.ts'
import { addLoginServerVerbs } from './login-server.ts'
import { addOperatorVerbs } from './operator.ts'
import type { CommandParts } from './parts.ts'
import { addServeVerbs } from './serve.ts'
import { addTokenVerbs } from './token.ts'
import type { Run } from './verb.ts'

const settingsHelp = `
Each verb has its own --help. Settings come from REGISTA_… in the environment or from regista.yaml; "regista check-config --help"
lists them. Give every verb those of the server, above all REGISTA_DATA: the directory that both work on.`

/** `words`: what was typed after `regista`. */
export async function runCommand(words: readonly string[], parts: CommandParts): Promise<number> {
  const run: Run = { parts, exitCode: 0 }
  const { terminal } = parts
  const program = new Command('regista')
    .description('A SIP registrar and the portal that tells each customer whether a phone is signed in, and why not')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => terminal.err(text.replace(/^error: /, 'regista: ')),
    })
    .showSuggestionAfterError(true)
    .addHelpText('after', settingsHelp)
  addServeVerbs(run, program)
  for (const add of [addAccountVerbs, addCircleVerbs, addLineVerbs, addLoginServerVerbs, addTokenVerbs, addBanVerbs, addOperatorVerbs])
    add(run, program)
  try {
    await program.parseAsync([...words], { from: 'user' })
    return run.exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return 0
    const message = error.message.replace(/^error: /, '')
    if (words.includes('--json')) terminal.out(`${JSON.stringify({ error: { code: 'wrong-usage', message } })}\n`)
    return 2
  }
}

/** `regista serve`, `migrate` and `check-config`: the program itself. */
import type { Command } from 'commander'
import { settings } from '../config/config.ts'
import { readConfig, readSettings } from '../config/read-config.ts'
import { addVerb, guard, type Run, shareOptions } from './verb.ts'

export function addServeVerbs(run: Run, program: Command): void {
  program
    .command('serve')
    .description('run the server until SIGTERM or SIGINT')
    .option('--config <file>', 'YAML file of settings (else regista.yaml, if there)')
    .action(async ({ config }: { config?: string }) => {
      await guard(run, false, () => run.parts.serve(readConfig(config === undefined ? {} : { file: config })))
    })

  addVerb(
    run,
    program,
    'migrate',
    'bring the tables up to date (a start of the server does so too)',
    (command) => command,
    async ({ migrated }) => ({
      json: { migrated },
      text: migrated.length > 0 ? `${migrated.join('\n')}\n` : 'The tables are up to date.\n',
    }),
  )

  const check = shareOptions(program.command('check-config').description('check and show every setting'))
  check.addHelpText('after', `\nSettings (in the environment; in the file in lower case without REGISTA_):\n${settingsPage()}`)
  check.action(async (options: { json?: boolean; config?: string }) => {
    await guard(run, options.json === true, async () => checkConfig(run, options))
  })
}

function checkConfig(run: Run, { json, config }: { json?: boolean; config?: string }): void {
  const sources = config === undefined ? {} : { file: config }
  readConfig(sources)
  const shown = [...readSettings(sources).values()].map(({ setting, text, from }) => ({
    name: `REGISTA_${setting.name}`,
    value: setting.secret && text !== '' ? '(set)' : text,
    from,
  }))
  const lines = shown.map(({ name, value, from }) => `${name.padEnd(nameWidth)}${value || '-'}${from === 'default' ? '' : `  (${from})`}\n`)
  run.parts.terminal.out(json ? `${JSON.stringify({ settings: shown })}\n` : lines.join(''))
}

/** Room for the longest name. */
const nameWidth = Math.max(...settings.map(({ name }) => `REGISTA_${name}`.length)) + 2

function settingsPage(): string {
  return settings
    .map((setting) => `  ${`REGISTA_${setting.name}`.padEnd(nameWidth)}${setting.meaning}${setting.default && ` [${setting.default}]`}`)
    .join('\n')
}

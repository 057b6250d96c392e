/** How every verb runs: settings, directory, its work, its answer as text or JSON, and the wait for a running server. */
import { type Command, Option } from 'commander'
import { type Config, ConfigError } from '../config/config.ts'
import { readConfig } from '../config/read-config.ts'
import type { Scope } from '../directory/account.ts'
import { DirectoryRefusal } from '../directory/refusal.ts'
import { waitUntilCaughtUp } from './control-client.ts'
import type { CommandParts, Installation, Terminal } from './parts.ts'

/** The command acts for whoever may read the data directory: the operator. */
export const operator: Scope = { kind: 'operator' }

export interface VerbContext extends Installation {
  config: Config
  parts: CommandParts
}

/** With a `refusal` (one sentence for stderr) the answer is printed all the same, and the exit code is 1. */
export type VerbAnswer =
  | { json: unknown; text: string; warnings?: readonly string[]; refusal?: string }
  /** A long list, written row by row. */
  | RowsAnswer

interface RowsAnswer {
  /** Before the rows, where they are text. */
  head?: string
  rows: Iterable<unknown>
  textOf(row: never): string
}

/** Set by a verb's action; read when the command line has been worked off. */
export interface Run {
  parts: CommandParts
  exitCode: number
}

interface SharedOptions {
  json?: boolean
  config?: string
}

/** Adds `parent name`. `describe` adds the verb's own arguments and options. */
export function addVerb<Options extends object>(
  run: Run,
  parent: Command,
  name: string,
  about: string,
  describe: (command: Command) => Command,
  work: (context: VerbContext, options: Options, ...operands: string[]) => Promise<VerbAnswer>,
): void {
  const command = describe(shareOptions(parent.command(name).description(about)))
  command.action(async (...given: unknown[]) => {
    const operands = given.slice(0, command.registeredArguments.length) as string[]
    const options = command.opts<Options & SharedOptions>()
    await guard(run, options.json === true, async () => {
      const config = readConfig(options.config === undefined ? {} : { file: options.config })
      const installation = await run.parts.open(config)
      try {
        const before = installation.directory.latestSeq()
        const answer = await work({ ...installation, config, parts: run.parts }, options, ...operands).catch((error: unknown) => {
          throw before === 0 ? inNewDirectory(error, config.data) : error
        })
        const after = installation.directory.latestSeq()
        if (after !== before) await waitUntilCaughtUp(config.data, after)
        run.exitCode = print(run.parts.terminal, answer, options.json === true)
      } finally {
        await installation.close()
      }
    })
  })
}

/** What is not found in a directory that nothing was ever put into is most likely in another one: the running server's. */
function inNewDirectory(error: unknown, data: string): unknown {
  if (!(error instanceof DirectoryRefusal) || error.code !== 'not-found') return error
  const hint = 'if the server keeps its data elsewhere, give this command the same REGISTA_DATA or --config.'
  return new DirectoryRefusal('not-found', `${error.message} The data directory ${data} is empty; ${hint}`)
}

export function shareOptions(command: Command): Command {
  return command
    .addOption(new Option('--json', 'print one JSON value and nothing else'))
    .addOption(new Option('--config <file>', 'YAML file of settings (else regista.yaml, if there)'))
}

/** Runs `work`; what it refuses is one sentence on stderr, and with `--json` an error value on stdout. */
export async function guard(run: Run, json: boolean, work: () => Promise<void>): Promise<void> {
  const { terminal } = run.parts
  try {
    await work()
  } catch (error) {
    run.exitCode = 1
    const known = error instanceof DirectoryRefusal || error instanceof ConfigError
    const message = error instanceof Error ? error.message : String(error)
    if (json) terminal.out(`${JSON.stringify({ error: { code: known ? error.code : 'internal', message } })}\n`)
    terminal.err(`regista: ${message}\n`)
    // A plain Error is a sentence of ours; anything else is a mistake in the program, and then the place matters.
    if (error instanceof Error && !known && error.name !== 'Error') terminal.err(`${error.stack}\n`)
  }
}

function print(terminal: Terminal, answer: VerbAnswer, json: boolean): number {
  if ('rows' in answer) {
    printRows(terminal, answer, json)
    return 0
  }
  for (const warning of answer.warnings ?? []) terminal.err(`regista: warning: ${warning}\n`)
  terminal.out(json ? `${JSON.stringify(answer.json)}\n` : withoutControls(answer.text))
  if (answer.refusal === undefined) return 0
  terminal.err(`regista: ${answer.refusal}\n`)
  return 1
}

/** What strangers wrote (the name of an attempt to sign in, say) must not steer the operator's terminal. */
function withoutControls(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t\r\n]/gu, '\uFFFD')
}

const pieceLength = 65536

function printRows(terminal: Terminal, { head, rows, textOf }: RowsAnswer, json: boolean): void {
  let piece = json ? '[' : (head ?? '')
  let first = true
  for (const row of rows) {
    piece += json ? `${first ? '' : ',\n'}${JSON.stringify(row)}` : withoutControls(textOf(row as never))
    first = false
    if (piece.length >= pieceLength) {
      terminal.out(piece)
      piece = ''
    }
  }
  terminal.out(json ? `${piece}]\n` : piece)
}

/** Names and values under one another. */
export function asTable(values: Record<string, string | number | null>): string {
  const width = Math.max(...Object.keys(values).map((name) => name.length))
  return Object.entries(values)
    .map(([name, value]) => `${name.padEnd(width)}  ${value ?? '-'}\n`)
    .join('')
}

/** The one password on standard input (a line end after it is not part of it), or undefined without the option. */
export async function givenPassword(context: VerbContext, options: { passwordStdin?: boolean }): Promise<string | undefined> {
  return options.passwordStdin ? readSecret(context.parts.terminal) : undefined
}

export async function readSecret(terminal: Terminal): Promise<string> {
  const secret = (await terminal.readInput()).replace(/\r?\n$/, '')
  if (secret === '') throw new DirectoryRefusal('wrong-value', 'Nothing came on standard input, where the password was to come from.')
  return secret
}

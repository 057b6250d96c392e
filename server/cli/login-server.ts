/** `regista login-server …`: the SIP servers that lines sign in to. */
import { type Command, Option } from 'commander'
import type { LoginServer, LoginServerKind } from '../directory/line.ts'
import { addVerb, asTable, operator, type Run, readSecret } from './verb.ts'

const kinds: readonly LoginServerKind[] = [
  'main',
  'kamailio',
  'opensips',
  'asterisk-ami',
  'asterisk-ari',
  'freeswitch',
  'reg-event',
  'webhook',
]

interface AddOptions {
  name: string
  kind: LoginServerKind
  url: string
  domain?: string
  user?: string
  secretStdin?: boolean
}

export function addLoginServerVerbs(run: Run, program: Command): void {
  const server = program.command('login-server').description('SIP servers that lines sign in to')

  addVerb<AddOptions>(
    run,
    server,
    'add',
    'add somebody else’s SIP server',
    (command) =>
      command
        .requiredOption('--name <name>', 'name by which lines refer to it')
        .addOption(new Option('--kind <kind>', 'what it is').choices(kinds).makeOptionMandatory())
        .requiredOption('--url <url>', 'where it is asked')
        .option('--domain <domain>', 'its SIP domain')
        .option('--user <name>', 'user to ask as')
        .option('--secret-stdin', 'take that user’s secret from standard input'),
    async ({ writer, parts }, { secretStdin, ...given }) => {
      const secret = secretStdin ? await readSecret(parts.terminal) : undefined
      const json = toShown(await writer.addLoginServer(operator, { ...given, ...(secret !== undefined && { secret }) }))
      return { json, text: asTable({ ...json, pushes: json.pushes ? 'yes' : 'no' }) }
    },
  )

  addVerb(
    run,
    server,
    'list',
    'list all login servers',
    (command) => command,
    async ({ directory }) => ({
      rows: (await directory.loginServers(operator)).map(toShown),
      textOf: (row: ReturnType<typeof toShown>) => `${row.name}\t${row.kind}\t${row.domain}\t${row.url}\n`,
    }),
  )
}

function toShown({ name, kind, url, domain, pushes }: LoginServer) {
  return { name, kind, url, domain, pushes }
}

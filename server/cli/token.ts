/** `regista token …`: keys of other programs to the API. */
import { Argument, type Command, InvalidArgumentError } from 'commander'
import type { TokenEntry, TokenOwner } from '../directory/directory-writer.ts'
import { DirectoryRefusal } from '../directory/refusal.ts'
import { addVerb, asTable, operator, type Run } from './verb.ts'

interface OwnerOptions {
  operator?: boolean
  account?: string
  circle?: string
}

export function addTokenVerbs(run: Run, program: Command): void {
  const token = program.command('token').description('keys of other programs to the API')

  addVerb<OwnerOptions>(
    run,
    token,
    'add',
    'make a token; it is shown once',
    (command) =>
      command
        .option('--operator', 'for the whole installation')
        .option('--account <login>', 'for one account')
        .option('--circle <number>', 'for one circle'),
    async ({ writer }, options) => {
      const json = await writer.addToken(operator, ownerOf(options))
      return { json, text: asTable(json) }
    },
  )

  addVerb(
    run,
    token,
    'list',
    'list all tokens (never what they are)',
    (command) => command,
    async ({ writer }) => ({
      rows: (await writer.listTokens(operator)).map((entry) => ({ ...entry, createdAt: new Date(entry.createdAt).toISOString() })),
      textOf: (row: TokenEntry) => `${row.id}\t${row.kind}\t${row.owner}\n`,
    }),
  )

  addVerb(
    run,
    token,
    'revoke',
    'end a token at once',
    (command) => command.addArgument(new Argument('<id>').argParser(wholeNumber)),
    async ({ writer }, _options, id = '') => {
      await writer.revokeToken(operator, Number(id))
      return { json: { id: Number(id), revoked: true }, text: `Token ${id} is revoked.\n` }
    },
  )
}

function ownerOf({ operator, account, circle }: OwnerOptions): TokenOwner {
  const owners: TokenOwner[] = []
  if (operator) owners.push({ kind: 'operator' })
  if (account !== undefined) owners.push({ kind: 'account', login: account })
  if (circle !== undefined) owners.push({ kind: 'circle', number: circle })
  const [owner] = owners
  if (!owner || owners.length > 1) throw new DirectoryRefusal('wrong-value', 'Give one of --operator, --account LOGIN and --circle NUMBER.')
  return owner
}

function wholeNumber(text: string): string {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a number, as `token list` shows it.')
  return text
}

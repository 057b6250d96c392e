/** `regista ban …`: who may not sign in for a while because too much was guessed. */
import { Argument, type Command } from 'commander'
import { DirectoryRefusal } from '../directory/refusal.ts'
import type { Ban, BanBook } from '../registrar/guard/ban-store.ts'
import { serverRuns } from './control-client.ts'
import { notFoundSentence } from './not-found.ts'
import { addVerb, operator, type Run, type VerbContext } from './verb.ts'

interface LiftOptions {
  all?: boolean
  line?: string
  address?: string
}

/** How long a verb waits for the running server to follow, and how often it looks, in ms. */
const longestWait = 1000
const lookEvery = 20

export function addBanVerbs(run: Run, program: Command): void {
  const ban = program.command('ban').description('addresses that guessed too much and may not sign in for a while')

  addVerb(
    run,
    ban,
    'list',
    'list all that are in force, the newest first',
    (command) => command,
    async (context) =>
      withBook(context, async (book) => ({
        rows: shown(context, book.list(context.parts.clock.now())),
        textOf: (row: ReturnType<typeof toShown>) =>
          `${row.id}\t${row.address}\t${row.username || '(all names)'}\t${row.reason}\t${row.count}\tuntil ${row.until}\t${row.lines.join(' ') || '-'}\n`,
      })),
  )

  addVerb<LiftOptions>(
    run,
    ban,
    'lift',
    'end one at once, or all of a line, an address or the installation',
    (command) =>
      command
        .addArgument(new Argument('[id]', 'as `ban list` shows it'))
        .option('--all', 'every one')
        .option('--line <number>', 'those that concern this line')
        .option('--address <address>', 'those of this address, as `ban list` shows it'),
    async (context, options, id) =>
      withBook(context, async (book) => {
        const { clock } = context.parts
        const chosen = await choose(context, book.list(clock.now()), options, id)
        const lifted = chosen.filter((one) => book.lift(one.id, 'operator (command)', clock.now())).map((one) => one.id)
        if (lifted.length > 0) await followed(context, book, lifted)
        return { json: { lifted }, text: lifted.length === 0 ? 'There was none.\n' : `Lifted: ${lifted.join(', ')}.\n` }
      }),
  )
}

async function withBook<Answer>(context: VerbContext, work: (book: BanBook) => Promise<Answer>): Promise<Answer> {
  const book = context.parts.openBans(context.config)
  try {
    return await work(book)
  } finally {
    book.close()
  }
}

async function choose(context: VerbContext, bans: readonly Ban[], { all, line, address }: LiftOptions, id = ''): Promise<Ban[]> {
  const given = [id !== '', all === true, line !== undefined, address !== undefined].filter(Boolean).length
  if (given !== 1) throw new DirectoryRefusal('wrong-value', 'Say which: an id from `ban list`, --line, --address or --all.')
  if (all === true) return [...bans]
  if (address !== undefined) return bans.filter((one) => one.address === address)
  if (line !== undefined) {
    const found = await context.directory.line(operator, line)
    if (found === undefined) throw notFoundSentence(`line ${line}`)
    return bans.filter((one) => one.lineIds.includes(found.id))
  }
  const one = bans.find((ban) => String(ban.id) === id)
  if (one === undefined) throw notFoundSentence(`ban ${id} in force`)
  return [one]
}

/** Waits until the running server has taken the lifts over; where none runs there is nobody to wait for. */
async function followed(context: VerbContext, book: BanBook, ids: readonly number[]): Promise<void> {
  if (!(await serverRuns(context.config.data))) return
  const { clock, wait } = context.parts
  const until = clock.monotonic() + longestWait
  while (!ids.every((id) => book.isFollowed(id)) && clock.monotonic() < until) await wait(lookEvery)
}

function shown({ directory }: VerbContext, bans: readonly Ban[]) {
  const numbers = new Map<number, string>()
  const named = [...new Set(bans.flatMap(({ lineIds }) => lineIds))]
  for (const { id, number } of named.length === 0 ? [] : directory.lineEntries(named)) numbers.set(id, number)
  return bans.map((ban) => toShown(ban, numbers))
}

function toShown({ id, address, username, reason, count, userAgent, from, until, lineIds }: Ban, numbers: ReadonlyMap<number, string>) {
  const lines = lineIds
    .map((lineId) => numbers.get(lineId))
    .filter((number) => number !== undefined)
    .sort()
  return {
    id,
    address,
    username,
    reason,
    count,
    userAgent,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    lines,
  }
}

/** `regista line list|export|status`: what is there, a row at a time. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { Command } from 'commander'
import type { ImportCells } from '../directory/imported-row.ts'
import type { Line } from '../directory/line.ts'
import { DirectoryRefusal } from '../directory/refusal.ts'
import { askLineStatus, type LineStatusAnswer } from './control-client.ts'
import { csvHead, csvText, toCells } from './line-csv.ts'
import { notFoundSentence } from './not-found.ts'
import { addVerb, operator, type Run, type VerbContext } from './verb.ts'

interface CircleOption {
  circle?: string
}

export function addLineListVerbs(run: Run, line: Command): void {
  addVerb<CircleOption>(run, line, 'list', 'list lines', ofCircle, async (context, { circle }) => ({
    rows: mapped(await linesOf(context, circle), toListed),
    textOf: (row: ReturnType<typeof toListed>) =>
      `${row.number}\t${row.circle}\t${row.type}\t${row.loginServer}\t${row.username}\t${row.name}\n`,
  }))

  addVerb<CircleOption>(
    run,
    line,
    'export',
    'write lines as CSV, as `line import` reads them, without passwords',
    (command) => ofCircle(command).argument('[file]', 'else to standard output'),
    async (context, { circle }, file) => {
      const rows = mapped(await linesOf(context, circle), toCells)
      if (file === undefined) return { head: csvHead, rows, textOf: csvText }
      const exported = writeCsv(file, rows)
      return { json: { exported, file }, text: `${exported} lines are in ${file}.\n` }
    },
  )

  addVerb<CircleOption>(run, line, 'status', 'what the running server knows of each line', ofCircle, async (context, { circle }) => {
    const lines = await linesOf(context, circle)
    const rows: Iterable<LineStatusAnswer> = (await askLineStatus(context.config.data, circle)) ?? mapped(lines, unknownStatus)
    return {
      rows,
      textOf: (row: LineStatusAnswer) => `${row.number}\t${row.sign}\t${row.state}\t${row.cause ?? '-'}\n`,
    }
  })
}

function ofCircle(command: Command): Command {
  return command.option('--circle <number>', 'only those of this circle')
}

async function linesOf({ directory }: VerbContext, circle: string | undefined): Promise<Iterable<Line>> {
  if (circle !== undefined && !(await directory.circle(operator, circle))) throw notFoundSentence(`circle ${circle}`)
  return directory.eachLine(operator, circle)
}

/** Nobody knows while no server runs. */
function unknownStatus(line: Line): LineStatusAnswer {
  return { number: line.number, sign: 'no-data', state: 'no-data', cause: null }
}

function toListed(line: Line) {
  return {
    number: line.number,
    circle: line.circleNumber,
    type: line.type,
    loginServer: line.loginServer.name,
    username: line.username,
    name: line.name,
    department: line.department,
    pickupGroup: line.pickupGroup,
    inbound: line.inbound,
    outbound: line.outbound,
    note: line.note,
    auth: line.auth,
    ipAddress: line.ipAddress,
    disabledAt: line.disabledAt === null ? null : new Date(line.disabledAt).toISOString(),
    cancelOn: line.cancelOn,
  }
}

function* mapped<From, To>(from: Iterable<From>, map: (value: From) => To): Iterable<To> {
  for (const value of from) yield map(value)
}

/** Readable by the operator only: it names customers' lines. */
function writeCsv(path: string, rows: Iterable<ImportCells>): number {
  let file: number
  try {
    file = openSync(path, 'w', 0o600)
  } catch (error) {
    throw new DirectoryRefusal('wrong-value', `The file ${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`)
  }
  let count = 0
  let piece = csvHead
  for (const row of rows) {
    piece += csvText(row)
    count++
    if (piece.length > 65536) {
      writeSync(file, piece)
      piece = ''
    }
  }
  writeSync(file, piece)
  closeSync(file)
  return count
}

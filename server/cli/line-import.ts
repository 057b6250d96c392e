/** `regista line import`: first every row is checked, then all are written. */
import { closeSync, fchmodSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Command } from 'commander'
import { type BadRow, checkRow, SeenRows } from '../directory/imported-row.ts'
import { type ImportBook, type ImportedLine, type ImportRun, rowsPerTransaction } from '../directory/line-import.ts'
import { whyWeak } from '../directory/line-rules.ts'
import { makePassword } from '../directory/password.ts'
import { DirectoryRefusal } from '../directory/refusal.ts'
import { pooled } from '../runtime/random.ts'
import { readCsv } from './csv-rows.ts'
import { quoted } from './line-csv.ts'
import { addVerb, operator, type Run, type VerbAnswer, type VerbContext } from './verb.ts'

interface ImportOptions {
  dryRun?: boolean
  skipBad?: boolean
  passwords?: string
}

export function addLineImportVerb(run: Run, line: Command): void {
  addVerb<ImportOptions>(
    run,
    line,
    'import',
    'add the lines of a CSV file, all or none',
    (command) =>
      command
        .argument('<file.csv>')
        .option('--dry-run', 'only check every row')
        .option('--skip-bad', 'import the good rows although others are bad')
        .option('--passwords <file>', 'where to write the passwords that are made for rows without one'),
    importLines,
  )
}

async function importLines(context: VerbContext, options: ImportOptions, file = ''): Promise<VerbAnswer> {
  const checked = await checkAll(context, file)
  const refuses = checked.refused.length > 0 && !options.skipBad
  const warnings = checked.weak > 0 ? [`${checked.weak} of the given passwords are easily guessed.`] : []
  let imported = 0
  if (!refuses && !options.dryRun && checked.good > 0) {
    if (checked.toMake > 0 && options.passwords === undefined) {
      warnings.push(
        `${checked.toMake} passwords were made and kept nowhere else, as --passwords was not given; "line set-password" makes new ones.`,
      )
    }
    imported = await writeAll(context, file, checked, options.passwords)
  }
  const { refused } = checked
  const end = options.dryRun
    ? `${checked.good} rows are good, ${refused.length} are bad; nothing was imported.`
    : `${imported} lines imported, ${refused.length} rows refused.`
  return {
    json: { imported, refused },
    text: `${refused.map(({ row, column, why }) => `row ${row}${column && `, ${column}`}: ${why}\n`).join('')}${end}\n`,
    warnings,
    ...(refuses && {
      refusal: `Nothing was imported, because ${refused.length === 1 ? 'a row is' : `${refused.length} rows are`} bad; mend the file, or take the good rows with --skip-bad.`,
    }),
  }
}

interface Checked {
  good: number
  refused: BadRow[]
  /** Given passwords that are easily guessed. */
  weak: number
  /** Passwords to be made. */
  toMake: number
}

async function checkAll({ lineImport }: VerbContext, file: string): Promise<Checked> {
  const book = lineImport.book(operator)
  const seen = new SeenRows()
  const checked: Checked = { good: 0, refused: [], weak: 0, toMake: 0 }
  for await (const read of readCsv(file)) {
    if ('why' in read) {
      checked.refused.push({ row: read.row, column: '', why: read.why })
      continue
    }
    const result = checkRow(read.cells, book)
    const bad = 'why' in result ? result : seen.add(result.line, read.row)
    if (bad) checked.refused.push({ row: read.row, column: bad.column, why: bad.why })
    else if ('line' in result) {
      checked.good++
      if (result.needsPassword) checked.toMake++
      else if (result.line.password !== null && whyWeak(result.line.password, [result.line.number, result.line.username])) checked.weak++
    }
  }
  return checked
}

async function writeAll(context: VerbContext, file: string, checked: Checked, passwordsFile: string | undefined): Promise<number> {
  const passwords = passwordsFile === undefined ? undefined : new PasswordsFile(passwordsFile)
  let run: ImportRun | undefined
  try {
    run = context.lineImport.begin(operator, checked.good)
    const written = await writeRows(context, run, file, new Set(checked.refused.map(({ row }) => row)), passwords)
    if (written !== checked.good)
      throw new DirectoryRefusal('import-refused', `The file ${file} was changed while it was read; nothing was imported.`)
    passwords?.close()
    run.finish()
    return written
  } catch (error) {
    passwords?.discard()
    run?.abandon()
    throw error
  }
}

async function writeRows(
  { lineImport, parts }: VerbContext,
  run: ImportRun,
  file: string,
  badRows: ReadonlySet<number>,
  passwords: PasswordsFile | undefined,
): Promise<number> {
  // What is taken was settled in the first pass; now the database's own unique indexes stand guard.
  const settled = lineImport.book(operator)
  const book: ImportBook = {
    circle: (number) => settled.circle(number),
    loginServer: (name) => settled.loginServer(name),
    numberTaken: () => false,
    usernameTaken: () => false,
  }
  const random = pooled(parts.random)
  let lines: ImportedLine[] = []
  let written = 0
  const flush = () => {
    run.add(lines)
    passwords?.flush()
    written += lines.length
    lines = []
  }
  for await (const read of readCsv(file)) {
    if (badRows.has(read.row) || 'why' in read) continue
    const result = checkRow(read.cells, book)
    if ('why' in result) continue
    if (result.needsPassword) {
      result.line.password = makePassword(random)
      passwords?.add(result.line)
    }
    lines.push(result.line)
    if (lines.length === rowsPerTransaction) flush()
  }
  if (lines.length > 0) flush()
  return written
}

/** Made passwords, readable by the operator only; removed again if nothing is imported. */
class PasswordsFile {
  readonly #path: string
  readonly #file: number
  #text = 'number,username,password\r\n'

  constructor(path: string) {
    this.#path = path
    try {
      this.#file = openSync(path, 'w', 0o600)
      fchmodSync(this.#file, 0o600)
    } catch (error) {
      throw new DirectoryRefusal(
        'import-refused',
        `The passwords file ${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
      )
    }
  }

  add(line: ImportedLine): void {
    this.#text += `${line.number},${quoted(line.username)},${line.password}\r\n`
  }

  flush(): void {
    writeSync(this.#file, this.#text)
    this.#text = ''
  }

  /** Before the lines become visible: their passwords must not be lost. */
  close(): void {
    this.flush()
    fsyncSync(this.#file)
    closeSync(this.#file)
  }

  discard(): void {
    rmSync(this.#path, { force: true })
  }
}

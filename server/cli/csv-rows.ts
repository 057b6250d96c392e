/** Reads a CSV file of lines a row at a time. Rows are counted as a spreadsheet counts them: the header is row 1. */
import { createReadStream } from 'node:fs'
import { CsvError, parse } from 'csv-parse'
import { type ImportCells, type ImportColumn, importColumns, isImportColumn, neededColumns } from '../directory/imported-row.ts'
import { DirectoryRefusal } from '../directory/refusal.ts'

export type CsvRow =
  | { row: number; cells: ImportCells }
  /** The row has too few or too many cells, or cannot be taken apart; after the latter nothing more can be read. */
  | { row: number; why: string }

/** Throws a DirectoryRefusal if the file cannot be read, or if its header lacks a column or has an unknown one. */
export async function* readCsv(file: string): AsyncGenerator<CsvRow> {
  const input = createReadStream(file, { highWaterMark: 1 << 20 })
  const parser = parse({ bom: true, relax_column_count: true, max_record_size: 1 << 20 })
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  let row = 0
  let header: ImportColumn[] = []
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      row++
      if (row === 1) header = readHeader(record, file)
      else if (record.length === 1 && record[0] === '') continue
      else if (record.length !== header.length) yield { row, why: `has ${record.length} cells, but the header has ${header.length}` }
      else yield { row, cells: toCells(header, record) }
    }
  } catch (error) {
    if (error instanceof CsvError) yield { row: row + 1, why: `cannot be read from here on (${error.message})` }
    else if (error instanceof DirectoryRefusal) throw error
    else throw new DirectoryRefusal('import-refused', `The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`)
  } finally {
    input.destroy()
  }
  if (row === 0) throw new DirectoryRefusal('import-refused', `The file ${file} is empty; its first row must name the columns.`)
}

function readHeader(record: readonly string[], file: string): ImportColumn[] {
  const columns: ImportColumn[] = []
  for (const text of record.map((cell) => cell.trim())) {
    if (!isImportColumn(text)) {
      throw new DirectoryRefusal(
        'import-refused',
        `${file} has a column "${text}", which is unknown; the columns are ${importColumns.join(', ')}.`,
      )
    }
    if (columns.includes(text)) throw new DirectoryRefusal('import-refused', `${file} has the column ${text} twice.`)
    columns.push(text)
  }
  const missing = neededColumns.filter((column) => !columns.includes(column))
  if (missing.length > 0)
    throw new DirectoryRefusal('import-refused', `${file} lacks the column${missing.length > 1 ? 's' : ''} ${missing.join(', ')}.`)
  return columns
}

function toCells(header: readonly ImportColumn[], record: readonly string[]): ImportCells {
  const cells: ImportCells = { ...noCells }
  for (let i = 0; i < header.length; i++) {
    const column = header[i]
    // Spaces around a password may be part of it; around anything else they are a slip.
    if (column) cells[column] = column === 'password' ? (record[i] ?? '') : (record[i] ?? '').trim()
  }
  return cells
}

const noCells = Object.fromEntries(importColumns.map((column) => [column, ''])) as ImportCells

/** One row of a file of lines: its columns, and whether it may become a line. */
import type { ImportBook, ImportedLine } from './line-import.ts'
import {
  mayAuthenticateByAddress,
  signsInByPassword,
  whyNotCircleNumber,
  whyNotIpAddress,
  whyNotLineNumber,
  whyNotSipPassword,
  whyNotText,
  whyNotUsername,
} from './line-rules.ts'
import { isLineType, lineTypes } from './line-type.ts'

export const importColumns = [
  'circle',
  'number',
  'type',
  'login_server',
  'username',
  'password',
  'name',
  'department',
  'pickup_group',
  'extension',
  'in_number',
  'in_kind',
  'out_extension',
  'out_number',
  'out_kind',
  'note',
  'auth',
  'ip_address',
] as const
export type ImportColumn = (typeof importColumns)[number]
export const neededColumns: readonly ImportColumn[] = ['circle', 'number', 'type']

/** '' where the file has no such column. */
export type ImportCells = Record<ImportColumn, string>

export function isImportColumn(text: string): text is ImportColumn {
  return (importColumns as readonly string[]).includes(text)
}

export interface BadRow {
  /** As a spreadsheet counts: the header is row 1. */
  row: number
  /** '' if the row as a whole is wrong. */
  column: ImportColumn | ''
  why: string
}

export type CheckedRow = { line: ImportedLine; needsPassword: boolean } | { column: ImportColumn; why: string }

/** A row against the rules and what is there already. The first thing wrong, in the order of the columns, is told. */
export function checkRow(cells: ImportCells, book: ImportBook): CheckedRow {
  const bad = (column: ImportColumn, why: string) => ({ column, why })

  const wrongCircle = whyNotCircleNumber(cells.circle)
  if (wrongCircle) return bad('circle', wrongCircle)
  const circle = book.circle(cells.circle)
  if (!circle) return bad('circle', `there is no circle ${cells.circle}`)

  const wrongNumber = cells.number === '' ? 'must not be empty' : whyNotLineNumber(cells.number)
  if (wrongNumber) return bad('number', wrongNumber)
  const { type } = cells
  if (!isLineType(type)) return bad('type', `must be one of ${lineTypes.join(' ')}`)
  const server = book.loginServer(cells.login_server || 'main')
  if (!server) return bad('login_server', `there is no login server ${cells.login_server}`)

  const username = cells.username || cells.number
  const wrongUsername = whyNotUsername(username)
  if (wrongUsername) return bad('username', wrongUsername)
  const wrongPassword = cells.password === '' ? undefined : whyNotSipPassword(cells.password)
  if (wrongPassword) return bad('password', wrongPassword)
  for (const column of textColumns) {
    const wrong = cells[column] === '' ? undefined : whyNotText(cells[column], column === 'note' ? 1000 : 200)
    if (wrong) return bad(column, wrong)
  }

  const auth = cells.auth || 'password'
  if (auth !== 'password' && auth !== 'ip') return bad('auth', 'must be password or ip')
  if (auth === 'ip' && !mayAuthenticateByAddress(type)) return bad('auth', 'ip is only for sip-trunk and sip-trunk-2')
  if (auth === 'ip' && cells.ip_address === '') return bad('ip_address', 'must not be empty where auth is ip')
  const wrongAddress = cells.ip_address === '' ? undefined : whyNotIpAddress(cells.ip_address)
  if (wrongAddress) return bad('ip_address', wrongAddress)

  if (book.numberTaken(cells.number)) return bad('number', `the line ${cells.number} is there already`)
  if (book.usernameTaken(server.id, username)) {
    return bad(cells.username === '' ? 'number' : 'username', `the user name ${username} is taken on login server ${server.name}`)
  }

  return {
    needsPassword: cells.password === '' && server.kind === 'main' && signsInByPassword(type, auth),
    line: {
      ...circle,
      loginServerId: server.id,
      number: cells.number,
      type,
      username,
      password: cells.password === '' ? null : cells.password,
      name: cells.name,
      department: cells.department,
      pickupGroup: cells.pickup_group,
      extension: cells.extension,
      inNumber: cells.in_number,
      inKind: cells.in_kind,
      outExtension: cells.out_extension,
      outNumber: cells.out_number,
      outKind: cells.out_kind,
      note: cells.note,
      auth,
      ipAddress: cells.ip_address,
    },
  }
}

const textColumns: readonly ImportColumn[] = [
  'name',
  'department',
  'pickup_group',
  'extension',
  'in_number',
  'in_kind',
  'out_extension',
  'out_number',
  'out_kind',
  'note',
]

/** Numbers and user names of one file, so that the second of two is named. */
export class SeenRows {
  readonly #numbers = new Map<string, number>()
  readonly #usernames = new Map<number, Map<string, number>>()

  /** What is wrong if an earlier row has the number or the user name; else the row is remembered. */
  add(line: ImportedLine, row: number): { column: ImportColumn; why: string } | undefined {
    const sameNumber = this.#numbers.get(line.number)
    if (sameNumber !== undefined) return { column: 'number', why: `row ${sameNumber} has this number already` }
    let usernames = this.#usernames.get(line.loginServerId)
    if (!usernames) {
      usernames = new Map()
      this.#usernames.set(line.loginServerId, usernames)
    }
    const key = line.username.toLowerCase()
    const sameUsername = usernames.get(key)
    if (sameUsername !== undefined) return { column: 'username', why: `row ${sameUsername} has this user name already` }
    this.#numbers.set(line.number, row)
    usernames.set(key, row)
    return undefined
  }
}

/**
 * Contract: many lines at once. They are written in transactions of at most 5,000 rows under an import id and become visible
 * together; an import that was broken off is removed when the directory is next opened.
 */
import type { Scope } from './account.ts'
import type { LoginServer } from './line.ts'
import type { LineType } from './line-type.ts'

export const rowsPerTransaction = 5000

/** One checked row. */
export interface ImportedLine {
  circleId: number
  accountId: number
  loginServerId: number
  number: string
  type: LineType
  username: string
  /** Null where there is none to keep. */
  password: string | null
  name: string
  department: string
  pickupGroup: string
  extension: string
  inNumber: string
  inKind: string
  outExtension: string
  outNumber: string
  outKind: string
  note: string
  auth: 'password' | 'ip'
  ipAddress: string
}

/** What rows are checked against. */
export interface ImportBook {
  circle(number: string): { circleId: number; accountId: number } | undefined
  loginServer(name: string): LoginServer | undefined
  numberTaken(number: string): boolean
  usernameTaken(loginServerId: number, username: string): boolean
}

export interface ImportRun {
  /** At most `rowsPerTransaction`. A DirectoryRefusal if a number or user name was taken meanwhile. */
  add(lines: readonly ImportedLine[]): void
  /** Makes all lines visible at once; they are one change for followers. */
  finish(): void
  /** Removes what was written. */
  abandon(): void
}

export interface LineImport {
  book(scope: Scope): ImportBook
  /** `count` lines will be added. A DirectoryRefusal `import-running` while another import runs. */
  begin(scope: Scope, count: number): ImportRun
}

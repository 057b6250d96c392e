/** What the command is given: it opens no database and starts no server by itself. */
import type { Config } from '../config/config.ts'
import type { Directory } from '../directory/directory.ts'
import type { DirectoryWriter } from '../directory/directory-writer.ts'
import type { LineImport } from '../directory/line-import.ts'
import type { BanBook } from '../registrar/guard/ban-store.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'

export interface Installation {
  directory: Directory
  writer: DirectoryWriter
  lineImport: LineImport
  /** Migrations that this opening has run. */
  migrated: string[]
  close(): Promise<void>
}

export interface CommandParts {
  clock: Clock
  random: Random
  terminal: Terminal
  /** Throws a DirectoryRefusal. */
  open(config: Config): Promise<Installation>
  openBans(config: Config): BanBook
  wait(ms: number): Promise<void>
  /** Ends when the server has ended. */
  serve(config: Config): Promise<void>
}

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** All of standard input. */
  readInput(): Promise<string>
}

/** Every step of the directory's tables, in order. */
import type { Migration } from 'kysely/migration'
import * as directory from './0001-directory.ts'
import * as strongCircles from './0002-strong-circles.ts'

export const directoryMigrations: Record<string, Migration> = {
  '0001-directory': directory,
  '0002-strong-circles': strongCircles,
}

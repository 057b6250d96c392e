/** What every change of the directory needs, and the one way to make it: all or nothing, with its change row. */
import type { Kysely, Transaction } from 'kysely'
import { DirectoryRefusal } from '../../directory/refusal.ts'
import type { KeyRing } from '../../directory/secret-box.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Random } from '../../runtime/random.ts'
import { isUniqueViolation } from './sqlite.ts'
import type { DirectoryTables } from './tables.ts'

export interface WriteContext {
  queries: Kysely<DirectoryTables>
  ring: KeyRing
  clock: Clock
  random: Random
  /** SIP domain of login server `main`. */
  domain: string
}

export type Write = Transaction<DirectoryTables>

/** `taken` is the sentence for a value that must be unique and is not. */
export async function change<Result>(context: WriteContext, taken: string, work: (write: Write) => Promise<Result>): Promise<Result> {
  try {
    return await context.queries.transaction().execute(work)
  } catch (error) {
    if (isUniqueViolation(error)) throw new DirectoryRefusal('already-there', taken)
    throw error
  }
}

/** Throws a DirectoryRefusal `wrong-value` if `why` (the end of a sentence) says that a value is wrong. */
export function refuseIf(what: string, why: string | undefined): void {
  if (why) throw new DirectoryRefusal('wrong-value', `${what} ${why}.`)
}

export function notFound(what: string): DirectoryRefusal {
  return new DirectoryRefusal('not-found', `There is no ${what}.`)
}

/** Circles whose lines take SHA-256 only; and room for ten phones where a line had the old default of five. */
import type { Kysely } from 'kysely'

export async function up(db: Kysely<LineRows>): Promise<void> {
  await db.schema
    .alterTable('circles')
    .addColumn('strong', 'integer', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.updateTable('lines').set({ max_contacts: 10 }).where('max_contacts', '=', 5).execute()
}

interface LineRows {
  lines: { max_contacts: number }
}

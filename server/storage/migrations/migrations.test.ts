import Database from 'better-sqlite3'
import { Kysely, SqliteDialect } from 'kysely'
import { expect, test } from 'vitest'
import * as directory from './0001-directory.ts'
import * as strongCircles from './0002-strong-circles.ts'

test('0002: lines with the old default of five contacts may have ten, others keep what they were given; no circle is strong', async () => {
  const db = new Database(':memory:')
  // biome-ignore lint/suspicious/noExplicitAny: the tables are those of the step, not of today
  const queries = new Kysely<any>({ dialect: new SqliteDialect({ database: db }) })
  await directory.up(queries)
  db.exec(`insert into accounts values (1, 'a', 'a', 'A', '', 'ja', '', 0);
    insert into circles values (1, 1, '0600000001', '', '', '', '', 'in-use', 1, '', 0)`)
  const columns = (db.pragma('table_info(lines)') as { name: string; type: string; notnull: number }[]).filter(
    ({ notnull }) => notnull === 1,
  )
  const given: Record<string, number> = { account_id: 1, circle_id: 1, login_server_id: 1 }
  for (const [id, contacts] of [
    [1, 5],
    [2, 3],
    [3, 20],
  ]) {
    const row: Record<string, number | string> = {
      ...given,
      id: id ?? 0,
      max_contacts: contacts ?? 0,
      number: `${id}`,
      username_key: `${id}`,
    }
    const names = columns.map(({ name }) => name).concat('id')
    const insert = db.prepare(`insert into lines (${names.join(', ')}) values (${names.map(() => '?').join(', ')})`)
    insert.run(names.map((name) => row[name] ?? ''))
  }
  await strongCircles.up(queries)
  expect(db.prepare('select max_contacts from lines order by id').pluck().all()).toEqual([10, 3, 20])
  expect(db.prepare('select strong from circles').pluck().all()).toEqual([0])
  await queries.destroy()
})

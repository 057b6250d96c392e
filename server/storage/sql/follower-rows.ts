/** What the running roles hold in memory of every line: a million rows in a few seconds, so straight prepared statements. */
import type Database from 'better-sqlite3'
import type { LineEntry, SipLogin } from '../../directory/directory.ts'
import type { LoginServer } from '../../directory/line.ts'
import { type LineType, lineTypes, typeRegisters } from '../../directory/line-type.ts'

const there = 'ended_at is null and import_id not in (select id from imports where finished_at is null)'
const nothing = Buffer.alloc(0)

type EntryRow = [
  id: number,
  accountId: number,
  circleId: number,
  number: string,
  username: string,
  type: string,
  auth: string,
  loginServerId: number,
  disabledAt: number | null,
  disabledBy: string,
  cancelOn: string | null,
  closedAt: number | null,
  createdAt: number,
]

export function* readLineEntries(
  db: Database.Database,
  servers: ReadonlyMap<number, LoginServer>,
  ids: readonly number[] | undefined,
): Iterable<LineEntry> {
  const columns = `id, account_id, circle_id, number, username, type, auth, login_server_id, disabled_at, disabled_by, cancel_on, closed_at, created_at`
  for (const row of rows<EntryRow>(db, `select ${columns} from lines where ${there}`, ids)) {
    const [id, accountId, circleId, number, username, type, auth, loginServerId, disabledAt, disabledBy, cancelOn, closedAt, createdAt] =
      row
    const loginServer = servers.get(loginServerId)
    if (!loginServer) continue // added while this list is read: its change row comes next, and with it this line again
    yield {
      id,
      accountId,
      circleId,
      number,
      username,
      type: type as LineType,
      auth: auth as LineEntry['auth'],
      loginServer,
      disabledAt,
      disabledBy,
      cancelOn: closedAt === null ? null : cancelOn,
      createdAt,
    }
  }
}

type SipRow = [
  lineId: number,
  accountId: number,
  circleId: number,
  username: string,
  strong: number,
  maxContacts: number,
  open: number,
  sealedPassword: Buffer | null,
]

const registeringTypes = lineTypes.filter(typeRegisters).map((type) => `'${type}'`)

export function* readSipLogins(db: Database.Database, ids: readonly number[] | undefined): Iterable<SipLogin> {
  const open = `disabled_at is null and closed_at is null and auth = 'password' and sealed_password is not null`
  const strong = `(strong = 1 or circle_id in (select id from circles where strong = 1))`
  const columns = `id, account_id, circle_id, username, ${strong}, max_contacts, (${open}), sealed_password`
  const here = `login_server_id in (select id from login_servers where kind = 'main') and type in (${registeringTypes.join(', ')})`
  for (const row of rows<SipRow>(db, `select ${columns} from lines where ${there} and ${here}`, ids)) {
    const [lineId, accountId, circleId, username, strong, maxContacts, isOpen, sealedPassword] = row
    yield {
      lineId,
      accountId,
      circleId,
      username,
      strong: strong === 1,
      maxContacts,
      open: isOpen === 1,
      sealedPassword: sealedPassword ?? nothing,
    }
  }
}

function* rows<Row>(db: Database.Database, select: string, ids: readonly number[] | undefined): Iterable<Row> {
  if (ids === undefined) {
    yield* db.prepare(select).raw(true).iterate() as Iterable<Row>
    return
  }
  const one = db.prepare(`${select} and id = ?`).raw(true)
  for (const id of ids) {
    const row = one.get(id) as Row | undefined
    if (row) yield row
  }
}

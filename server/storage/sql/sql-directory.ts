/** Reads of the directory. What one person asks for goes through the query builder; what the running roles follow is streamed. */
import type Database from 'better-sqlite3'
import type { Compilable, Kysely } from 'kysely'
import type { Account, Circle, Scope } from '../../directory/account.ts'
import type { Directory, DirectoryChanges, LineEntry, PortalLogin, SipLogin } from '../../directory/directory.ts'
import type { Line, LoginServer } from '../../directory/line.ts'
import { readChanges, readLatestSeq } from './change-log.ts'
import { readLineEntries, readSipLogins } from './follower-rows.ts'
import { accountWithin, circleWithin, type LineRow, selectLines, toAccount, toCircle, toLine, toLoginServer } from './line-rows.ts'
import { findPortalLogin, findTokenScope } from './portal-logins.ts'
import type { DirectoryTables } from './tables.ts'

export class SqlDirectory implements Directory {
  readonly #queries: Kysely<DirectoryTables>
  /** A connection of its own: a list that is still being read must not see, or hold up, a transaction that is being written. */
  readonly #reader: Database.Database
  readonly #domain: string

  constructor(queries: Kysely<DirectoryTables>, reader: Database.Database, domain: string) {
    this.#queries = queries
    this.#reader = reader
    this.#domain = domain
  }

  portalLogin(as: 'account' | 'circle' | 'line' | 'operator', login: string): Promise<PortalLogin | undefined> {
    return findPortalLogin(this.#queries, as, login)
  }

  scopeOfToken(tokenHash: string): Promise<Scope | undefined> {
    return findTokenScope(this.#queries, tokenHash)
  }

  async account(scope: Scope, id: number): Promise<Account | undefined> {
    const row = await this.#queries.selectFrom('accounts').selectAll().where(accountWithin(scope)).where('id', '=', id).executeTakeFirst()
    return row && toAccount(row)
  }

  async accounts(scope: Scope): Promise<Account[]> {
    const rows = await this.#queries.selectFrom('accounts').selectAll().where(accountWithin(scope)).orderBy('login_key').execute()
    return rows.map(toAccount)
  }

  async circles(scope: Scope): Promise<Circle[]> {
    const rows = await this.#queries.selectFrom('circles').selectAll().where(circleWithin(scope)).orderBy('number').execute()
    return rows.map(toCircle)
  }

  async circle(scope: Scope, number: string): Promise<Circle | undefined> {
    const query = this.#queries.selectFrom('circles').selectAll().where(circleWithin(scope)).where('number', '=', number)
    const row = await query.executeTakeFirst()
    return row && toCircle(row)
  }

  async lines(scope: Scope, circleNumber: string): Promise<Line[]> {
    return [...this.eachLine(scope, circleNumber)]
  }

  *eachLine(scope: Scope, circleNumber?: string): Iterable<Line> {
    const servers = this.#loginServersById()
    let query = selectLines(this.#queries, scope)
    if (circleNumber !== undefined) query = query.where('circles.number', '=', circleNumber)
    for (const row of this.#stream<LineRow>(query.orderBy('lines.number'))) yield toLine(row, serverOf(servers, row.login_server_id))
  }

  async line(scope: Scope, number: string): Promise<Line | undefined> {
    const row = await selectLines(this.#queries, scope).where('lines.number', '=', number).executeTakeFirst()
    return row && toLine(row, serverOf(this.#loginServersById(), row.login_server_id))
  }

  async loginServers(scope: Scope): Promise<LoginServer[]> {
    return scope.kind === 'operator' ? [...this.#loginServersById().values()] : []
  }

  lineEntries(ids?: readonly number[]): Iterable<LineEntry> {
    return readLineEntries(this.#reader, this.#loginServersById(), ids)
  }

  sipLogins(ids?: readonly number[]): Iterable<SipLogin> {
    return readSipLogins(this.#reader, ids)
  }

  changesSince(seq: number): DirectoryChanges {
    return readChanges(this.#reader, seq)
  }

  latestSeq(): number {
    return readLatestSeq(this.#reader)
  }

  async close(): Promise<void> {
    this.#reader.close()
    await this.#queries.destroy()
  }

  #loginServersById(): Map<number, LoginServer> {
    const query = this.#queries.selectFrom('login_servers').selectAll().orderBy('id')
    return new Map([...this.#stream<Parameters<typeof toLoginServer>[0]>(query)].map((row) => [row.id, toLoginServer(row, this.#domain)]))
  }

  #stream<Row>(query: Compilable<unknown>): IterableIterator<Row> {
    const { sql, parameters } = query.compile()
    return this.#reader.prepare(sql).iterate(...parameters) as IterableIterator<Row>
  }
}

function serverOf(servers: Map<number, LoginServer>, id: number): LoginServer {
  const server = servers.get(id)
  if (!server) throw new Error(`login server ${id} is referred to but not there`)
  return server
}

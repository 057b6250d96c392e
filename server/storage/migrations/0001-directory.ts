/** Who exists, who may sign in to the portal, and what changed. */
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<FirstRows>): Promise<void> {
  const { schema } = db

  await schema
    .createTable('accounts')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('login', 'text', (column) => column.notNull())
    .addColumn('login_key', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('mail', 'text', (column) => column.notNull())
    .addColumn('language', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()

  await schema
    .createTable('circles')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('account_id', 'integer', (column) => column.notNull().references('accounts.id'))
    .addColumn('number', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('department', 'text', (column) => column.notNull())
    .addColumn('person', 'text', (column) => column.notNull())
    .addColumn('applied_on', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('administrator', 'integer', (column) => column.notNull())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema.createIndex('circles_of_account').on('circles').column('account_id').execute()

  await schema
    .createTable('login_servers')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('domain', 'text', (column) => column.notNull())
    .addColumn('user_name', 'text', (column) => column.notNull())
    .addColumn('sealed_secret', 'blob')
    .addColumn('pushes', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()

  // A line's id is part of what its sealed password is bound to, so ids are given out before the row is written, and never twice.
  await schema
    .createTable('next_ids')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('next', 'integer', (column) => column.notNull())
    .execute()

  await schema
    .createTable('imports')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('started_at', 'bigint', (column) => column.notNull())
    .addColumn('finished_at', 'bigint')
    .addColumn('first_line_id', 'integer', (column) => column.notNull())
    .addColumn('lines', 'integer', (column) => column.notNull())
    .execute()

  await schema
    .createTable('lines')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('account_id', 'integer', (column) => column.notNull().references('accounts.id'))
    .addColumn('circle_id', 'integer', (column) => column.notNull().references('circles.id'))
    .addColumn('login_server_id', 'integer', (column) => column.notNull().references('login_servers.id'))
    .addColumn('number', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('username_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('department', 'text', (column) => column.notNull())
    .addColumn('pickup_group', 'text', (column) => column.notNull())
    .addColumn('in_extension', 'text', (column) => column.notNull())
    .addColumn('in_number', 'text', (column) => column.notNull())
    .addColumn('in_kind', 'text', (column) => column.notNull())
    .addColumn('out_extension', 'text', (column) => column.notNull())
    .addColumn('out_number', 'text', (column) => column.notNull())
    .addColumn('out_kind', 'text', (column) => column.notNull())
    .addColumn('note', 'text', (column) => column.notNull())
    .addColumn('auth', 'text', (column) => column.notNull())
    .addColumn('ip_address', 'text', (column) => column.notNull())
    .addColumn('strong', 'integer', (column) => column.notNull())
    .addColumn('max_contacts', 'integer', (column) => column.notNull())
    .addColumn('sealed_password', 'blob')
    .addColumn('password_changed_at', 'bigint', (column) => column.notNull())
    .addColumn('portal_password_hash', 'text', (column) => column.notNull())
    .addColumn('disabled_at', 'bigint')
    .addColumn('disabled_by', 'text', (column) => column.notNull())
    .addColumn('cancel_on', 'text')
    .addColumn('closed_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('import_id', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  const notEnded = sql<boolean>`ended_at is null`
  await schema.createIndex('line_number').unique().on('lines').column('number').where(notEnded).execute()
  await schema.createIndex('line_username').unique().on('lines').columns(['login_server_id', 'username_key']).where(notEnded).execute()
  await schema.createIndex('lines_of_circle').on('lines').columns(['circle_id', 'number']).execute()
  await schema
    .createIndex('lines_to_end')
    .on('lines')
    .column('cancel_on')
    .where(sql<boolean>`cancel_on is not null and ended_at is null`)
    .execute()

  await schema
    .createTable('operators')
    .addColumn('login', 'text', (column) => column.primaryKey())
    .addColumn('password_hash', 'text', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute()

  await schema
    .createTable('tokens')
    .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('account_id', 'integer', (column) => column.references('accounts.id'))
    .addColumn('circle_id', 'integer', (column) => column.references('circles.id'))
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()

  await schema
    .createTable('sessions')
    .addColumn('token_hash', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('account_id', 'integer')
    .addColumn('circle_id', 'integer')
    .addColumn('line_id', 'integer')
    .addColumn('title', 'text', (column) => column.notNull())
    .addColumn('login', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await schema.createIndex('sessions_by_end').on('sessions').column('expires_at').execute()

  await schema
    .createTable('changes')
    .addColumn('seq', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('what', 'text', (column) => column.notNull())
    .addColumn('subject_id', 'integer', (column) => column.notNull())
    .execute()

  // Small things that belong to the database itself, such as the proof that the key file fits.
  await schema
    .createTable('marks')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('value', 'blob', (column) => column.notNull())
    .execute()

  await fill(db)
}

interface FirstRows {
  login_servers: {
    name: string
    kind: string
    url: string
    domain: string
    user_name: string
    pushes: number
    created_at: number
  }
  next_ids: { name: string; next: number }
}

/** This installation is login server `main`; its domain is a setting and so stays out of the table. */
async function fill(db: Kysely<FirstRows>): Promise<void> {
  await db
    .insertInto('login_servers')
    .values({ name: 'main', kind: 'main', url: '', domain: '', user_name: '', pushes: 0, created_at: 0 })
    .execute()
  await db.insertInto('next_ids').values({ name: 'lines', next: 1 }).execute()
}

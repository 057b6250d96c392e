/** The directory's tables as the query builder sees them; made by ../migrations. */
import type { Generated } from 'kysely'

interface AccountsTable {
  id: Generated<number>
  login: string
  login_key: string
  name: string
  mail: string
  language: string
  password_hash: string
  created_at: number
}

interface CirclesTable {
  id: Generated<number>
  account_id: number
  number: string
  name: string
  department: string
  person: string
  applied_on: string
  state: string
  administrator: number
  strong: number
  password_hash: string
  created_at: number
}

interface LoginServersTable {
  id: Generated<number>
  name: string
  kind: string
  url: string
  domain: string
  user_name: string
  sealed_secret: Buffer | null
  pushes: number
  created_at: number
}

interface LinesTable {
  id: number
  account_id: number
  circle_id: number
  login_server_id: number
  number: string
  type: string
  username: string
  username_key: string
  name: string
  department: string
  pickup_group: string
  in_extension: string
  in_number: string
  in_kind: string
  out_extension: string
  out_number: string
  out_kind: string
  note: string
  auth: string
  ip_address: string
  strong: number
  max_contacts: number
  sealed_password: Buffer | null
  password_changed_at: number
  portal_password_hash: string
  disabled_at: number | null
  disabled_by: string
  /** Last day of service. */
  cancel_on: string | null
  /** Set when a cancelled line was closed to phones before its last day was over. */
  closed_at: number | null
  /** Set when the last day has passed; then the number and user name are free again. */
  ended_at: number | null
  /** 0, or the import that wrote it; invisible until that import is finished. */
  import_id: number
  created_at: number
}

export interface DirectoryTables {
  accounts: AccountsTable
  circles: CirclesTable
  login_servers: LoginServersTable
  lines: LinesTable
  next_ids: { name: string; next: number }
  imports: { id: Generated<number>; started_at: number; finished_at: number | null; first_line_id: number; lines: number }
  operators: { login: string; password_hash: string; changed_at: number }
  tokens: {
    id: Generated<number>
    token_hash: string
    kind: string
    account_id: number | null
    circle_id: number | null
    created_at: number
  }
  sessions: {
    token_hash: string
    kind: string
    account_id: number | null
    circle_id: number | null
    line_id: number | null
    title: string
    login: string
    created_at: number
    expires_at: number
  }
  changes: { seq: Generated<number>; at: number; what: string; subject_id: number }
  marks: { name: string; value: Buffer }
}

/** What a row of `changes` is about. */
export type ChangeKind = 'account' | 'circle' | 'line' | 'import' | 'login-server' | 'token' | 'operator'

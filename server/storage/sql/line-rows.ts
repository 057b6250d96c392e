/** Lines, circles and accounts as rows: which ones a scope may see, and how a row becomes a value. */
import type { ExpressionBuilder, Kysely, Selectable } from 'kysely'
import type { Account, Circle, CircleState, Scope } from '../../directory/account.ts'
import type { Line, LoginServer, LoginServerKind } from '../../directory/line.ts'
import type { LineType } from '../../directory/line-type.ts'
import type { DirectoryTables } from './tables.ts'

type Tables = DirectoryTables
type LineCondition = ExpressionBuilder<Tables, 'lines'>

/** Lines that are there for anybody: not ended, and not part of an import that is still running. */
export function isThere(eb: LineCondition) {
  return eb.and([
    eb('lines.ended_at', 'is', null),
    eb('lines.import_id', 'not in', eb.selectFrom('imports').select('imports.id').where('imports.finished_at', 'is', null)),
  ])
}

/** The lines that a scope may see, whatever else is asked for. */
export function lineWithin(scope: Scope) {
  return (eb: LineCondition) => {
    switch (scope.kind) {
      case 'operator':
        return eb.lit(true)
      case 'account':
        return eb('lines.account_id', '=', scope.accountId)
      case 'circle':
        return eb.and([eb('lines.account_id', '=', scope.accountId), eb('lines.circle_id', '=', scope.circleId)])
      case 'line':
        return eb.and([eb('lines.account_id', '=', scope.accountId), eb('lines.id', '=', scope.lineId)])
    }
  }
}

/** The circles that a scope may see; a line's login sees the one it belongs to. */
export function circleWithin(scope: Scope) {
  return (eb: ExpressionBuilder<Tables, 'circles'>) => {
    switch (scope.kind) {
      case 'operator':
        return eb.lit(true)
      case 'account':
        return eb('circles.account_id', '=', scope.accountId)
      case 'circle':
      case 'line':
        return eb.and([eb('circles.account_id', '=', scope.accountId), eb('circles.id', '=', scope.circleId)])
    }
  }
}

/** The accounts that a scope may see: people of a circle or line see no more of it than its name, in their session's title. */
export function accountWithin(scope: Scope) {
  return (eb: ExpressionBuilder<Tables, 'accounts'>) => {
    switch (scope.kind) {
      case 'operator':
        return eb.lit(true)
      case 'account':
        return eb('accounts.id', '=', scope.accountId)
      case 'circle':
      case 'line':
        return eb.lit(false)
    }
  }
}

/** Lines within a scope with what a Line value needs. */
export function selectLines(db: Kysely<Tables>, scope: Scope) {
  return db
    .selectFrom('lines')
    .innerJoin('circles', 'circles.id', 'lines.circle_id')
    .selectAll('lines')
    .select('circles.number as circle_number')
    .where(isThere)
    .where(lineWithin(scope))
}

export type LineRow = Selectable<Tables['lines']> & { circle_number: string }

export function toLine(row: LineRow, loginServer: LoginServer): Line {
  return {
    id: row.id,
    accountId: row.account_id,
    circleId: row.circle_id,
    circleNumber: row.circle_number,
    number: row.number,
    type: row.type as LineType,
    loginServer,
    username: row.username,
    name: row.name,
    department: row.department,
    pickupGroup: row.pickup_group,
    inbound: { extension: row.in_extension, number: row.in_number, kind: row.in_kind },
    outbound: { extension: row.out_extension, number: row.out_number, kind: row.out_kind },
    note: row.note,
    auth: row.auth as Line['auth'],
    ipAddress: row.ip_address,
    strong: row.strong === 1,
    maxContacts: row.max_contacts,
    disabledAt: row.disabled_at,
    disabledBy: row.disabled_by,
    cancelOn: row.cancel_on,
    createdAt: row.created_at,
    passwordChangedAt: row.password_changed_at,
  }
}

export function toCircle(row: Selectable<Tables['circles']>): Circle {
  return {
    id: row.id,
    accountId: row.account_id,
    number: row.number,
    name: row.name,
    department: row.department,
    person: row.person,
    appliedOn: row.applied_on,
    state: row.state as CircleState,
    administrator: row.administrator === 1,
    strong: row.strong === 1,
  }
}

export function toAccount(row: Selectable<Tables['accounts']>): Account {
  return {
    id: row.id,
    login: row.login,
    name: row.name,
    mail: row.mail,
    language: row.language === 'en' ? 'en' : 'ja',
    createdAt: row.created_at,
  }
}

/** `main` is this installation: its domain is a setting. */
export function toLoginServer(row: Selectable<Tables['login_servers']>, domain: string): LoginServer {
  const kind = row.kind as LoginServerKind
  return { id: row.id, name: row.name, kind, url: row.url, domain: kind === 'main' ? domain : row.domain, pushes: row.pushes === 1 }
}

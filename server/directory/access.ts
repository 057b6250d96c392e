/** Who may change what: one line a permission. Whether the thing lies inside the caller's scope is for the store to see to. */
import type { Scope } from './account.ts'
import { DirectoryRefusal } from './refusal.ts'

export const permissions = {
  'add an account': ['operator'],
  'set the password of an account': ['operator', 'account'],
  'add a circle': ['operator'],
  'set how a circle signs in': ['operator'],
  'set the password of a circle': ['operator', 'account', 'circle'],
  'add a line': ['operator'],
  'import lines': ['operator'],
  'set how a line signs in': ['operator'],
  'set the SIP password of a line': ['operator', 'account', 'circle'],
  'set the portal password of a line': ['operator', 'account', 'circle', 'line'],
  'disable or enable a line': ['operator', 'account', 'circle'],
  'cancel a line': ['operator'],
  'add a login server': ['operator'],
  'list login servers': ['operator'],
  'add, list or revoke tokens': ['operator'],
  'list and lift bans': ['operator', 'account', 'circle'],
  'set the operator’s password': ['operator'],
} as const satisfies Record<string, readonly Scope['kind'][]>

export type Permission = keyof typeof permissions

export function may(scope: Scope, permission: Permission): boolean {
  const kinds: readonly Scope['kind'][] = permissions[permission]
  return kinds.includes(scope.kind)
}

/** Throws a DirectoryRefusal `not-allowed` unless the scope has the permission. */
export function demand(scope: Scope, permission: Permission): void {
  if (!may(scope, permission)) throw new DirectoryRefusal('not-allowed', `This login may not ${permission}.`)
}

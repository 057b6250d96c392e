/** Who may not sign in for a while: the operator sees and lifts all, a customer those that concern lines of its own. */
import { Type } from 'typebox'
import { type Ban as ApiBan, BanList } from '#api/ban.ts'
import { Problem } from '#api/problem.ts'
import { may } from '../../directory/access.ts'
import type { Scope } from '../../directory/account.ts'
import type { LineEntry } from '../../directory/directory.ts'
import type { Ban } from '../../registrar/guard/ban-store.ts'
import { refuse } from '../errors.ts'
import { presentBan } from '../present.ts'
import { type Door, forCaller, type Route } from '../route.ts'
import type { Caller } from '../session.ts'

export function bans(door: Door): Route {
  return forCaller({
    summary: 'Blocks of attempts to sign in that are in force, the newest first',
    answers: { 200: BanList, 401: Problem, 403: Problem },
    async handle({ caller: { scope }, reply }) {
      if (!may(scope, 'list and lift bans')) return refuse(reply, 'forbidden')
      return { items: visibleBans(door, scope) }
    },
  })
}

export function liftBan(door: Door): Route {
  return forCaller({
    summary: 'Lifts a block: attempts count from nothing again',
    params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
    answers: { 204: Type.Null(), 401: Problem, 403: Problem, 404: Problem },
    async handle({ caller, params, reply }) {
      if (!may(caller.scope, 'list and lift bans')) return refuse(reply, 'forbidden')
      const found = visibleBans(door, caller.scope).find(({ id }) => id === params.id)
      if (found === undefined) return refuse(reply, 'not-found')
      if (!found.mayLift) return refuse(reply, 'forbidden', 'It keeps others from guessing at more than lines of yours: ask the operator.')
      if (!door.bans.lift(found.id, nameOf(caller), door.clock.now())) return refuse(reply, 'not-found')
      return reply.status(204).send()
    },
  })
}

function visibleBans({ bans, directory, clock }: Door, scope: Scope): ApiBan[] {
  const inForce = bans.list(clock.now())
  const visible = new Map<number, LineEntry>()
  const named = [...new Set(inForce.flatMap(({ lineIds }) => lineIds))]
  for (const entry of named.length === 0 ? [] : directory.lineEntries(named)) if (isIn(scope, entry)) visible.set(entry.id, entry)
  return inForce.flatMap((ban) => {
    const lines = ban.lineIds.map((id) => visible.get(id)).filter((line) => line !== undefined)
    if (scope.kind !== 'operator' && lines.length === 0) return []
    return [presentBan(ban, lines.map(({ number }) => number).sort(), mayLift(scope, ban, lines))]
  })
}

/**
 * Who could lift the block of a whole address himself could go on trying names from it. So could who lifts that of a name which is none of
 * his lines': an attempt may say in To that it is about one of them. What else has that name does not count, lest it be told.
 */
function mayLift(scope: Scope, ban: Ban, own: readonly LineEntry[]): boolean {
  if (scope.kind === 'operator') return true
  const name = ban.username.toLowerCase()
  return ban.reason === 'wrong-passwords' && own.some(({ username }) => username.toLowerCase() === name)
}

function isIn(scope: Scope, line: LineEntry): boolean {
  switch (scope.kind) {
    case 'operator':
      return true
    case 'account':
      return line.accountId === scope.accountId
    case 'circle':
      return line.circleId === scope.circleId
    case 'line':
      return line.id === scope.lineId
  }
}

/** For the log: never a token. */
function nameOf({ scope, login, by, title }: Caller): string {
  return `${scope.kind} ${login || title} (${by})`
}

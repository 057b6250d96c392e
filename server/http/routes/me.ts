/** Who is signed in, and what anybody may know of this installation. */
import { Problem } from '#api/problem.ts'
import { About, Me } from '#api/sign-in.ts'
import type { Scope } from '../../directory/account.ts'
import type { Directory } from '../../directory/directory.ts'
import { refuse } from '../errors.ts'
import { type Door, forAnyone, forCaller, type Route } from '../route.ts'
import type { Caller } from '../session.ts'

export function me(door: Door): Route {
  return forCaller({
    summary: 'Who is signed in',
    answers: { 200: Me, 401: Problem },
    async handle({ caller, reply }) {
      return (await describe(door.directory, caller)) ?? refuse(reply, 'not-signed-in')
    },
  })
}

export function about(door: Door): Route {
  const { support, domain, version } = door.config
  return forAnyone({
    summary: 'What the sign-in page shows',
    answers: { 200: About },
    async handle() {
      return { support, domain, sipPort: door.sip.port(), version }
    },
  })
}

/** Undefined when what the caller signed in to is no more. */
async function describe(directory: Directory, caller: Caller): Promise<Me | undefined> {
  const { scope } = caller
  if (scope.kind === 'operator') return { as: 'operator', login: caller.login || 'operator', title: caller.title, circle: null, line: null }
  if (scope.kind === 'account') {
    const account = await directory.account(scope, scope.accountId)
    return account && { as: 'account', login: account.login, title: account.name, circle: null, line: null }
  }
  const circle = (await directory.circles(scope))[0]
  if (circle === undefined) return undefined
  if (scope.kind === 'circle') return { as: 'circle', login: circle.number, title: circle.name, circle: circle.number, line: null }
  const line = await ownLine(directory, scope, circle.number)
  return line && { as: 'line', login: line.number, title: line.name, circle: circle.number, line: line.number }
}

async function ownLine(directory: Directory, scope: Scope & { kind: 'line' }, circleNumber: string) {
  return (await directory.lines(scope, circleNumber)).find((line) => line.id === scope.lineId)
}

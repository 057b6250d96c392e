/** One line with its contacts and failed attempts, and asking for its status now. */

import { Type } from 'typebox'
import { LineWithDetail } from '#api/line.ts'
import { Problem } from '#api/problem.ts'
import type { Scope } from '../../directory/account.ts'
import type { Line } from '../../directory/line.ts'
import type { LineStatus } from '../../status/status-board.ts'
import { refuse } from '../errors.ts'
import { presentLineWithDetail } from '../present.ts'
import { type Door, forCaller, type Route } from '../route.ts'

export const LineNumber = Type.Object({ number: Type.String({ minLength: 1, maxLength: 32 }) })

export function line(door: Door): Route {
  return forCaller({
    summary: 'One line with detail',
    params: LineNumber,
    answers: { 200: LineWithDetail, 401: Problem, 404: Problem },
    async handle({ caller: { scope }, params, reply }) {
      const found = await door.directory.line(scope, params.number)
      if (found === undefined) return refuse(reply, 'not-found')
      return detailed(door, found, door.board.status(found.id), scope)
    },
  })
}

export function checkLine(door: Door): Route {
  return forCaller({
    summary: 'Asks the login server for the status now',
    params: LineNumber,
    answers: { 200: LineWithDetail, 401: Problem, 404: Problem },
    async handle({ caller: { scope }, params, reply }) {
      const found = await door.directory.line(scope, params.number)
      if (found === undefined) return refuse(reply, 'not-found')
      return detailed(door, found, askNow(door, found), scope)
    },
  })
}

/** Lines of this installation answer from memory; of another login server nothing can be asked yet. */
function askNow({ board }: Door, line: Line): LineStatus {
  const status = board.answerFromMemory(line.id)
  if (line.loginServer.name === 'main' || status.sign !== 'ask') return status
  return { ...status, sign: 'no-data', state: 'no-data', cause: remoteSilent }
}

const remoteSilent: LineStatus['cause'] = { code: 'remote-silent', count: 0, lastAt: null, evidence: { certainty: 'known' } }

function detailed({ board, config }: Door, line: Line, status: LineStatus, scope: Scope): LineWithDetail {
  const domain = line.loginServer.name === 'main' ? config.domain : line.loginServer.domain
  return presentLineWithDetail(line, status, { domain, contacts: board.contacts(line.id), failures: board.failures(line.id) }, scope.kind)
}

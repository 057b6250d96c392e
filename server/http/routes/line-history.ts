/** What one line showed over a stretch of time. */

import { Type } from 'typebox'
import { LineHistory } from '#api/line.ts'
import { Problem } from '#api/problem.ts'
import { refuse } from '../errors.ts'
import { presentHistoryItem } from '../present.ts'
import { type Door, forCaller, type Route } from '../route.ts'
import { LineNumber } from './line.ts'

const day = 86_400_000
/** Until now, and from a week before its end, unless asked otherwise. */
const usualSpan = 7 * day

const Window = Type.Object({
  from: Type.Optional(Type.String({ format: 'date-time' })),
  to: Type.Optional(Type.String({ format: 'date-time' })),
})

export function lineHistory({ directory, history, clock }: Door): Route {
  return forCaller({
    summary: 'What the line showed from … until before …, and the state carried into that time',
    params: LineNumber,
    query: Window,
    answers: { 200: LineHistory, 400: Problem, 401: Problem, 404: Problem },
    async handle({ caller: { scope }, params, query, reply }) {
      const found = await directory.line(scope, params.number)
      if (found === undefined) return refuse(reply, 'not-found')
      const to = query.to === undefined ? clock.now() : Date.parse(query.to)
      const from = query.from === undefined ? to - usualSpan : Date.parse(query.from)
      if (Number.isNaN(from) || Number.isNaN(to)) return refuse(reply, 'bad-request', 'querystring from, to: must be times that exist')
      if (from > to) return refuse(reply, 'bad-request', 'querystring from: must not be after to')
      return {
        items: history.between(found.id, from, to).map((item) => presentHistoryItem(item, scope.kind)),
        state0: history.stateBefore(found.id, from),
      }
    },
  })
}

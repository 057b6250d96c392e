/** The list of a circle's lines. */

import { Type } from 'typebox'
import { LineList, LineListQuery } from '#api/line.ts'
import { Problem } from '#api/problem.ts'
import { refuse } from '../errors.ts'
import { eventId } from '../event-frames.ts'
import { linePage } from '../line-page.ts'
import { countLines, presentCounts, presentLine } from '../present.ts'
import { type Door, forCaller, type Route } from '../route.ts'
import { visibleLines } from '../visible.ts'

const CircleNumber = Type.Object({ number: Type.String({ maxLength: 20 }) })

export function lines({ directory, cache, board }: Door): Route {
  return forCaller({
    summary: 'Lines of a circle: filtered, sorted, page by page',
    params: CircleNumber,
    query: LineListQuery,
    answers: { 200: LineList, 400: Problem, 401: Problem, 404: Problem },
    async handle({ caller: { scope }, params, query, reply }) {
      const held = await visibleLines(directory, cache, scope, params.number)
      if (held === undefined) return refuse(reply, 'not-found')
      const asOf = eventId(board.epoch, board.seq)
      const page = linePage(held, query, (lineId) => board.status(lineId))
      if ('wrong' in page) return refuse(reply, 'bad-request', page.wrong)
      return {
        items: page.lines.map((line) => presentLine(line, board.status(line.id), scope.kind)),
        next: page.next,
        asOf,
        counts:
          scope.kind === 'line' ? countLines(held.lines.map((line) => board.status(line.id))) : presentCounts(board.counts(held.circle.id)),
        types: held.types,
        total: page.total,
      }
    },
  })
}

/** The caller's circles with their counts. */
import { CircleList } from '#api/circle.ts'
import { Problem } from '#api/problem.ts'
import { eventId } from '../event-frames.ts'
import { presentCircle } from '../present.ts'
import { type Door, forCaller, type Route } from '../route.ts'
import { visibleCounts } from '../visible.ts'

export function circles({ directory, board }: Door): Route {
  return forCaller({
    summary: 'Circles that the caller may see',
    answers: { 200: CircleList, 401: Problem },
    async handle({ caller: { scope } }) {
      const asOf = eventId(board.epoch, board.seq)
      const found = await directory.circles(scope)
      const items = await Promise.all(
        found.map(async (circle) => presentCircle(circle, await visibleCounts(directory, board, scope, circle))),
      )
      return { items, asOf }
    },
  })
}

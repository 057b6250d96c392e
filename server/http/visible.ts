/** What one caller may see of the directory: everything that a route shows comes through here. */
import type { Counts } from '#api/line.ts'
import type { Circle, Scope } from '../directory/account.ts'
import type { Directory } from '../directory/directory.ts'
import type { StatusBoard } from '../status/status-board.ts'
import { type CircleLines, circleLinesOf, type LineCache } from './line-cache.ts'
import { countLines, presentCounts } from './present.ts'

/** The circle's lines as far as the scope reaches; undefined when the circle is not the caller's. */
export async function visibleLines(directory: Directory, cache: LineCache, scope: Scope, number: string): Promise<CircleLines | undefined> {
  const circle = await directory.circle(scope, number)
  if (circle === undefined) return undefined
  if (scope.kind !== 'line') return cache.of(circle)
  const own = (await directory.lines(scope, number)).filter((line) => line.id === scope.lineId)
  return circleLinesOf(circle, own)
}

/** Counts of a circle as far as the scope reaches: a line's login counts its line alone. */
export async function visibleCounts(directory: Directory, board: StatusBoard, scope: Scope, circle: Circle): Promise<Counts> {
  if (scope.kind !== 'line') return presentCounts(board.counts(circle.id))
  const own = (await directory.lines(scope, circle.number)).filter((line) => line.id === scope.lineId)
  return countLines(own.map((line) => board.status(line.id)))
}

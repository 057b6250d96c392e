/** The stores of a simulated exchange, in a folder of their own. */
import path from 'node:path'
import { memoryBindings } from '../../server/storage/memory/bindings.ts'
import { openBindings } from '../../server/storage/sqlite/bindings.ts'
import { openHistory } from '../../server/storage/sqlite/history.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import type { Stores } from './exchange.ts'

export type StoreKind = 'memory' | 'sqlite'

/** Opens the stores in `folder`, as often as the exchange starts. What memory holds outlives its exchange here. */
export function storesIn(folder: string, kind: StoreKind): (clock: FakeClock) => Stores {
  const memory = memoryBindings()
  return (clock) => ({
    bindings: kind === 'memory' ? memory : openBindings(path.join(folder, 'bindings.db')),
    history: openHistory(path.join(folder, 'history.db'), clock, clock),
  })
}

/** What is known of the times at which nobody heard the phones. */
import type { Outage, World } from './main-cause.ts'

/** Older ones no longer explain anything that is shown. */
const outagesKept = 8

/** The world before the SIP role has told anything. */
export function worldAtStart(now: number, neighbours: World['neighbours']): World {
  return { now, sip: 'starting', run: 0, outages: [], neighbours }
}

/** The world when the SIP role stopped telling at `at` (epoch ms). */
export function worldAfterLoss(world: World, at: number): World {
  const outages = [...world.outages, { from: at, to: null }].slice(-outagesKept)
  return { ...world, sip: 'lost', run: world.run + 1, outages }
}

/** The world when the SIP role has told all it holds, and the outage that this ended; `downSince` 0: there was none. */
export function worldAfterLoad(world: World, at: number, downSince: number): { world: World; ended: { from: number; to: number } | null } {
  const lost = world.sip === 'lost' ? world.outages.at(-1) : undefined
  const from = lost?.from ?? downSince
  const before: readonly Outage[] = lost === undefined ? world.outages : world.outages.slice(0, -1)
  const ended = from > 0 ? { from, to: at } : null
  const outages = (ended === null ? before : [...before, ended]).slice(-outagesKept)
  return { world: { ...world, sip: 'live', outages }, ended }
}

/**
 * How long a phone waits for the answer to its refresh at half the greatest rate, with a thousand status streams of the portal open beside
 * it and without them. Three of a thousand registrations are phones that leave or come back, so that the streams have something to show;
 * a process of its own reads them. The rate is given: a latency counts from the moment at which the packet was due. The load and the readers have
 * the last core, the server the others.
 */
import path from 'node:path'
import { Comparison, costOf, eachTurn, rateOf, type System } from './load/comparison.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { kamailioPath, startKamailio } from './load/kamailio.ts'
import { PortalReaders, type Seen } from './load/portal-readers.ts'
import { freePort, leaveLastCore, startRegista } from './load/servers.ts'
import { figure, type Goal, long, medianFigure, quantile, quick } from './measure.ts'

/** So few that each renews again within 5 s on a slow machine too: then the portal learns no period, and shows no phone as late between two turns. */
const users = 10_000
const streams = 1000
const circles = 20
const seconds = long ? 10 : quick ? 1 : 4
const turns = long ? 7 : quick ? 1 : 3
const wanted: Goal = { better: 'less', atLeast: 10, aim: 3 }

await Comparison.run(async (comparison) => {
  await measureKamailio(comparison)
  const data = path.join(comparison.folder, 'data')
  const made = await fillDirectory(data, users, circles)
  const port = await freePort()
  const ours = await comparison.add(await startRegista(data, users, { settings: { REGISTA_HTTP_PORT: String(port) } }))
  leaveLastCore(ours.server)
  const rate = await greatest(comparison, ours)
  const readers = new PortalReaders(port, streams, made)
  try {
    // The same server stands twice in the turns: with the streams open, and with none.
    const watched: System = { ...ours, name: `${ours.name}, ${streams} streams open`, phases: [] }
    const rates = new Map([watched, ours].map((system) => [system, rate / 2]))
    const before = async (system: System) => (system === watched ? readers.open() : readers.close())
    await comparison.takeTurns([watched, ours], { modes: ['changing'], turns, seconds, rates, before })
    await readers.close()
    tell(watched, wanted)
    tell(ours)
    tellEvents(readers.seen)
  } finally {
    readers.stop()
  }
})

/** Before ours, not in turn with it: phones of ours that were silent for the length of a turn would be shown as late, all at once. */
async function measureKamailio(comparison: Comparison): Promise<void> {
  const program = kamailioPath()
  if (program === undefined) return
  const theirs = await comparison.add(await startKamailio(program, comparison.folder, { users, children: 1, memory: 'fm' }))
  leaveLastCore(theirs.server)
  const rates = new Map([[theirs, (await greatest(comparison, theirs)) / 2]])
  await comparison.takeTurns([theirs], { modes: ['changing'], turns, seconds, rates })
  tell(theirs)
}

/** The greatest rate of refreshes, a second. */
async function greatest(comparison: Comparison, system: System): Promise<number> {
  await comparison.takeTurns([system], { modes: ['refresh'], turns: turns + 1, seconds: Math.min(seconds, 2) })
  const rate = quantile(eachTurn(system, 'refresh', rateOf).slice(1), 0.5)
  figure(`${system.name}: greatest rate of refreshes`, rate, '1/s')
  return rate
}

function tell(system: System, goal?: Goal): void {
  const each = (of: 'p50' | 'p99' | 'p999') => eachTurn(system, 'changing', (phase) => phase[of])
  medianFigure(`${system.name}: refresh at half rate, p50`, each('p50'), 'ms')
  medianFigure(`${system.name}: refresh at half rate, p99`, each('p99'), 'ms', goal)
  medianFigure(`${system.name}: refresh at half rate, p99.9`, each('p999'), 'ms')
  medianFigure(`${system.name}: at half rate, registrations`, eachTurn(system, 'changing', rateOf), '1/s')
  medianFigure(`${system.name}: at half rate, CPU of one`, eachTurn(system, 'changing', costOf), 'µs CPU')
}

function tellEvents(seen: readonly Seen[]): void {
  figure(
    'events to the streams',
    quantile(
      seen.map(({ events }) => events / seconds),
      0.5,
    ),
    '1/s',
  )
  medianFigure(
    'from a change to its event in the reader, p50',
    seen.map(({ p50 }) => p50),
    'ms',
  )
  medianFigure(
    'from a change to its event in the reader, p99',
    seen.map(({ p99 }) => p99),
    'ms',
  )
}

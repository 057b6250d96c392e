/**
 * What a refresh costs with a million bindings against 20,000, ours and Kamailio's: the four stand side by side and take turns; renewals
 * are spread over all users. Also what a binding takes in memory, and how long a million take to sign in. `--quick` leaves it out.
 */
import path from 'node:path'
import { Comparison, costOf, eachTurn, rateOf, ratios, type System } from './load/comparison.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { kamailioPath, startKamailio } from './load/kamailio.ts'
import { type RunningServer, residentBytes, startRegista } from './load/servers.ts'
import { figure, type Goal, long, medianFigure, quick } from './measure.ts'

const few = 20_000
/** `--many=N`: to try the bench itself. */
const many = Number(process.argv.find((word) => word.startsWith('--many='))?.slice('--many='.length) ?? 1_000_000)
const seconds = long ? 6 : 3
const turns = long ? 9 : 5
const wanted: Goal = { better: 'less', atLeast: 1.5, aim: 1.2 }
const reported: Goal = { better: 'less' }

if (quick) console.log('Skipped: a million users take several minutes to sign in.')
else await Comparison.run(compare)

async function compare(comparison: Comparison): Promise<void> {
  const ours = await startBoth(comparison, async (users) => {
    const data = path.join(comparison.folder, `data-${users}`)
    await fillDirectory(data, users)
    return startRegista(data, users)
  })
  const program = kamailioPath()
  const theirs =
    program === undefined
      ? undefined
      : await startBoth(comparison, (users) => startKamailio(program, comparison.folder, { users, children: 1, memory: 'fm' }))
  const pairs = theirs === undefined ? [ours] : [ours, theirs]
  const systems = pairs.flat()
  for (const system of systems) await comparison.settle(system)
  // The first turn warms up.
  await comparison.takeTurns(systems, { modes: ['refresh'], turns: 1, seconds })
  for (const system of systems) system.phases.length = 0
  await comparison.takeTurns(systems, { modes: ['refresh'], turns, seconds })
  for (const system of systems) {
    medianFigure(`${nameOf(system)}: refresh`, eachTurn(system, 'refresh', rateOf), '1/s')
    medianFigure(`${nameOf(system)}: refresh, CPU of one`, eachTurn(system, 'refresh', costOf), 'µs CPU')
  }
  for (const [index, [small, large]] of pairs.entries()) {
    const growth = ratios(eachTurn(large, 'refresh', costOf), eachTurn(small, 'refresh', costOf))
    medianFigure(`${small.name}: CPU of one refresh, ${many} bindings to ${few}`, growth, '×', index === 0 ? wanted : reported)
  }
  if (theirs === undefined) return
  const values = ratios(eachTurn(ours[1], 'refresh', costOf), eachTurn(theirs[1], 'refresh', costOf))
  medianFigure(`CPU of one refresh with ${many} bindings: ours to ${theirs[1].name}`, values, '×', reported)
}

/** The same server with few users and with many. */
async function startBoth(comparison: Comparison, start: (users: number) => Promise<RunningServer>): Promise<[System, System]> {
  const small = await comparison.add(await start(few))
  const server = await start(many)
  const before = residentBytes(server.pids)
  const large = await comparison.add(server)
  figure(`${nameOf(large)}: all signed in after`, large.signInSeconds, 's')
  figure(`${nameOf(large)}: memory before, all processes`, before / 1e6, 'MB')
  figure(`${nameOf(large)}: memory of one binding and its line’s secrets`, (residentBytes(server.pids) - before) / many, 'bytes')
  return [small, large]
}

function nameOf({ name, server }: System): string {
  return `${name}, ${server.users} users`
}

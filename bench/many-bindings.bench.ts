/**
 * What a refresh costs with a million bindings against 20,000, ours and Kamailio's: the two of each program stand side by side and take turns;
 * renewals are spread over all users. Also what a binding takes in memory, and how long a million take to sign in. `--quick` leaves it out.
 */
import path from 'node:path'
import { Comparison, costOf, eachTurn, rateOf, ratios, type System } from './load/comparison.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { kamailioPath, startKamailio } from './load/kamailio.ts'
import { type RunningServer, residentBytes, startRegista } from './load/servers.ts'
import { figure, type Goal, long, medianFigure, quantile, quick } from './measure.ts'

const few = 20_000
/** `--many=N`: to try the bench itself. */
const many = Number(process.argv.find((word) => word.startsWith('--many='))?.slice('--many='.length) ?? 1_000_000)
const seconds = long ? 6 : 3
const turns = long ? 9 : 5
/** What a server learns of a phone's first renewals it knows from the fifth on. */
const rounds = 4
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
  await takeTurns(comparison, ours, rounds)
  const program = kamailioPath()
  if (program === undefined) return
  const theirs = await startBoth(comparison, (users) => startKamailio(program, comparison.folder, { users, children: 1, memory: 'fm' }))
  // It learns nothing of its phones.
  await takeTurns(comparison, theirs, 1 / many)
  const [cost, cost2] = [ours[1], theirs[1]].map((system) => quantile(eachTurn(system, 'refresh', costOf), 0.5))
  figure(`CPU of one refresh with ${many} bindings: ours to ${theirs[1].name}`, (cost ?? 0) / (cost2 ?? 1), '×', { goal: reported })
}

/** The two of one program take turns, until each user has renewed so often, and then to be measured. */
async function takeTurns(comparison: Comparison, [small, large]: [System, System], rounds: number): Promise<void> {
  // Evenly from the start: phones that renew every few seconds and then pause for a minute would be shown as late, a million at once.
  for (let done = 0; done < rounds * many; ) {
    await comparison.takeTurns([small, large], { modes: ['refresh'], turns: 1, seconds })
    done += large.phases.at(-1)?.done ?? 0
  }
  for (const system of [small, large]) {
    system.phases.length = 0
  }
  await comparison.takeTurns([small, large], { modes: ['refresh'], turns, seconds })
  for (const system of [small, large]) {
    medianFigure(`${nameOf(system)}: refresh`, eachTurn(system, 'refresh', rateOf), '1/s')
    medianFigure(`${nameOf(system)}: refresh, CPU of one`, eachTurn(system, 'refresh', costOf), 'µs CPU')
  }
  const growth = ratios(eachTurn(large, 'refresh', costOf), eachTurn(small, 'refresh', costOf))
  const isOurs = rounds >= 1
  medianFigure(`${small.name}: CPU of one refresh, ${many} bindings to ${few}`, growth, '×', isOurs ? wanted : reported)
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

/**
 * The whole server over UDP on loopback with 20,000 users: registrations a second and what one costs, beside Kamailio 5.6 of Debian
 * in the same run, as the package starts it and with its fast memory manager. The ratios are what to quote.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { Comparison, costOf, eachTurn, rateOf, ratios, type System } from './load/comparison.ts'
import { compileFloor } from './load/compile-load.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { kamailioPath, startKamailio } from './load/kamailio.ts'
import type { Mode } from './load/register-load.ts'
import { benchDomain, startRegista } from './load/servers.ts'
import { type Goal, long, medianFigure, quick } from './measure.ts'

const users = 20_000
/** Many short turns rather than few long ones: what disturbs the machine then falls on all. */
const seconds = long ? 3 : quick ? 0.5 : 1.5
const turns = long ? 11 : quick ? 1 : 5
const modes = ['refresh', 'full', 'mixed', 'challenge'] as const satisfies readonly Mode[]

const cheaper: Goal = { better: 'less', atLeast: 1, aim: 0.7 }
const faster: Goal = { better: 'more', atLeast: 1, aim: 1.5 }
const reported: Goal = { better: 'less' }

await Comparison.run(async (comparison) => {
  const data = path.join(comparison.folder, 'data')
  await fillDirectory(data, users)
  const ours = await comparison.add(await startRegista(data, users))
  const theirs = await addKamailios(comparison)
  await comparison.takeTurns([ours, ...theirs], { modes: ['refresh'], turns: 1, seconds })
  for (const system of [ours, ...theirs]) system.phases.length = 0
  await comparison.takeTurns([ours, ...theirs], { modes, turns, seconds })
  for (const system of [ours, ...theirs]) tell(system)
  for (const other of theirs) tellRatios(ours, other)
  await tellFloor(comparison)
})

async function addKamailios(comparison: Comparison): Promise<System[]> {
  const program = kamailioPath()
  if (program === undefined) {
    console.log('Kamailio is not installed (apt-get install kamailio): only ours is measured.')
    return []
  }
  const systems: System[] = []
  for (const memory of ['qm', 'fm'] as const) {
    for (const children of quick ? [1] : [1, 2]) {
      systems.push(await comparison.add(await startKamailio(program, comparison.folder, { users, children, memory })))
    }
  }
  return systems
}

function tell(system: System): void {
  for (const mode of modes) {
    medianFigure(`${system.name}: ${mode}`, eachTurn(system, mode, rateOf), '1/s')
    medianFigure(`${system.name}: ${mode}, CPU of one`, eachTurn(system, mode, costOf), 'µs CPU')
  }
}

/** Ours against another, turn by turn. */
function tellRatios(ours: System, other: System): void {
  for (const mode of modes) {
    const goal = mode === 'refresh' || mode === 'full' ? cheaper : reported
    const values = ratios(eachTurn(ours, mode, costOf), eachTurn(other, mode, costOf))
    medianFigure(`CPU of one ${mode}: ours to ${other.name}`, values, '×', goal)
  }
  if (!other.name.endsWith('1 worker')) return
  const values = ratios(eachTurn(ours, 'refresh', rateOf), eachTurn(other, 'refresh', rateOf))
  medianFigure(`refreshes a second: our SIP thread to ${other.name}`, values, '×', faster)
}

/** What the load program can make at all, against a server that does nothing: no server here may come near it. */
async function tellFloor(comparison: Comparison): Promise<void> {
  const made = compileFloor(comparison.folder)
  if ('missing' in made) return
  const child = spawn(made.program, { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [port] = (await once(child.stdout, 'data')) as [Buffer]
    const pids = [child.pid ?? 0]
    const floor = await comparison.add({
      name: 'nothing but the answer (C, the load program’s limit)',
      port: Number(port),
      domain: benchDomain,
      users,
      pids,
      stop: async () => {
        child.kill()
      },
    })
    floor.phases.length = 0
    for (const mode of ['refresh', 'full'] as const) floor.phases.push(await floor.load.phase(mode, seconds))
    for (const mode of ['refresh', 'full'] as const) {
      medianFigure(`${floor.name}: ${mode}`, eachTurn(floor, mode, rateOf), '1/s')
      medianFigure(`${floor.name}: ${mode}, CPU of one`, eachTurn(floor, mode, costOf), 'µs CPU')
    }
  } finally {
    child.kill()
  }
}

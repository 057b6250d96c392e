/**
 * The whole server over UDP on loopback with 20,000 users: registrations a second and what one costs, beside Kamailio 5.6 of Debian
 * in the same run. The servers take turns, so that what else the machine does falls on all of them; the ratios are what to quote.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileLoad } from './load/compile-load.ts'
import { type Mode, type Phase, RegisterLoad } from './load/register-load.ts'
import { fillDirectory, kamailioPath, type RunningServer, startKamailio, startRegista } from './load/servers.ts'
import { figure, long, quick } from './measure.ts'

const users = 20_000
/** Registrations under way at a time. */
const window = 128
/** Many short turns rather than few long ones: what disturbs the machine then falls on all. */
const seconds = long ? 4 : 1.5
const turns = long ? 9 : quick ? 1 : 5
/** Above this share of its core the load program, not the server, sets the rate. */
const loadIsFull = 0.95
const modes = ['refresh', 'full'] as const

const folder = mkdtempSync(path.join(tmpdir(), 'regista-bench-'))
const servers: RunningServer[] = []
const loads: RegisterLoad[] = []
try {
  const made = compileLoad(folder)
  if ('missing' in made) console.log(`Skipped: ${made.missing}`)
  else await compare(made.program)
} finally {
  await Promise.all(loads.map((load) => load.stop()))
  await Promise.all(servers.map((server) => server.stop()))
  rmSync(folder, { recursive: true, force: true })
}

async function compare(program: string): Promise<void> {
  await startServers()
  for (const server of servers) {
    const load = new RegisterLoad(program, server, window)
    loads.push(load)
    await load.ready()
    await load.phase('refresh', seconds)
  }
  const phases: Phase[][] = servers.map(() => [])
  for (let turn = 0; turn < turns; turn++) {
    for (const mode of modes) {
      for (const [index, load] of loads.entries()) {
        const phase = await load.phase(mode, seconds)
        phases[index]?.push(phase)
        warn(servers[index]?.name ?? '', phase)
      }
    }
  }
  for (const [index, server] of servers.entries()) tell(server.name, phases[index] ?? [])
  tellRatios(phases)
}

async function startServers(): Promise<void> {
  const data = path.join(folder, 'data')
  await fillDirectory(data, users)
  servers.push(await startRegista(data, users))
  const kamailio = kamailioPath()
  if (kamailio === undefined) console.log('Kamailio is not installed (apt-get install kamailio): only ours is measured.')
  else for (const children of [1, 2]) servers.push(await startKamailio(kamailio, folder, users, children))
}

function warn(name: string, { mode, own, refused, other, lost }: Phase): void {
  if (refused + other + lost > 0) console.log(`${name}, ${mode}: ${refused} refused, ${other} answered otherwise, ${lost} lost`)
  if (own > loadIsFull) console.log(`${name}, ${mode}: the load program was the limit of the rate (${Math.round(own * 100)} % of its core)`)
}

function tell(name: string, phases: readonly Phase[]): void {
  for (const mode of modes) {
    const those = phases.filter((phase) => phase.mode === mode)
    figure(`${name}: ${mode}`, median(those.map(({ registered, seconds }) => registered / seconds)), '1/s')
    figure(`${name}: ${mode}, CPU of one`, median(costsOf(phases, mode)), 'µs CPU')
    figure(`${name}: ${mode}, p50`, median(those.map(({ p50 }) => p50)), 'ms')
    figure(`${name}: ${mode}, p99`, median(those.map(({ p99 }) => p99)), 'ms')
  }
}

/** Ours against each other server, turn by turn: below 1 ours is cheaper. */
function tellRatios([ours = [], ...others]: readonly Phase[][]): void {
  for (const [index, theirs] of others.entries()) {
    for (const mode of modes) {
      const costs = costsOf(theirs, mode)
      const ratios = costsOf(ours, mode).map((cost, turn) => cost / (costs[turn] ?? Number.NaN))
      figure(`CPU of one ${mode}: ours to that of ${servers[index + 1]?.name}`, median(ratios), '×')
    }
  }
}

/** µs of CPU that the server spent on one registration, with all its processes and threads; a figure a turn. */
function costsOf(phases: readonly Phase[], mode: Mode): number[] {
  return phases.filter((phase) => phase.mode === mode).map(({ cpu, registered }) => cpu / registered)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

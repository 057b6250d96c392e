/**
 * A million lines and a million bindings: how soon a start answers, what a binding holds of memory, whether checkpoints show, and whether a
 * million that end in the same moment hold anything up. A number as an argument takes as many instead.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { CircleList } from '#api/circle.ts'
import { compileLoad } from '../../bench/load/compile-load.ts'
import { type BenchCircle, fillDirectory } from '../../bench/load/fill-directory.ts'
import { RegisterLoad } from '../../bench/load/register-load.ts'
import { benchDomain, freePort, residentBytes } from '../../bench/load/servers.ts'
import { eventually } from '../support/eventually.ts'
import { fillBindings } from '../support/fill-bindings.ts'
import { Program } from '../support/open-program.ts'
import { SipProbe } from '../support/sip-probe.ts'

const count = Number(process.argv[2]) || 1_000_000
const mostStartMs = 10_000
const mostBytes = 1500
const mostStallMs = 250
/** Renewals a second while the checkpoints are watched. */
const rate = 2000
/** Idle is a server that has stopped giving memory back: after a start it does so in steps, a minute or two apart. */
const lookEveryMs = 15_000
const looksWithoutChange = 8
const mostLooks = 28
const noChange = 0.01
const hour = 3600

let red = false
const folder = mkdtempSync(path.join(tmpdir(), 'regista-million-'))
try {
  const data = path.join(folder, 'data')
  const [circle] = await fillDirectory(data, count)
  if (circle === undefined) throw new Error('There is no circle.')
  const empty = await withServer(data, async ({ program }) => {
    return settledBytes(program)
  })
  tell('resident memory with the lines and no binding', empty / 1e6, 'MB')

  const filledFrom = performance.now()
  fillBindings(data, { count, at: Date.now(), granted: 2 * hour, spreadMs: hour * 1000 })
  let toldMs = 0
  await withServer(data, async ({ program, answersMs, webMs, cpuMs }) => {
    check('SIP answers after', answersMs, 'ms', mostStartMs)
    check('the portal answers after', webMs, 'ms', mostStartMs)
    tell('CPU time of both threads until then', cpuMs, 'ms')
    tell('every sign is told after', await timeUntilRegistered(program, circle, count), 'ms')
    toldMs = performance.now() - filledFrom
    check('resident memory an idle binding', ((await settledBytes(program)) - empty) / count, 'bytes', mostBytes)
  })

  removeBindings(data)
  const load = compileLoad(folder)
  if ('missing' in load) console.log(`Skipped, renewals of as many phones: ${load.missing}`)
  else await withServer(data, ({ program }) => renewals(program, load.program, data, empty))

  removeBindings(data)
  // Twice what it took to write them, to start and to tell all, so that they end under a server that has come to rest.
  const endsAt = Date.now() + 2 * toldMs + 30_000
  fillBindings(data, { count, at: endsAt - hour * 1000, granted: hour })
  await withServer(data, ({ program, probe }) => endAtOnce(program, probe, circle, endsAt))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (red) process.exitCode = 1

/** The phones sign in over the wire, then renew at a steady rate, with checkpoints and while a reader keeps them from moving on. */
async function renewals(program: Program, loadProgram: string, data: string, empty: number): Promise<void> {
  const target = { name: 'Regista', port: program.sipPort, domain: benchDomain, users: count, pids: [program.pid] }
  const load = new RegisterLoad(loadProgram, target, 128)
  try {
    tell('all signed in over the wire after', (await load.ready()).seconds, 's')
    check('resident memory an idle binding that came over the wire', ((await settledBytes(program)) - empty) / count, 'bytes', mostBytes)
    const slow = { with: [] as number[], without: [] as number[] }
    for (let turn = 0; turn < 3; turn++) {
      slow.with.push((await load.phase('refresh', 10, rate)).p999)
      const reader = new Database(path.join(data, 'bindings.db'), { readonly: true })
      reader.exec('begin')
      reader.prepare('select count(*) from alive').get()
      slow.without.push((await load.phase('refresh', 10, rate)).p999)
      reader.close()
    }
    const without = median(slow.without)
    tell(`p99.9 of a renewal at ${rate}/s without checkpoints`, without, 'ms')
    check(`p99.9 of a renewal at ${rate}/s with checkpoints`, median(slow.with), 'ms', Math.max(2 * without, without + 3))
  } finally {
    await load.stop()
  }
}

async function endAtOnce(program: Program, probe: SipProbe, circle: BenchCircle, endsAt: number): Promise<void> {
  await timeUntilRegistered(program, circle, count)
  if (Date.now() > endsAt - 5000) {
    red = true
    console.error('The server was not ready before the bindings ended: nothing was measured.')
    return
  }
  await sleep(Math.max(0, endsAt - 2000 - Date.now()))
  probe.start()
  await sleep(Math.max(0, endsAt - Date.now()))
  tell('all of them ended and told after', await timeUntilRegistered(program, circle, 0), 'ms')
  check('longest stall of the SIP role meanwhile', probe.slowestMs, 'ms', mostStallMs)
}

interface Served {
  program: Program
  probe: SipProbe
  /** ms from the start of the process to the first answer. */
  answersMs: number
  webMs: number
  /** CPU time of all its threads until both had answered. */
  cpuMs: number
}

async function withServer<T>(data: string, work: (served: Served) => Promise<T>): Promise<T> {
  const [sipPort, httpPort] = [await freePort(), await freePort()]
  const program = new Program({
    data,
    startWithinMs: 180_000,
    environment: {
      REGISTA_DOMAIN: benchDomain,
      REGISTA_SIP_PORT: String(sipPort),
      REGISTA_HTTP_PORT: String(httpPort),
      REGISTA_EXPIRES_MAX: String(2 * hour),
    },
  })
  const begun = performance.now()
  const probe = new SipProbe(sipPort, 20)
  try {
    const web = eventually(
      () =>
        fetch(`http://127.0.0.1:${httpPort}/healthz`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
      180_000,
    ).then(() => performance.now() - begun)
    await program.start()
    const webMs = await web
    const answered = await eventually(
      () => probe.firstAt,
      (at) => at > 0,
      180_000,
    )
    if (answered === 0) throw new Error('SIP never answered.')
    return await work({ program, probe, answersMs: probe.firstAt - begun, webMs, cpuMs: cpuMsOf(program.pid) })
  } finally {
    probe.close()
    await program.stop()
    await program.end()
  }
}

/** How long it takes until the circle's count of registered lines is this. */
async function timeUntilRegistered(program: Program, { number, token }: BenchCircle, wanted: number): Promise<number> {
  const begun = performance.now()
  const registered = async () => {
    const answer = await fetch(`${program.url}/api/circles`, { headers: { authorization: `Bearer ${token}` } })
    return ((await answer.json()) as CircleList).items.find((one) => one.number === number)?.counts.registered
  }
  if ((await eventually(registered, (now) => now === wanted, 300_000)) !== wanted) red = true
  return performance.now() - begun
}

/** The resident memory of an idle server. */
async function settledBytes(program: Program): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  let same = 0
  for (let look = 0; look < mostLooks && same < looksWithoutChange; look++) {
    await sleep(lookEveryMs)
    const now = residentBytes([program.pid])
    same = now < least * (1 - noChange) ? 0 : same + 1
    least = Math.min(least, now)
  }
  return least
}

/** In user mode and in the kernel, of all threads so far: fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms. */
function cpuMsOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? ''
  const [user, system] = afterName.split(' ').slice(11, 13).map(Number)
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) * 10
}

function removeBindings(data: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path.join(data, `bindings.db${end}`), { force: true })
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

function tell(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(64)} ${String(Number(value.toPrecision(4))).padStart(10)} ${unit}`)
}

function check(what: string, value: number, unit: string, most: number): void {
  tell(`${what} (at most ${Number(most.toPrecision(4))})`, value, unit)
  if (value <= most) return
  console.error(`${what}: too much`)
  red = true
}

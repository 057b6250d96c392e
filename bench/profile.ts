/**
 * Where the time of a registration goes: the whole server under load, and the CPU profile of its SIP thread, self time by folder and
 * by function in µs a registration. `node bench/profile.ts [refresh|full|mixed|challenge|changing] [--users=N] [--seconds=N] [--top=N] [--keep=FOLDER] [--flags=A,B] [--native]`.
 * `--native` asks Debian's perf (package linux-perf) instead: then kernel, V8 and SQLite have names too. `--keep` leaves the profile there.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileLoad } from './load/compile-load.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { nativeFlags, nativeTimes } from './load/native-times.ts'
import { type Mode, modes, type Phase, RegisterLoad } from './load/register-load.ts'
import { readProfile, selfTimes } from './load/self-times.ts'
import { startRegista } from './load/servers.ts'
import { spentByThread, type ThreadTime, threadTimes } from './load/thread-times.ts'

const mode: Mode = modes.find((one) => process.argv.includes(one)) ?? 'refresh'
const users = Number(flag('users') ?? 20_000)
const seconds = Number(flag('seconds') ?? 5)
const top = Number(flag('top') ?? 40)
/** For the server's Node, with commas between: to try one. */
const nodeFlags = (flag('flags') ?? '').split(',').filter(Boolean)
const kept = flag('keep')
const native = process.argv.includes('--native')
const window = 128
/** Twice as often as V8 does by itself; finer than this the profiler itself shows. */
const intervalUs = 500

const folder = mkdtempSync(path.join(tmpdir(), 'regista-profile-'))
const profiles = kept ?? folder
try {
  mkdirSync(profiles, { recursive: true })
  const made = compileLoad(folder)
  if ('missing' in made) throw new Error(made.missing)
  const data = path.join(folder, 'data')
  await fillDirectory(data, users)
  const server = await startRegista(data, users, { flags: [...(native ? nativeFlags : profilerFlags()), ...nodeFlags] })
  const load = new RegisterLoad(made.program, server, window)
  const pid = server.pids[0] ?? 0
  try {
    await load.ready()
    // Every user some times: what a server learns of a phone's first renewals it knows from then on.
    for (let done = 0; done < (mode === 'refresh' ? 4 * users : 1); ) done += (await load.phase(mode, 2)).done
    if (native) await tellNative(pid, load)
    else {
      const from = nowUs()
      const { phase, threads } = await measured(pid, load)
      const to = nowUs()
      await server.stop()
      tellRate(phase, threads)
      const times = selfTimes(readProfile(profiles, 'roles/sip-thread.ts'), from, to)
      tellTimes(times.map(({ folder, place, us }) => ({ folder, place, us: us / phase.done })))
      console.log('What libuv does between two callbacks (poll, recvmsg) V8 takes for waiting: it is missing here; see --native.')
    }
  } finally {
    await load.stop()
    await server.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function flag(name: string): string | undefined {
  return process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
}

function profilerFlags(): string[] {
  return ['--cpu-prof', `--cpu-prof-dir=${profiles}`, `--cpu-prof-interval=${intervalUs}`]
}

function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

async function measured(pid: number, load: RegisterLoad): Promise<{ phase: Phase; threads: ThreadTime[] }> {
  const before = threadTimes(pid)
  const phase = await load.phase(mode, seconds)
  return { phase, threads: spentByThread(before, threadTimes(pid)) }
}

function tellRate(phase: Phase, threads: readonly ThreadTime[]): void {
  const { done, refused, other, lost } = phase
  console.log(
    `${users} users, ${mode}: ${Math.round(done / phase.seconds)}/s, ${(phase.cpu / done).toFixed(2)} µs CPU of one, ` +
      `p50 ${phase.p50} ms, p99 ${phase.p99} ms, load program ${Math.round(phase.own * 100)} % of its core` +
      (refused + other + lost > 0 ? `; ${refused} refused, ${other} answered otherwise, ${lost} lost` : ''),
  )
  console.log('By thread, µs CPU of one:')
  for (const { name, tid, cpu } of threads) console.log(`${(cpu / done).toFixed(2).padStart(8)}  ${name} (${tid})`)
}

/** `us` a registration. */
function tellTimes(times: readonly { folder: string; place: string; us: number }[]): void {
  const sum = times.reduce((all, { us }) => all + us, 0)
  console.log(`SIP thread, by the profile: ${sum.toFixed(2)} µs of one`)
  const folders = new Map<string, number>()
  for (const time of times) folders.set(time.folder, (folders.get(time.folder) ?? 0) + time.us)
  const line = (us: number, what: string) =>
    console.log(`${us.toFixed(2).padStart(8)}  ${((100 * us) / sum).toFixed(1).padStart(5)} %  ${what}`)
  console.log('By folder:')
  for (const [name, us] of [...folders].sort(([, a], [, b]) => b - a)) if (us > sum / 1000) line(us, name)
  console.log('By function:')
  for (const { us, place } of times.slice(0, top)) line(us, place)
}

/** `perf` on the thread that is busiest under load. */
async function tellNative(pid: number, load: RegisterLoad): Promise<void> {
  const { phase, threads } = await measured(pid, load)
  const sip = threads[0]
  if (sip === undefined) throw new Error('No thread of the server was busy.')
  tellRate(phase, threads)
  const times = await nativeTimes(pid, sip.tid, path.join(profiles, 'perf.data'), async () => void (await load.phase(mode, seconds)))
  tellTimes(times.map(({ folder, place, share }) => ({ folder, place, us: (share * sip.cpu) / phase.done })))
}

/** A flood of requests from addresses that nobody vouches for, beside phones that go on renewing; and what it left behind. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { compileFlood } from '../../bench/load/compile-load.ts'
import { type Customer, domain } from './customer.ts'
import type { Program } from './open-program.ts'
import type { LoadResult, ToLoad } from './register-load.ts'

export interface FloodWish {
  packets: number
  addresses: number
  perSecond: number
  /** Packets of a first flood from a few addresses, so that the program has its working size before the growth is measured. */
  warmUp: number
  /** Less a second than given, and fewer packets, where the machine has so little time for the program: this share of what it answers at most. */
  shareOfMost?: number
}

export interface FloodReport {
  sent: number
  answers: number
  /** Wrong passwords from proven addresses. */
  guesses: number
  seconds: number
  /** Phones that renew, without a flood and with it. */
  quiet: LoadResult
  phones: LoadResult
  /** Share of the time that a thread of the program could have worked but other work had the processor; above a tenth, no time says anything. */
  starved: number
  /** Resident bytes of the program: idle, at work before the flood, and when all is quiet again. */
  idle: number
  before: number
  after: number
}

const phones = 100
const renewalsPerSecond = 50
const quietSeconds = 4
/** What is garbage after a flood is collected when the program has had a little time. */
const restMs = 3000

/** Why it cannot run here, undefined if it can. */
export function whyNoFlood(): string | undefined {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'flood-'))
  try {
    const made = compileFlood(folder)
    return 'missing' in made ? made.missing : undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Floods the program while phones of the customer renew. */
export async function flood(program: Program, customer: Customer, wish: FloodWish): Promise<FloodReport> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'flood-'))
  const made = compileFlood(folder)
  if ('missing' in made) throw new Error(made.missing)
  const load = fork(path.join(import.meta.dirname, 'register-load.ts'))
  try {
    const logins = await customer.addLines(phones)
    const idle = residentBytes(program.pid)
    await ask(load, { kind: 'sign-in', port: program.sipPort, domain, logins })
    const { shareOfMost } = wish
    const first = await run(made.program, program, wish.warmUp, 16, wish.perSecond * (shareOfMost === undefined ? 1 : 2), 1)
    const perSecond = shareOfMost === undefined ? wish.perSecond : Math.min(wish.perSecond, (first.answers / first.seconds) * shareOfMost)
    const packets = Math.floor((wish.packets / wish.perSecond) * perSecond)
    await sleep(restMs)
    const quiet = await ask(load, { kind: 'renew', perSecond: renewalsPerSecond, seconds: quietSeconds })
    const before = residentBytes(program.pid)
    const seconds = Math.ceil(packets / perSecond)
    const waitedBefore = waitedNs(program.pid)
    const [flooded, renewed] = await Promise.all([
      run(made.program, program, packets, wish.addresses, perSecond, 2),
      ask(load, { kind: 'renew', perSecond: renewalsPerSecond, seconds }),
    ])
    const starved = mostWaited(waitedBefore, waitedNs(program.pid)) / 1e9 / flooded.seconds
    await sleep(restMs)
    return { ...flooded, starved, quiet, phones: renewed, idle, before, after: residentBytes(program.pid) }
  } finally {
    load.disconnect()
    rmSync(folder, { recursive: true, force: true })
  }
}

type Flooded = Pick<FloodReport, 'sent' | 'answers' | 'guesses' | 'seconds'>

async function run(
  file: string,
  { sipPort }: Program,
  packets: number,
  addresses: number,
  perSecond: number,
  seed: number,
): Promise<Flooded> {
  const words = [sipPort, domain, packets, addresses, perSecond, seed].map(String)
  const child = spawn(file, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`the flood ended with ${code}`)
  return JSON.parse(text) as Flooded
}

async function ask(load: ChildProcess, message: ToLoad): Promise<LoadResult> {
  load.send(message)
  const [answer] = await once(load, 'message')
  return answer as LoadResult
}

/** Of each thread, the ns that it was ready and had to wait for a processor. */
function waitedNs(pid: number): Map<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((thread) => [
      thread,
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[1]),
    ]),
  )
}

function mostWaited(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  return Math.max(...[...after].map(([thread, ns]) => ns - (before.get(thread) ?? ns)))
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

/** Servers under load side by side: they take turns, so that what else the machine does falls on all, and each turn is judged by itself. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileLoad } from './compile-load.ts'
import { type Mode, type Phase, RegisterLoad } from './register-load.ts'
import type { RunningServer } from './servers.ts'

/** A server with its load. */
export interface System {
  name: string
  server: RunningServer
  load: RegisterLoad
  /** All that was measured of it. */
  phases: Phase[]
  /** How long it took to sign every user in. */
  signInSeconds: number
}

export interface Turns {
  modes: readonly Mode[]
  turns: number
  seconds: number
  /** Registrations a second of each system; as many as it takes where it has none. */
  rates?: ReadonlyMap<System, number>
  /** Done before each turn of a mode, for all systems. */
  before?(system: System): Promise<void>
}

/** Registrations under way at a time, in a closed loop. */
const window = 128
/** Above this share of its core the load program, not the server, sets the rate. */
const loadIsFull = 0.95
/** A p99 of our own delay above this is to be told with the latencies. */
const lateMs = 1

export class Comparison {
  /** For data; removed at the end. */
  readonly folder: string
  readonly systems: System[] = []
  readonly #program: string

  private constructor(folder: string, program: string) {
    this.folder = folder
    this.#program = program
  }

  /** Gives `work` a comparison and clears up after it, whatever happens; says what is missing where the load cannot be made. */
  static async run(work: (comparison: Comparison) => Promise<void>): Promise<void> {
    const folder = mkdtempSync(path.join(tmpdir(), 'regista-bench-'))
    const made = compileLoad(folder)
    if ('missing' in made) {
      console.log(`Skipped: ${made.missing}`)
      rmSync(folder, { recursive: true, force: true })
      return
    }
    const comparison = new Comparison(folder, made.program)
    try {
      await work(comparison)
    } finally {
      await comparison.#stop()
      rmSync(folder, { recursive: true, force: true })
    }
  }

  /** Signs every user in at the server. */
  async add(server: RunningServer): Promise<System> {
    const load = new RegisterLoad(this.#program, server, window)
    const system: System = { name: server.name, server, load, phases: [], signInSeconds: 0 }
    this.systems.push(system)
    system.signInSeconds = (await load.ready()).seconds
    return system
  }

  /** Turn after turn, mode after mode, each system once: the first begins one time, the last the next. */
  async takeTurns(systems: readonly System[], { modes, turns, seconds, rates, before }: Turns): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      for (const mode of modes) {
        for (const system of turn % 2 === 0 ? systems : systems.toReversed()) {
          await before?.(system)
          const phase = await system.load.phase(mode, seconds, rates?.get(system) ?? 0)
          system.phases.push(phase)
          warn(system.name, phase)
        }
      }
    }
  }

  async #stop(): Promise<void> {
    await Promise.all(this.systems.map(({ load }) => load.stop()))
    await Promise.all(this.systems.map(({ server }) => server.stop()))
  }
}

function warn(name: string, { mode, own, refused, other, lost, late }: Phase): void {
  if (refused + other + lost > 0) console.log(`${name}, ${mode}: ${refused} refused, ${other} answered otherwise, ${lost} lost`)
  if (own > loadIsFull) console.log(`${name}, ${mode}: the load program was the limit of the rate (${Math.round(own * 100)} % of its core)`)
  if (late > lateMs) console.log(`${name}, ${mode}: the load program sent late by itself (p99 ${late} ms)`)
}

/** A figure of each turn of one mode. */
export function eachTurn(system: System, mode: Mode, of: (phase: Phase) => number): number[] {
  return system.phases.filter((phase) => phase.mode === mode).map(of)
}

/** µs of CPU that the server spent on one registration, with all its processes and threads. */
export function costOf({ cpu, done }: Phase): number {
  return cpu / done
}

/** Registrations a second. */
export function rateOf({ done, seconds }: Phase): number {
  return done / seconds
}

/** The first values by the second ones, turn by turn. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, turn) => value / (theirs[turn] ?? Number.NaN))
}

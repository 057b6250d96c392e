/** One run of register-load.c against one server: signs every user in, then does as it is told, a phase at a time. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'

/** How many of a thousand registrations are which: refresh, full, with a wrong password, leaving, asking for a challenge only. */
const weights = {
  refresh: [1000, 0, 0, 0, 0],
  full: [0, 1000, 0, 0, 0],
  /** A day's work and its mistakes. */
  mixed: [800, 50, 50, 50, 50],
  /** What an attacker sends who has no password: each must be challenged. */
  challenge: [0, 0, 0, 0, 1000],
  /** Renewals, and a hundred phones a second that leave and come back, whatever the rate: the portal has something to show. */
  changing: [997, 0, 0, 3, 0],
} as const

const leavesASecond = 100

export type Mode = keyof typeof weights
export const modes = Object.keys(weights) as readonly Mode[]

/** What one phase gave. */
export interface Phase {
  mode: Mode
  /** Registrations that ended as they should. */
  done: number
  seconds: number
  /** ms from the first packet of a registration, or from when it was due, to its last answer. */
  p50: number
  p99: number
  p999: number
  /** ms by which the load program sent late, p99; 0 in a closed loop. */
  late: number
  /** µs of user and system time of all the server's processes and threads. */
  cpu: number
  /** Share of one core that the load program took. */
  own: number
  refused: number
  other: number
  lost: number
}

export interface Target {
  /** For people. */
  name: string
  port: number
  domain: string
  users: number
  pids: readonly number[]
}

export class RegisterLoad {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  readonly #name: string

  /** `window`: how many registrations wait for their answer at a time. Runs on the last core alone where there are two or more. */
  constructor(program: string, target: Target, window: number) {
    const words = ['127.0.0.1', target.port, target.domain, target.users, window, ...target.pids].map(String)
    const cores = cpus().length
    this.#child = cores > 1 ? spawn('taskset', ['-c', String(cores - 1), program, ...words]) : spawn(program, words)
    this.#child.stderr.on('data', (text) => process.stderr.write(text))
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.#name = target.name
  }

  /** Resolves when every user is signed in; throws if one in a hundred or more could not be. */
  async ready(): Promise<{ seconds: number }> {
    const { ready, seconds, ...failed } = (await this.#line()) as Record<'ready' | 'seconds' | 'refused' | 'other' | 'lost', number>
    const all = ready + failed.refused + failed.other + failed.lost
    if (ready < 0.99 * all) throw new Error(`${this.#name} signed in only ${ready} of ${all}: ${JSON.stringify(failed)}`)
    return { seconds }
  }

  /** `rate` 0: as many as the server takes; else so many a second, evenly. */
  async phase(mode: Mode, seconds: number, rate = 0): Promise<Phase> {
    const shares = mode === 'changing' && rate > 0 ? [Math.max(Math.round(rate / leavesASecond) - 1, 1), 0, 0, 1, 0] : weights[mode]
    this.#child.stdin.write(`${seconds} ${rate} ${shares.join(' ')}\n`)
    return { mode, ...((await this.#line()) as Omit<Phase, 'mode'>) }
  }

  async stop(): Promise<void> {
    this.#child.stdin.end()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }

  async #line(): Promise<unknown> {
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error(`The load program ended before it had measured ${this.#name}.`)
    return JSON.parse(value)
  }
}

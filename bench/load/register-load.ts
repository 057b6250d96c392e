/** One run of register-load.c against one server: signs every user in, then does as it is told, a phase at a time. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'

export type Mode = 'refresh' | 'full'

/** What one phase gave. */
export interface Phase {
  mode: Mode
  registered: number
  seconds: number
  /** ms from the first packet of a registration to its 200. */
  p50: number
  p99: number
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

  /** Resolves when every user is signed in; throws if one could not be. */
  async ready(): Promise<void> {
    const { ready, ...failed } = (await this.#line()) as { ready: number; refused: number; other: number; lost: number }
    if (ready === 0) throw new Error(`${this.#name} answered no registration: ${JSON.stringify(failed)}`)
  }

  async phase(mode: Mode, seconds: number): Promise<Phase> {
    this.#child.stdin.write(`${mode} ${seconds}\n`)
    return (await this.#line()) as Phase
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

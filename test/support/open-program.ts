/** The whole program as an operator runs it: a process of its own with a fresh data directory and free ports. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const root = path.join(import.meta.dirname, '..', '..')
const startWithinMs = 20_000
const verbWithinMs = 30_000
export const operatorPassword = 'operator for the tests'

export interface ProgramOptions {
  /** More settings (`REGISTA_…`). */
  environment?: Record<string, string>
  /** A data directory that is there already; it is left where it is. */
  data?: string
  /** 20 s unless given: how long a start may take. */
  startWithinMs?: number
}

export interface Ended {
  code: number
  out: string
  err: string
}

/** Groups of processes that are still to be ended, whatever becomes of the test. */
const running = new Set<number>()
process.on('exit', () => {
  for (const group of running) killGroup(group, 'SIGKILL')
})

export class Program {
  readonly data: string
  readonly #ownsData: boolean
  readonly #startWithinMs: number
  readonly #environment: Record<string, string>
  #child: ChildProcess | undefined
  #exit: Promise<number> = Promise.resolve(0)
  #out = ''
  #err = ''
  sipPort = 0
  /** Of SIP over TLS, and of SIP over WebSocket on a port of its own; 0 where they are off. */
  sipsPort = 0
  wsPort = 0
  url = ''

  constructor(options: ProgramOptions = {}) {
    this.data = options.data ?? mkdtempSync(path.join(os.tmpdir(), 'regista-'))
    this.#ownsData = options.data === undefined
    this.#startWithinMs = options.startWithinMs ?? startWithinMs
    this.#environment = { ...options.environment }
  }

  /** What it wrote to standard error since the last start. */
  get log(): string {
    return this.#err
  }

  /** What it wrote to standard output since the last start. */
  get said(): string {
    return this.#out
  }

  get exit(): Promise<number> {
    return this.#exit
  }

  /** Id of the serving process itself, below the launcher. Linux only. */
  get pid(): number {
    const launcher = this.#child?.pid ?? 0
    const [child = '0'] = readFileSync(`/proc/${launcher}/task/${launcher}/children`, 'utf8').trim().split(' ')
    return Number(child)
  }

  /** Starts to serve; rejects with what it said when it ends instead. */
  async start(): Promise<this> {
    this.#out = ''
    this.#err = ''
    const child = this.#spawn(['serve'])
    this.#child = child
    let ended = false
    this.#exit = once(child, 'close').then(([code, signal]) => {
      ended = true
      if (child.pid !== undefined) killGroup(child.pid, 'SIGKILL')
      running.delete(child.pid ?? 0)
      return code ?? 128 + (os.constants.signals[signal as NodeJS.Signals] ?? 0)
    })
    child.stdout?.on('data', (text: string) => {
      this.#out += text
    })
    child.stderr?.on('data', (text: string) => {
      this.#err += text
    })
    const until = performance.now() + this.#startWithinMs
    for (;;) {
      const banner = /SIP {2}udp\+tcp \S+:(\d+)[\s\S]*portal {2}(\S+)\n/.exec(this.#out)
      if (banner !== null) {
        this.sipPort = Number(banner[1])
        this.url = banner[2] ?? ''
        this.sipsPort = Number(/SIP {2}tls \S+:(\d+)/.exec(this.#out)?.[1] ?? 0)
        this.wsPort = Number(/SIP {2}wss? \S+:(\d+)/.exec(this.#out)?.[1] ?? 0)
        return this
      }
      if (ended) throw new Error(`serve ended with ${await this.#exit}: ${this.#err}`)
      if (performance.now() > until) {
        await this.kill9()
        throw new Error(`serve did not start within ${this.#startWithinMs} ms: ${this.#err}`)
      }
      await sleep(10)
    }
  }

  /** Signals the launcher, as a shell or a service manager does. */
  signal(name: NodeJS.Signals): void {
    if (this.#child?.pid !== undefined && running.has(this.#child.pid)) process.kill(this.#child.pid, name)
  }

  /** Ends it as an operator would; the exit code. */
  stop(): Promise<number> {
    this.signal('SIGTERM')
    return this.#exit
  }

  /** The machine loses it between two instructions. */
  async kill9(): Promise<void> {
    if (this.#child?.pid !== undefined) killGroup(this.#child.pid, 'SIGKILL')
    await this.#exit
  }

  /** Starts again on the same data and the same SIP port. */
  async restart(more: Record<string, string> = {}): Promise<void> {
    Object.assign(this.#environment, { REGISTA_SIP_PORT: String(this.sipPort) }, more)
    await this.start()
  }

  /** Ends everything and removes the data. Safe to call at any time. */
  async end(): Promise<void> {
    await this.kill9()
    if (this.#ownsData) rmSync(this.data, { recursive: true, force: true })
  }

  /** Runs a verb of the command on the same data. `input` goes to its standard input. */
  async command(words: readonly string[], input = ''): Promise<Ended> {
    const child = this.#spawn(words)
    let out = ''
    let err = ''
    child.stdout?.on('data', (text: string) => {
      out += text
    })
    child.stderr?.on('data', (text: string) => {
      err += text
    })
    child.stdin?.end(input)
    const tooLong = setTimeout(() => killGroup(child.pid ?? 0, 'SIGKILL'), verbWithinMs)
    const [code] = await once(child, 'close')
    clearTimeout(tooLong)
    running.delete(child.pid ?? 0)
    return { code: code ?? -1, out, err }
  }

  /** The JSON value that a verb prints; throws when it refuses. */
  async cli<T>(words: readonly string[], input = ''): Promise<T> {
    const { code, out, err } = await this.command([...words, '--json'], input)
    if (code !== 0) throw new Error(`regista ${words.join(' ')} ended with ${code}: ${err}`)
    return JSON.parse(out) as T
  }

  /** Imports lines from the text of a CSV file. */
  async importLines(csv: string): Promise<{ imported: number }> {
    const file = path.join(this.data, `import-${csv.length}.csv`)
    writeFileSync(file, csv)
    return this.cli(['line', 'import', file])
  }

  #spawn(words: readonly string[]): ChildProcess {
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('REGISTA_')))
    const child = spawn(process.execPath, [path.join(root, 'bin', 'regista.mjs'), ...words], {
      cwd: os.tmpdir(),
      // A group of its own, so that the launcher and the server below it can be ended together.
      detached: true,
      env: {
        ...own,
        REGISTA_DATA: this.data,
        REGISTA_SIP_HOST: '127.0.0.1',
        REGISTA_SIP_PORT: '0',
        REGISTA_HTTP_PORT: '0',
        REGISTA_LOG_LEVEL: 'warn',
        // A test reads what it asked for; who wants to be pinged says so.
        REGISTA_PING_SECONDS: '0',
        REGISTA_OPERATOR_PASSWORD: operatorPassword,
        ...this.#environment,
      },
    })
    if (child.pid !== undefined) running.add(child.pid)
    child.stdout?.setEncoding('utf8')
    child.stderr?.setEncoding('utf8')
    child.on('error', () => {})
    return child
  }
}

/** A program that serves. The caller ends it (`afterAll(() => program.end())`). */
export function openProgram(options: ProgramOptions = {}): Promise<Program> {
  return new Program(options).start()
}

function killGroup(group: number, signal: NodeJS.Signals): void {
  try {
    if (group > 0) process.kill(-group, signal)
  } catch {
    // All of it has ended.
  }
}

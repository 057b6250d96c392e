/** One run of tls-load.c against one server. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { benchDomain } from './servers.ts'

/** What one command gave: connections, seconds, µs of the server's CPU, share of one core that the load took. */
export interface TlsPhase {
  done: number
  failed: number
  seconds: number
  cpu: number
  own: number
}

export class TlsLoad {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  constructor(program: string, kind: 'tls' | 'wss', port: number, pids: readonly number[]) {
    const words = [kind, port, '/sip', benchDomain, ...pids].map(String)
    const cores = cpus().length
    this.#child = cores > 1 ? spawn('taskset', ['-c', String(cores - 1), program, ...words]) : spawn(program, words)
    this.#child.stderr.on('data', (text) => process.stderr.write(text))
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Signs in so many more users and leaves their connections open. */
  open(connections: number): Promise<TlsPhase> {
    return this.#ask(`open ${connections}`)
  }

  /** Handshakes for that long, each on a connection of its own. */
  handshakes(seconds: number): Promise<TlsPhase> {
    return this.#ask(`handshakes ${seconds}`)
  }

  /** Closes all connections. */
  async stop(): Promise<void> {
    this.#child.stdin.end()
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
  }

  async #ask(command: string): Promise<TlsPhase> {
    this.#child.stdin.write(`${command}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('The TLS load program ended before it had measured.')
    return JSON.parse(value)
  }
}

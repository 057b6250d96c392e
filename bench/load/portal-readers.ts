/** Open status streams of the portal, beside a server under load. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { cpus, setPriority } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { BenchCircle } from './fill-directory.ts'

const settleMs = 500
const readersNice = 10

/** What the streams got in one turn. */
export interface Seen {
  events: number
  p50: number
  p99: number
}

/** People who look at the portal: one run of status-streams.ts. */
export class PortalReaders {
  /** A turn each. */
  readonly seen: Seen[] = []
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  #open = false

  constructor(port: number, streams: number, circles: readonly BenchCircle[]) {
    const program = path.join(import.meta.dirname, 'status-streams.ts')
    const pairs = circles.map(({ number, token }) => `${number}=${token}`)
    const words = [program, `http://127.0.0.1:${port}`, String(streams), ...pairs]
    // A thousand browsers have processors of their own: here they take what the load leaves of its core.
    const cores = cpus().length
    this.#child = cores > 1 ? spawn('taskset', ['-c', String(cores - 1), process.execPath, ...words]) : spawn(process.execPath, words)
    if (this.#child.pid !== undefined) setPriority(this.#child.pid, readersNice)
    this.#child.stderr.on('data', (text) => process.stderr.write(text))
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Opens all streams, unless they are. */
  async open(): Promise<void> {
    if (this.#open) return
    this.#open = true
    await this.#ask('open')
    await settled()
  }

  /** Closes them and keeps what they saw. */
  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    this.seen.push((await this.#ask('close')) as Seen)
    await settled()
  }

  stop(): void {
    this.#child.kill()
  }

  async #ask(word: string): Promise<unknown> {
    this.#child.stdin.write(`${word}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('The readers of the status streams ended.')
    return JSON.parse(value)
  }
}

/** A thousand connections that open or close at once are not what is measured. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, settleMs))
}

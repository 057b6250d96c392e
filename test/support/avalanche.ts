/** The town of bench/load/avalanche-load.c against a server of its own, with lines filled in directly. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** What one avalanche gave. */
export interface AvalancheResult {
  phones: number
  signedIn: number
  /** Until the last phone was signed in. */
  seconds: number
  sent: number
  received: number
  /** Packets sent again by timer E. */
  again: number
  /** Registrations given up after 32 s. */
  timeouts: number
  /** 401 that were not stale, to a right password: what a banned phone sees. */
  wrong: number
  codes: Record<string, number>
  /** When the last phone of each make was signed in. */
  makes: Record<string, number>
  /** Phones signed in, second by second. */
  curve: number[]
}

/** Renewals beside a flood of first requests. */
export interface FloodResult {
  flooded: number
  renewals: number
  renewed: number
  unanswered: number
  again: number
  wrong: number
  /** ms from the first packet of a renewal to its 200, with what was sent again. */
  p50: number
  p99: number
  most: number
}

export class AvalancheLoad {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  constructor(program: string, port: number, domain: string, phones: number, addresses: number) {
    this.#child = spawn(program, ['127.0.0.1', port, domain, phones, addresses].map(String))
    this.#child.stderr.on('data', (text) => process.stderr.write(text))
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** `calm` spreads the starts; `cold` and `warm` have all of them in one second, without a nonce or with the one they had. */
  come(kind: 'calm' | 'cold' | 'warm', seconds: number): Promise<AvalancheResult> {
    return this.#ask(`${kind} ${seconds}`)
  }

  flood(perSecond: number, renewals: number, seconds: number): Promise<FloodResult> {
    return this.#ask(`flood ${perSecond} ${renewals} ${seconds}`)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.stdin.end()
    await ended
  }

  async #ask<T>(command: string): Promise<T> {
    this.#child.stdin.write(`${command}\n`)
    const { value, done } = await this.#lines.next()
    if (done === true) throw new Error('the load program ended')
    return JSON.parse(value) as T
  }
}

/** What must not be: a phone left out, or one that was taken for somebody bad. */
export function avalancheFaults({ phones, signedIn, wrong, codes }: AvalancheResult): string[] {
  const faults: string[] = []
  if (signedIn < phones) faults.push(`${phones - signedIn} phones are not signed in`)
  if (wrong > 0) faults.push(`${wrong} right passwords were answered 401`)
  for (const code of Object.keys(codes)) {
    if (!['200', '401', '503'].includes(code)) faults.push(`${codes[code]} phones were answered ${code}`)
  }
  return faults
}

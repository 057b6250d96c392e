/** Runs the fuzzer on threads of its own, watches that every input ends, and writes down what failed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Failure, Numbers } from './engine.ts'
import type { ThreadData, ThreadMessage } from './fuzz-thread.ts'

export interface FuzzWish {
  /** Inputs over all threads. */
  inputs: number
  seconds: number
  seed: number
  threads?: number
  /** Names; all unless given. */
  targets?: readonly string[]
  tell?: (line: string) => void
}

export interface FuzzReport {
  inputs: number
  perSecond: number
  /** Characters of the server's source that ran, on the thread that reached most. */
  covered: number
  kept: number
  slowestMs: number
  /** Bytes that the heap grew by, on the thread where it grew most. */
  heapGrowth: number
  /** A sentence each. */
  failures: string[]
}

const largestInput = 80_000
/** An input that runs longer than this never ends. */
const hangMs = 20_000
const folder = path.join(import.meta.dirname, '..', '..', 'test-results', 'fuzz')

/** A seed from the environment (FUZZ_SEED), else a new one. */
export function seedOfRun(): number {
  const given = Number(process.env.FUZZ_SEED)
  return Number.isSafeInteger(given) && given > 0 ? given : Math.floor(Math.random() * 2 ** 32) + 1
}

export async function fuzz(wish: FuzzWish): Promise<FuzzReport> {
  const threads = wish.threads ?? 1
  const startedAt = performance.now()
  const ends = await Promise.all(Array.from({ length: threads }, (_, at) => runThread(wish, at, Math.ceil(wish.inputs / threads))))
  const seconds = (performance.now() - startedAt) / 1000
  const inputs = sum(ends, (one) => one.numbers.inputs)
  return {
    inputs,
    perSecond: Math.round(inputs / seconds),
    covered: Math.max(...ends.map((one) => one.numbers.covered)),
    kept: sum(ends, (one) => sum(Object.values(one.numbers.of), ({ kept }) => kept)),
    slowestMs: Math.max(...ends.map((one) => one.numbers.slowest)),
    heapGrowth: Math.max(...ends.map((one) => one.heap - one.heapBefore)),
    failures: [...new Set(ends.flatMap((one) => one.failures.map((failure) => written(failure, wish.seed))))],
  }
}

type End = Extract<ThreadMessage, { kind: 'over' }>

function runThread(wish: FuzzWish, thread: number, inputs: number): Promise<End> {
  const state = new Int32Array(new SharedArrayBuffer(8))
  const input = new Uint8Array(new SharedArrayBuffer(largestInput))
  const data: ThreadData = {
    seed: wish.seed + thread,
    inputs,
    until: Date.now() + wish.seconds * 1000,
    targets: wish.targets ?? [],
    state,
    input,
  }
  const worker = new Worker(new URL('./fuzz-thread.ts', import.meta.url), { workerData: data })
  return new Promise((resolve, reject) => {
    let begun = -1
    let told = 0
    let last: Numbers = { inputs: 0, of: {}, covered: 0, slowest: 0 }
    const watch = setInterval(() => {
      const now = state[1] ?? 0
      if (now !== begun) {
        begun = now
        return
      }
      clearInterval(watch)
      const hanging = Buffer.from(input.slice(0, state[0] ?? 0))
      void worker.terminate()
      resolve({ kind: 'over', numbers: last, failures: [{ target: '', what: 'never ends', inputs: [hanging] }], heapBefore: 0, heap: 0 })
    }, hangMs)
    worker.on('message', (message: ThreadMessage) => {
      last = message.numbers
      if (message.kind === 'running') {
        wish.tell?.(`thread ${thread}: ${sentence(message.numbers)}, heap ${Math.round(message.heap / 1e6)} MB`)
        // Told at once: a long run may be stopped before its end.
        for (const failure of message.failures.slice(told)) wish.tell?.(`failed: ${written(failure, wish.seed)}`)
        told = message.failures.length
        return
      }
      clearInterval(watch)
      resolve(message)
    })
    worker.on('error', (error) => {
      clearInterval(watch)
      reject(error instanceof Error ? error : new Error(String(error)))
    })
  })
}

function sentence(numbers: Numbers): string {
  const lanes = Object.entries(numbers.of).map(([name, { inputs, kept }]) => `${name} ${inputs} (${kept} kept)`)
  return `${numbers.inputs} inputs, ${numbers.covered} characters of code reached; ${lanes.join(', ')}`
}

/** Writes the failure where `replay.ts` finds it. */
function written(failure: Failure, seed: number): string {
  mkdirSync(folder, { recursive: true })
  const name = `${failure.target || 'hang'}-${failure.what
    .split('\n')[0]
    ?.replaceAll(/[^a-z]+/gi, '-')
    .slice(0, 60)}.json`
  const file = path.join(folder, name)
  // A worker's messages make plain byte arrays of Buffers.
  const inputs = failure.inputs.map((input) => Buffer.from(input).toString('base64'))
  writeFileSync(file, `${JSON.stringify({ target: failure.target, seed, what: failure.what, inputs }, null, 1)}\n`)
  return `${failure.target}: ${failure.what} (${inputs.length} inputs in test-results/fuzz/${name})`
}

function sum<T>(of: readonly T[], number: (one: T) => number): number {
  return of.reduce((all, one) => all + number(one), 0)
}

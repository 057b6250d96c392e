/**
 * The fuzzer's loop. Takes an input that is known to reach something, changes it, runs it; what reaches code that no input reached before
 * is kept and changed further. A failure is repeated from the fewest inputs that show it.
 */
import { BlockCoverage } from './coverage.ts'
import { Dice } from './dice.ts'
import { mutate } from './mutate-message.ts'
import type { Target } from './target.ts'

export interface Failure {
  target: string
  what: string
  /** Inputs that show it, one after another on a fresh target. */
  inputs: Buffer[]
}

export interface Numbers {
  inputs: number
  /** By target: inputs run and inputs kept. */
  of: Record<string, { inputs: number; kept: number }>
  /** Characters of the server's source that have run. */
  covered: number
  /** Longest time that one input took, ms. */
  slowest: number
}

/** One input may take this long, ms of this thread's processor time. */
const mostMs = 60
/** Inputs between two fresh starts of a target. */
const episode = 1_000
const mostFailures = 12
/** Longer inputs are tried, but nothing is made of them. */
const longestKept = 2_500
/** Inputs between two looks at the coverage, and the share of the time that looking may take. */
const [leastBatch, mostBatch] = [8, 512]
const shareOfLooking = 0.2

interface Lane {
  target: Target
  pool: Buffer[]
  /** Inputs since the target was fresh. */
  since: Buffer[]
}

export class Engine {
  readonly failures: Failure[] = []
  readonly numbers: Numbers = { inputs: 0, of: {}, covered: 0, slowest: 0 }
  readonly #coverage = new BlockCoverage()
  readonly #dice: Dice
  readonly #lanes: Lane[]
  readonly #turns: Lane[]
  readonly #watch: (target: string, input: Buffer) => void
  readonly #startedAt = performance.now()
  #lookedMs = 0
  #batch = leastBatch

  /** `watch` is told of every input before it runs: if one never ends, another thread knows which. */
  constructor(targets: readonly Target[], seed: number, watch: (target: string, input: Buffer) => void) {
    this.#dice = new Dice(seed)
    this.#watch = watch
    this.#lanes = targets.map((target) => ({ target, pool: [...target.seeds], since: [] }))
    this.#turns = this.#lanes.flatMap((lane) => new Array<Lane>(lane.target.weight).fill(lane))
    for (const { target } of this.#lanes) this.numbers.of[target.name] = { inputs: 0, kept: 0 }
    this.#coverage.start()
    for (const lane of this.#lanes) for (const seed of lane.target.seeds) this.#run(lane, seed)
    this.#coverage.take()
  }

  /** Runs one batch on one target. */
  step(): void {
    const lane = this.#dice.pick(this.#turns)
    const batch: Buffer[] = []
    for (let i = 0; i < this.#batch; i++) {
      // What was found last reaches furthest.
      const recent = lane.pool.length > 8 && this.#dice.oneIn(3)
      const from = recent ? lane.pool[lane.pool.length - 1 - this.#dice.below(8)] : this.#dice.pick(lane.pool)
      const input = mutate(from ?? Buffer.alloc(0), this.#dice, lane.pool)
      batch.push(input)
      this.#run(lane, input)
    }
    const lookedAt = performance.now()
    if (this.#coverage.ask() > 0) {
      this.#keep(lane, batch, lane.target.another())
      // Where only the inputs before it made one reach further, it is not looked for again.
      this.#coverage.settle()
    }
    this.numbers.covered = this.#coverage.covered
    const now = performance.now()
    this.#lookedMs += now - lookedAt
    const tooMuch = this.#lookedMs > shareOfLooking * (now - this.#startedAt)
    this.#batch = tooMuch ? Math.min(mostBatch, this.#batch * 2) : Math.max(leastBatch, this.#batch >> 1)
  }

  /** Checks what can only be checked when all is over. */
  end(): void {
    for (const lane of this.#lanes) this.#fresh(lane)
    this.#coverage.stop()
  }

  get tooManyFailures(): boolean {
    return this.failures.length >= mostFailures
  }

  #run(lane: Lane, input: Buffer): void {
    const { target } = lane
    this.#watch(target.name, input)
    if (lane.since.length >= episode) this.#fresh(lane)
    lane.since.push(input)
    this.numbers.inputs++
    const of = this.numbers.of[target.name]
    if (of !== undefined) of.inputs++
    const startedAt = performance.now()
    try {
      target.run(input)
    } catch (error) {
      this.#failed(lane, error)
      return
    }
    const ms = performance.now() - startedAt
    if (ms > mostMs && isSlow(target, input)) this.#note({ target: target.name, what: `takes longer than ${mostMs} ms`, inputs: [input] })
    else this.numbers.slowest = Math.max(this.numbers.slowest, ms < mostMs ? ms : 0)
  }

  #fresh(lane: Lane): void {
    try {
      lane.target.reset()
    } catch (error) {
      this.#failed(lane, error)
    }
    lane.since = []
  }

  #failed(lane: Lane, error: unknown): void {
    const what = wordsOf(error)
    if (!this.failures.some((one) => one.target === lane.target.name && kindOf(one.what) === kindOf(what)))
      this.#note({ target: lane.target.name, what, inputs: fewest(lane.target, lane.since, what) })
    lane.since = []
    // What is left of a target that failed is of no use; its own complaint was heard.
    try {
      lane.target.reset()
    } catch {
      lane.since = []
    }
  }

  #note(failure: Failure): void {
    this.failures.push(failure)
  }

  /** Runs inputs again, in halves, then quarters, and keeps those that reach something new by themselves. */
  #keep(lane: Lane, inputs: readonly Buffer[], again: Target): void {
    const half = Math.ceil(inputs.length / 2)
    for (const some of inputs.length > 1 ? [inputs.slice(0, half), inputs.slice(half)] : [inputs]) {
      this.#coverage.drop()
      for (const input of some) {
        try {
          again.run(input)
        } catch {
          // What fails was told when it first ran.
        }
      }
      const [only, second] = some
      if (second !== undefined) {
        if (this.#coverage.ask() > 0) this.#keep(lane, some, again)
        continue
      }
      if (only === undefined || this.#coverage.take() === 0 || only.length > longestKept) continue
      lane.pool.push(only)
      const of = this.numbers.of[lane.target.name]
      if (of !== undefined) of.kept++
    }
  }
}

/** Runs the inputs on a fresh target; answers what failed, '' if nothing did. */
export function replay(target: Target, inputs: readonly Buffer[]): string {
  try {
    for (const input of inputs) target.run(input)
    target.reset()
    return ''
  } catch (error) {
    return wordsOf(error)
  }
}

/** Only the fastest of several runs tells: code is compiled and memory collected in between. */
function isSlow(target: Target, input: Buffer): boolean {
  for (let turn = 0; turn < 5; turn++) {
    const fresh = target.another()
    const before = process.threadCpuUsage()
    replay(fresh, [input])
    const { user, system } = process.threadCpuUsage(before)
    if (user + system < mostMs * 1000) return false
  }
  return true
}

/** Leaves out what the failure does not need: halves, then quarters, and so on. */
function fewest(target: Target, inputs: readonly Buffer[], what: string): Buffer[] {
  const shows = (some: readonly Buffer[]) => kindOf(replay(target.another(), some)) === kindOf(what)
  const last = inputs.at(-1)
  if (last !== undefined && shows([last])) return [last]
  let left = [...inputs]
  if (!shows(left)) return left
  for (let size = left.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < left.length; ) {
      const some = left.toSpliced(at, size)
      if (shows(some)) left = some
      else at += size
    }
  }
  return left
}

/** The failure without its numbers and quotations: two of a kind are told once. */
function kindOf(what: string): string {
  return what.split('\n')[0]?.replaceAll(/\d+|".*"/g, '#') ?? ''
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const place = error.stack?.split('\n').find((line) => line.includes('/server/')) ?? ''
  return place === '' ? error.message : `${error.message}\n${place.trim()}`
}

/** The thread that runs the inputs. Writes each into shared memory before it runs it, so that an input that never ends is known. */

import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { Engine, type Failure, type Numbers } from './engine.ts'
import { allTargets } from './targets.ts'

export interface ThreadData {
  seed: number
  /** Inputs to run, and the time to stop at whatever was run (epoch ms). */
  inputs: number
  until: number
  targets: readonly string[]
  /** Length of the input in work, number of inputs begun; and the input. */
  state: Int32Array
  input: Uint8Array
}

export type ThreadMessage =
  | { kind: 'running'; numbers: Numbers; failures: Failure[]; heap: number }
  | { kind: 'over'; numbers: Numbers; failures: Failure[]; heapBefore: number; heap: number }

const { seed, inputs, until, targets, state, input: shared } = workerData as ThreadData
/** By now what is made once has been made. */
const settledAfter = 20_000
const tellEveryMs = 10_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapInUse(): number {
  collect()
  return getHeapStatistics().used_heap_size
}

const chosen = allTargets().filter((target) => targets.length === 0 || targets.includes(target.name))
const engine = new Engine(chosen, seed, (_target, input) => {
  shared.set(input)
  state[0] = input.length
  state[1] = ((state[1] ?? 0) + 1) | 0
})
let heapBefore = 0
let toldAt = Date.now()
while (engine.numbers.inputs < inputs && Date.now() < until && !engine.tooManyFailures) {
  engine.step()
  if (heapBefore === 0 && engine.numbers.inputs > settledAfter) heapBefore = heapInUse()
  if (Date.now() - toldAt < tellEveryMs) continue
  toldAt = Date.now()
  parentPort?.postMessage({
    kind: 'running',
    numbers: engine.numbers,
    failures: engine.failures,
    heap: getHeapStatistics().used_heap_size,
  } satisfies ThreadMessage)
}
engine.end()
const over: ThreadMessage = { kind: 'over', numbers: engine.numbers, failures: engine.failures, heapBefore, heap: heapInUse() }
parentPort?.postMessage(over)

/**
 * Two minutes of the fuzzer on every way in; ten million inputs are test/soak/fuzz.soak.ts. FUZZ_SEED repeats a run, FUZZ_SECONDS shortens it;
 * what fails is written to test-results/fuzz and runs again with `node test/fuzz/replay.ts FILE`.
 */
import { expect, it } from 'vitest'
import { fuzz, seedOfRun } from '../fuzz/fuzz.ts'

const seconds = Number(process.env.FUZZ_SECONDS) || 115
/** The slowest machine runs more in that time; fewer mean that the fuzzer hardly ran. */
const leastInputs = 500
const mostHeapGrowth = 64 * 1024 * 1024

it('no input throws, hangs, is answered wrongly or changes what it may not', { timeout: (seconds + 120) * 1000 }, async () => {
  const seed = seedOfRun()
  const report = await fuzz({ inputs: 100_000_000, seconds, seed })
  console.log(
    `fuzzed with FUZZ_SEED=${seed}: ${report.inputs} inputs, ${report.perSecond}/s, ${report.kept} kept, ${report.covered} characters of code reached`,
  )
  expect(report.failures, `FUZZ_SEED=${seed}`).toEqual([])
  expect(report.heapGrowth).toBeLessThan(mostHeapGrowth)
  expect(report.kept).toBeGreaterThan(0)
  expect(report.inputs).toBeGreaterThan(leastInputs)
})

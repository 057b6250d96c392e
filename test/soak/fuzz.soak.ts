/**
 * Ten million fuzzed inputs over every way in. FUZZ_SEED repeats a run, FUZZ_INPUTS shortens it; what fails is written to
 * test-results/fuzz and runs again with `node test/fuzz/replay.ts FILE`.
 */
import { availableParallelism } from 'node:os'
import { fuzz, seedOfRun } from '../fuzz/fuzz.ts'

const seed = seedOfRun()
const inputs = Number(process.env.FUZZ_INPUTS) || 10_000_000
const threads = Math.min(2, availableParallelism())
const mostHeapGrowth = 64 * 1024 * 1024

console.log(`seed ${seed}, ${inputs} inputs on ${threads} threads`)
const report = await fuzz({ inputs, seconds: 3 * 3600, seed, threads, tell: console.log })
console.log(
  `${report.inputs} inputs, ${report.perSecond}/s, ${report.kept} kept, ${report.covered} characters of code reached, slowest ${report.slowestMs.toFixed(1)} ms, heap grew by ${Math.round(report.heapGrowth / 1e6)} MB`,
)
for (const failure of report.failures) console.error(`failed: ${failure}`)
if (report.heapGrowth > mostHeapGrowth) console.error('failed: the heap grew beyond what the kept inputs need')
process.exitCode = report.failures.length > 0 || report.heapGrowth > mostHeapGrowth || report.inputs < inputs ? 1 : 0

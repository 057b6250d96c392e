/** `node test/fuzz/replay.ts FILE`: runs the inputs of a failure again, each shown before it runs. Ends with 1 if it still fails. */
import { readFileSync } from 'node:fs'
import { replay } from './engine.ts'
import { allTargets } from './targets.ts'

const [file = ''] = process.argv.slice(2)
const failure = JSON.parse(readFileSync(file, 'utf8')) as { target: string; what: string; inputs: string[] }
const inputs = failure.inputs.map((input) => Buffer.from(input, 'base64'))
for (const input of inputs) console.log(JSON.stringify(input.toString('latin1').slice(0, 4000)))
let red = false
for (const target of allTargets()) {
  if (failure.target !== '' && failure.target !== target.name) continue
  const startedAt = performance.now()
  const what = replay(target, inputs)
  console.log(`${target.name}: ${what === '' ? 'holds' : what} (${Math.round(performance.now() - startedAt)} ms)`)
  red ||= what !== ''
}
process.exitCode = red ? 1 : 0

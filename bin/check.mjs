/** `npm run check`: the gate. Format, lint, types, then every test (with `--without-tests` only the first three). Stops at the first red. */
import path from 'node:path'
import { ensureInstalled } from './install.mjs'
import { root, run } from './run-node.mjs'

const tool = (...parts) => path.join('node_modules', ...parts)
const steps = [
  ['format and lint', [tool('@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.']],
  ['promises and closed unions', [tool('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings']],
  ['types of server, tests and benches', [tool('typescript', 'bin', 'tsc'), '-p', '.']],
  ['types of the browser tests', [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.browser-tests.json']],
  ['types of the portal', [tool('typescript', 'bin', 'tsc'), '-p', 'tsconfig.portal.json']],
  ...(process.argv.includes('--without-tests') ? [] : [['tests', [path.join(root, 'bin', 'test.mjs')]]]),
]

try {
  await ensureInstalled('everything')
  process.exitCode = await inTurn()
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function inTurn() {
  for (const [what, command] of steps) {
    console.log(`— ${what}`)
    const code = await run(command, { env: { PATH: `${path.join(root, 'node_modules', '.bin')}${path.delimiter}${process.env.PATH}` } })
    if (code !== 0) {
      console.error(`The gate is red at: ${what}. Most of format and lint is mended by "npm run fix".`)
      return code
    }
  }
  return 0
}

/** `npm test`: installs and builds what is missing, runs every test, ends in `N passed, N failed`. Further words go to Vitest. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ensurePortalBuilt } from './build-portal.mjs'
import { ensureDebianPackages } from './debian-packages.mjs'
import { ensureInstalled } from './install.mjs'
import { root, run } from './run-node.mjs'

const minutes = 12
const results = path.join(root, 'test-results')
const report = path.join(results, 'vitest.json')

try {
  await ensureInstalled('everything')
  ensureDebianPackages()
  await ensurePortalBuilt()
  process.exitCode = await runTests(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function runTests(given) {
  mkdirSync(results, { recursive: true })
  rmSync(report, { force: true })
  const vitest = [
    path.join('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]
  const code = await run([...vitest, ...given], { killAfterMs: minutes * 60_000, group: true })
  if (code === 124)
    console.log(`The tests were stopped after ${minutes} minutes: something hangs. The last file named above is the one to look at.`)
  const summary = summarise(code)
  writeFileSync(path.join(results, 'summary.txt'), `${summary}\n`)
  console.log(summary)
  return code
}

/** What was skipped and why, then one line of counts. A file that broke before its tests were known counts as one failure. */
function summarise(code) {
  if (!existsSync(report)) return `0 passed, 1 failed (Vitest ended with ${code} and left no report)`
  const told = JSON.parse(readFileSync(report, 'utf8'))
  const tests = told.testResults.flatMap((file) => file.assertionResults)
  const skipped = tests.filter((one) => one.status === 'pending' || one.status === 'skipped' || one.status === 'todo')
  const broken = told.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  const suites = new Map()
  for (const one of skipped) {
    const name = one.ancestorTitles.join(' > ') || one.title
    suites.set(name, (suites.get(name) ?? 0) + 1)
  }
  const lines = [...suites].map(([name, count]) => `skipped (${count}): ${name}`)
  const failed = Math.max(told.numFailedTests + broken, code === 0 ? 0 : 1)
  return [...lines, `${told.numPassedTests} passed, ${failed} failed`].join('\n')
}

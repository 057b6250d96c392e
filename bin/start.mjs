/** `npm start`: installs and builds what is missing, then serves with sample customers and sample phones (`-- --no-sample`: without). */
import path from 'node:path'
import { ensurePortalBuilt } from './build-portal.mjs'
import { ensureInstalled } from './install.mjs'
import { run } from './run-node.mjs'

try {
  const given = process.argv.slice(2)
  const sample = given.includes('--no-sample') ? '0' : '1'
  await ensureInstalled('serving')
  await ensurePortalBuilt()
  const rest = given.filter((word) => word !== '--no-sample')
  process.exitCode = await run([path.join('server', 'command.ts'), 'serve', ...rest], { env: { REGISTA_SAMPLE: sample } })
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

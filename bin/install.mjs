/** Brings node_modules to what package-lock.json says, if it is not there yet. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { root, runProgram } from './run-node.mjs'

/**
 * Installs with `npm ci` unless everything is there in the right version. Install scripts never run.
 * @param {'serving' | 'everything'} what `serving` leaves out what only tests and checks need.
 */
export async function ensureInstalled(what) {
  const missing = missingPackages(what)
  if (missing.length === 0) return
  const kind = what === 'serving' ? 'what serving needs' : 'everything, tools for tests too'
  console.log(`Installing ${kind} (${missing.length} packages, usually under a minute)…`)
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...(what === 'serving' ? ['--omit=dev'] : [])]
  const code = await npm(args)
  if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with ${code}. Its words stand above; mend that and start again.`)
  const still = missingPackages(what)
  if (still.length > 0) throw new Error(`npm ci left out ${still.slice(0, 3).join(', ')}. Remove node_modules and start again.`)
}

/** Names (path in node_modules) of packages of the lock file that are absent or of another version. */
export function missingPackages(what) {
  const wanted = packagesOf('package-lock.json')
  const held = packagesOf('node_modules/.package-lock.json')
  return Object.entries(wanted)
    .filter(([at, entry]) => at !== '' && isNeeded(at, entry, what))
    .filter(([at, entry]) => held[at]?.version !== entry.version || !existsSync(path.join(root, at, 'package.json')))
    .map(([at]) => at.replace(/^node_modules\//, ''))
}

function isNeeded(at, entry, what) {
  if (entry.dev || entry.devOptional) return what === 'everything' && !entry.optional && !entry.devOptional
  if (at === `node_modules/node-linux-${process.arch}` && process.platform === 'linux') return true
  return !entry.optional
}

function packagesOf(file) {
  const at = path.join(root, file)
  return existsSync(at) ? (JSON.parse(readFileSync(at, 'utf8')).packages ?? {}) : {}
}

/** npm as it was called, else the one on the path. */
function npm(args) {
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return runProgram(process.env.npm_node_execpath ?? process.execPath, [script, ...args])
  return runProgram('npm', args)
}

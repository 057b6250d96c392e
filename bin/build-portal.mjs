/** Builds the portal when its sources are not those of the last build. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root, run } from './run-node.mjs'

const stamp = path.join(root, 'portal', 'dist', '.built-from')

export async function ensurePortalBuilt() {
  const wanted = sourcesHash()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.log('Building the portal…')
  const code = await run([path.join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'])
  if (code !== 0) throw new Error(`The portal could not be built (vite ended with ${code}); its words stand above.`)
  writeFileSync(stamp, wanted)
}

/** One hash over everything that goes into the build. Contents, not times: a fresh clone has its files in any order of age. */
function sourcesHash() {
  const hash = createHash('sha256')
  for (const file of [...filesBelow('portal'), ...filesBelow('api'), 'vite.config.ts', 'package-lock.json']) {
    if (existsSync(path.join(root, file))) hash.update(`${file}\0`).update(readFileSync(path.join(root, file)))
  }
  return hash.digest('hex')
}

function filesBelow(folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const at = path.join(folder, entry.name)
      if (entry.isDirectory()) return entry.name === 'dist' ? [] : filesBelow(at)
      return /\.test\.tsx?$|\.md$/.test(entry.name) ? [] : [at]
    })
}

/** `npm run soak`: the long forms of tests, each a program in test/soak. Words given choose by name. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { ensurePortalBuilt } from './build-portal.mjs'
import { ensureInstalled } from './install.mjs'
import { root, run } from './run-node.mjs'

/** Every long form that the project promises; the file is its name in test/soak. */
const promised = {
  kills: 'kill -9 twenty times under load; what was answered 200 is still there',
  'million-bindings': 'a million bindings held, renewed and expired',
  avalanche: 'every phone comes back at once after an outage',
  floods: 'floods of garbage, of challenges and of wrong passwords',
  'idle-connections': 'twenty thousand idle TCP connections',
  fuzz: 'ten million fuzzed inputs',
  month: 'thirty days on a simulated clock',
}

try {
  process.exitCode = await soak(process.argv.slice(2))
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}

async function soak(words) {
  const folder = path.join(root, 'test', 'soak')
  const built = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.soak.ts')) : []
  const absent = Object.keys(promised).filter((name) => !built.includes(`${name}.soak.ts`))
  for (const name of absent) console.log(`not built yet: ${name} (${promised[name]})`)
  const chosen = built.filter((name) => words.length === 0 || words.some((word) => name.includes(word))).sort()
  if (chosen.length === 0) {
    console.error('Nothing was run.')
    return 1
  }
  await ensureInstalled('everything')
  await ensurePortalBuilt()
  let red = 0
  for (const file of chosen) {
    console.log(`— ${file.replace('.soak.ts', '')}`)
    const code = await run([path.join('test', 'soak', file)])
    if (code === 130 || code === 143) return code
    if (code !== 0) {
      red++
      console.error(`${file} ended with ${code}`)
    }
  }
  console.log(`${chosen.length - red} passed, ${red} failed, ${absent.length} not built yet`)
  return red === 0 ? 0 : 1
}

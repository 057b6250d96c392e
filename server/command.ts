/** The operator's command, joined with the storage it works on and the server it starts: what `bin/regista.mjs` runs. */
import path from 'node:path'
import { runCommand } from './cli/main.ts'
import { systemClock } from './runtime/clock.ts'
import { systemRandom } from './runtime/random.ts'
import { systemTimers } from './runtime/timers.ts'
import { openDirectory } from './storage/sql/open-directory.ts'
import { openBans } from './storage/sqlite/bans.ts'

// Whatever the umask of the shell: what this program writes is for its user alone.
process.umask(0o077)

process.exitCode = await runCommand(process.argv.slice(2), {
  clock: systemClock,
  random: systemRandom,
  terminal: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    readInput: () => Array.fromAsync(process.stdin).then((pieces) => Buffer.concat(pieces).toString('utf8')),
  },
  open: ({ data, keyFile, domain }) => openDirectory({ data, keyFile, domain, clock: systemClock, random: systemRandom }),
  openBans: ({ data }) => openBans(path.join(data, 'bans.db')),
  wait: (ms) => new Promise((resolve) => systemTimers.after(ms, resolve)),
  serve: async (config) => (await import('./main.ts')).serve(config),
})

/**
 * 100,000 phones come back in the same second: after a power cut (none knows a nonce), and after a restart of the server (each has the one
 * it had). Both without admission too, to see what it does. AVALANCHE_PHONES makes the town smaller, AVALANCHE_ALSO_WITHOUT=no leaves that out.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileAvalanche } from '../../bench/load/compile-load.ts'
import { fillDirectory } from '../../bench/load/fill-directory.ts'
import { benchDomain, startRegista } from '../../bench/load/servers.ts'
import { AvalancheLoad, type AvalancheResult, avalancheFaults } from '../support/avalanche.ts'

const phones = Number(process.env.AVALANCHE_PHONES) || 100_000
const addresses = 3000
/** Some makes wait five minutes when they were not answered for 32 s. */
const mostSeconds = 400

const folder = mkdtempSync(path.join(tmpdir(), 'regista-avalanche-'))
let red = 0
try {
  const made = compileAvalanche(folder)
  if ('missing' in made) throw new Error(made.missing)
  await town(made.program, 'with admission', 'yes')
  if (process.env.AVALANCHE_ALSO_WITHOUT !== 'no') await town(made.program, 'without admission', 'no')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (red > 0) process.exitCode = 1

async function town(program: string, name: string, shed: string): Promise<void> {
  const data = path.join(folder, shed)
  await fillDirectory(data, phones)
  let server = await startRegista(data, phones, { settings: { REGISTA_SHED_LOAD: shed } })
  const { port } = server
  const load = new AvalancheLoad(program, port, benchDomain, phones, addresses)
  try {
    tell(`${name}, after a power cut`, await load.come('cold', mostSeconds))
    await server.stop()
    server = await startRegista(data, phones, { settings: { REGISTA_SHED_LOAD: shed }, port })
    tell(`${name}, after a restart of the server`, await load.come('warm', mostSeconds))
  } finally {
    await load.stop()
    await server.stop()
  }
}

function tell(name: string, result: AvalancheResult): void {
  const { signedIn, seconds, sent, again, timeouts, codes, makes, curve } = result
  console.log(
    `${name}: ${signedIn} of ${phones} phones signed in after ${seconds} s; ${sent} packets, ${again} sent again, ${timeouts} given up`,
  )
  console.log(`  answers ${JSON.stringify(codes)}; last of each make, s: ${JSON.stringify(makes)}`)
  console.log(`  phones signed in, by second: ${curve.join(' ')}`)
  for (const fault of avalancheFaults(result)) {
    red++
    console.error(`failed: ${name}: ${fault}`)
  }
}

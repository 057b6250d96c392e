/** Thousands of phones that come back at once, and renewals beside a flood of first requests; the long form is test/soak/avalanche.soak.ts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compileAvalanche } from '../../bench/load/compile-load.ts'
import { fillDirectory } from '../../bench/load/fill-directory.ts'
import { benchDomain, type RunningServer, startRegista } from '../../bench/load/servers.ts'
import { AvalancheLoad, avalancheFaults } from '../support/avalanche.ts'
import { programPath } from '../support/needs.ts'

const phones = 5000
const addresses = 200
const mostSeconds = 60
const compiler = programPath('gcc') !== undefined
const folder = mkdtempSync(path.join(tmpdir(), 'regista-avalanche-'))
const data = path.join(folder, 'data')
let server: RunningServer | undefined
let load: AvalancheLoad | undefined

beforeAll(async () => {
  const made = compileAvalanche(folder)
  if ('missing' in made) return
  await fillDirectory(data, phones)
  server = await startRegista(data, phones)
  load = new AvalancheLoad(made.program, server.port, benchDomain, phones, addresses)
}, 60_000)
afterAll(async () => {
  await load?.stop()
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const town = test.skipIf(!compiler)
const about = compiler ? '' : ' (cannot run: gcc is not installed)'

town(
  `${phones} phones that come back in one second after a power cut all sign in, and none is banned${about}`,
  { timeout: 90_000 },
  async () => {
    const result = await load?.come('cold', mostSeconds)
    console.log(`after a power cut: ${result?.seconds} s, by second ${result?.curve.join(' ')}`)
    expect(result && avalancheFaults(result)).toEqual([])
  },
)

town(`the same after a restart of the server, with the nonces they had, and without a challenge${about}`, { timeout: 90_000 }, async () => {
  const { port } = server as RunningServer
  await server?.stop()
  server = await startRegista(data, phones, { port })
  const result = await load?.come('warm', mostSeconds)
  console.log(`after a restart: ${result?.seconds} s, by second ${result?.curve.join(' ')}`)
  expect(result && avalancheFaults(result)).toEqual([])
  expect(result?.codes['401'] ?? 0).toBe(0)
})

/** Of the flood that was asked for, what a load program sends that has a processor of its own. */
const undisturbed = 0.9

// Where other programs hold the processors, everybody waits for them: then the flood is not sent at its rate either, and less is asked.
town(
  `renewals beside 50,000 first requests a second are answered within 100 ms, 99 of 100${about}`,
  { retry: 2, timeout: 60_000 },
  async () => {
    const [perSecond, seconds] = [50_000, 3]
    await load?.flood(perSecond, 200, 2)
    const result = await load?.flood(perSecond, 200, seconds)
    const alone = (result?.flooded ?? 0) >= undisturbed * perSecond * seconds
    console.log(
      `beside ${result?.flooded} first requests: p50 ${result?.p50} ms, p99 ${result?.p99} ms, ${result?.again} sent again` +
        `${alone ? '' : '; other programs held the processors, so 1 s is allowed'}`,
    )
    expect(result?.renewed).toBeGreaterThan(500)
    expect(result?.wrong).toBe(0)
    expect(result?.p99).toBeLessThan(alone ? 100 : 1000)
  },
)

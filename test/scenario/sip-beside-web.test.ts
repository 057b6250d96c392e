/** SIP and the portal are on threads of their own: people who look at lists do not make phones wait. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Customer, domain, openCustomer } from '../support/customer.ts'
import type { ReadLists } from '../support/list-readers.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import type { LoadResult, ToLoad } from '../support/register-load.ts'

const lineCount = 2000
const perSecond = 2000
const turns = 9
/** For what the readers asked last. */
const settleMs = 100
const readers = 50

let program: Program
let customer: Customer
let load: ChildProcess
let people: ChildProcess
const scripts: ChildProcess[] = []

beforeAll(async () => {
  program = await openProgram()
  customer = await openCustomer(program)
  const logins = await customer.addLines(lineCount)
  load = startScript('register-load.ts')
  people = startScript('list-readers.ts')
  const signedIn = await ask({ kind: 'sign-in', port: program.sipPort, domain, logins })
  expect(signedIn).toMatchObject({ sent: lineCount, lost: 0 })
})
afterAll(async () => {
  for (const child of scripts) child.kill('SIGKILL')
  await customer?.close()
  await program?.end()
})

/** A process of its own, for what must not take time from the test or from another one. */
function startScript(name: string): ChildProcess {
  const child = fork(path.join(import.meta.dirname, '..', 'support', name), { execArgv: [] })
  scripts.push(child)
  return child
}

async function ask(message: ToLoad): Promise<LoadResult> {
  load.send(message)
  const [result] = await once(load, 'message')
  return result as LoadResult
}

/** Fifty people each ask for the list again as soon as they have it, while `work` runs; answers how many lists they got. */
async function whileRead(work: () => Promise<void>): Promise<number> {
  people.send({
    url: `${program.url}/api/circles/${customer.circle}/lines?limit=100`,
    headers: customer.headers,
    readers,
  } satisfies ReadLists)
  await work()
  people.send('pause')
  const [read] = await once(people, 'message')
  return read as number
}

function middle(results: readonly LoadResult[], of: (result: LoadResult) => number): number {
  return results.map(of).sort((one, other) => one - other)[Math.floor(results.length / 2)] ?? Number.NaN
}

function told(results: readonly LoadResult[]): string {
  return `p50 ${middle(results, ({ p50 }) => p50).toFixed(2)} ms, p99 ${middle(results, ({ p99 }) => p99).toFixed(2)} ms`
}

// Each is measured in turns of a second, and the middle one counts: what else goes on at this machine meets both alike.
test(`${perSecond} REGISTER a second wait no longer beside ${readers} readers of a list`, { retry: 2, timeout: 120_000 }, async () => {
  const alone: LoadResult[] = []
  const beside: LoadResult[] = []
  let read = 0
  for (let turn = 0; turn < turns; turn++) {
    alone.push(await ask({ kind: 'renew', perSecond, seconds: 1 }))
    read += await whileRead(async () => void beside.push(await ask({ kind: 'renew', perSecond, seconds: 1 })))
    await sleep(settleMs)
  }
  console.log(`REGISTER alone: ${told(alone)}; beside ${Math.round(read / turns)} lists a second: ${told(beside)}`)
  expect(read).toBeGreaterThan(turns * readers)
  expect([...alone, ...beside].map(({ lost }) => lost)).toEqual(new Array(2 * turns).fill(0))
  const p99 = middle(alone, (result) => result.p99)
  expect(middle(beside, (result) => result.p99)).toBeLessThanOrEqual(Math.max(2 * p99, p99 + 5))
})

/** While nothing can be stored: 500 with Retry-After, challenges as ever, /healthz says why, and it mends itself. */
import { renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterEach, describe, expect, test } from 'vitest'
import { type Customer, openCustomer } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, Program, type ProgramOptions } from '../support/open-program.ts'
import { SmallDisk } from '../support/small-disk.ts'
import type { SipAnswer, WirePhone } from '../support/wire-phone.ts'

const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(options: ProgramOptions = {}): Promise<{ program: Program; customer: Customer }> {
  const program = await openProgram(options)
  closers.push(() => program.end())
  const customer = await openCustomer(program)
  closers.push(() => customer.close())
  return { program, customer }
}

async function health(program: Program): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${program.url}/healthz`)
  return { status: answer.status, text: await answer.text() }
}

/** One renewal with the nonce that the phone holds; how long it took. */
async function renew(phone: WirePhone): Promise<{ answer: SipAnswer; ms: number }> {
  const begun = performance.now()
  const answer = await phone.exchange(phone.request({}, {}))
  return { answer, ms: performance.now() - begun }
}

async function expectTrouble(program: Program, phone: WirePhone, why: RegExp): Promise<void> {
  const refused = await renew(phone)
  expect(refused.answer.status).toBe(500)
  expect(Number(refused.answer.first('Retry-After'))).toBeGreaterThan(0)
  expect(refused.ms).toBeLessThan(1000)
  expect((await phone.exchange(phone.request())).status).toBe(401)
  const told = await eventually(
    () => health(program),
    ({ status }) => status === 503,
  )
  expect(told.status).toBe(503)
  expect(told.text).toMatch(why)
}

async function expectMended(program: Program, phone: WirePhone): Promise<void> {
  const told = await eventually(
    () => health(program),
    ({ status }) => status === 200,
    5000,
  )
  expect(told.status).toBe(200)
  expect((await renew(phone)).answer.status).toBe(200)
}

describe('another program holds bindings.db', () => {
  test('phones are answered 500 without waiting for it, and 200 as soon as it lets go', async () => {
    const { program, customer } = await open()
    const phone = await openWirePhone(program, await customer.addLine())
    expect((await phone.register()).status).toBe(200)
    const stranger = new Database(path.join(program.data, 'bindings.db'))
    closers.push(() => stranger.close())
    stranger.exec('begin immediate')
    await expectTrouble(program, phone, /bindings\.db is locked by another program/)
    const waits: number[] = []
    for (let i = 0; i < 10; i++) waits.push((await renew(phone)).ms)
    expect(Math.max(...waits)).toBeLessThan(500)
    stranger.exec('rollback')
    await expectMended(program, phone)
  })
})

const disk = SmallDisk.open(16)
const describeWithDisk = disk === undefined ? describe.skip : describe
disk?.close()

describeWithDisk(`the disk${disk === undefined ? ': cannot run, this user may not mount one' : ''}`, () => {
  function openDisk(): SmallDisk {
    const small = SmallDisk.open(16)
    if (small === undefined) throw new Error('no disk can be mounted')
    closers.push(() => small.close())
    return small
  }

  test('is full: what was stored stays, nothing is promised that is not, and room is all it takes to go on', async () => {
    const small = openDisk()
    const { program, customer } = await open({ data: small.folder })
    const phone = await openWirePhone(program, await customer.addLine())
    const other = await openWirePhone(program, await customer.addLine())
    expect((await phone.register()).status).toBe(200)
    small.fill()
    // What the log has room for is still stored.
    await eventually(
      async () => (await renew(phone)).answer.status,
      (status) => status === 500,
      10_000,
    )
    await expectTrouble(program, phone, /bindings\.db cannot grow: the disk is full/)
    expect((await other.exchange(other.request())).status).toBe(401)
    expect((await fetch(`${program.url}/api/circles`, { headers: customer.headers })).status).toBe(200)
    small.empty()
    await expectMended(program, phone)
    await program.kill9()
    await program.restart()
    expect((await renew(phone)).answer.status).toBe(200)
  })

  test('is read-only at the start: one sentence, exit 1', async () => {
    const small = openDisk()
    small.readOnly()
    const program = new Program({ data: small.folder })
    const { code, err } = await program.command(['serve'])
    expect([code, err]).toEqual([1, expect.stringMatching(/^regista: The data directory \S+ cannot be written to \(EROFS\).*\n$/)])
  })
})

describe('a damaged bindings.db', () => {
  test('stops the start with one sentence that says what to do; moved away, phones sign in anew', async () => {
    const { program, customer } = await open()
    const phone = await openWirePhone(program, await customer.addLine())
    await phone.register()
    expect(await program.stop()).toBe(0)
    const file = path.join(program.data, 'bindings.db')
    writeFileSync(file, Buffer.alloc(64 * 1024, 'x'))
    const { code, err } = await program.command(['serve'])
    expect(code).toBe(1)
    expect(err).toMatch(/^regista: \S+bindings\.db is damaged; .*back a backup.*\n$/)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    renameSync(file, `${file}.moved`)
    await program.restart()
    // What was used of its nonce is not known any more: it takes a new one.
    expect((await renew(phone)).answer.status).toBe(401)
    await phone.fetchChallenge()
    expect((await phone.register()).status).toBe(200)
  })
})

describe('the history store', () => {
  test('locked, it takes neither the portal nor the phones down', async () => {
    const { program, customer } = await open()
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    const stranger = new Database(path.join(program.data, 'history.db'))
    closers.push(() => stranger.close())
    stranger.exec('begin exclusive')
    expect((await phone.register()).status).toBe(200)
    const shown = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(shown.sign).toBe('registered')
    await sleep(1000)
    const begun = performance.now()
    const history = await fetch(`${program.url}/api/lines/${encodeURIComponent(line.number)}/history`, { headers: customer.headers })
    expect([200, 503]).toContain(history.status)
    expect(performance.now() - begun).toBeLessThan(2000)
    expect((await customer.line(line.number)).sign).toBe('registered')
    stranger.exec('rollback')
    const told = await eventually(
      async () => (await customer.get<{ items: { kind: string }[] }>(`/api/lines/${encodeURIComponent(line.number)}/history`)).items,
      (items) => items.some(({ kind }) => kind === 'registered'),
      10_000,
    )
    expect(told.map(({ kind }) => kind)).toContain('registered')
  })

  test('damaged, it is done without', async () => {
    const { program, customer } = await open()
    const line = await customer.addLine()
    await program.stop()
    writeFileSync(path.join(program.data, 'history.db'), Buffer.alloc(64 * 1024, 'x'))
    await program.restart()
    const phone = await openWirePhone(program, line)
    expect((await phone.register()).status).toBe(200)
    expect((await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')).sign).toBe('registered')
    expect(program.log).toContain('history.db')
  })
})

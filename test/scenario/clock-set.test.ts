/** The machine's clock is set while phones are signed in (faketime of Debian stands for the administrator). */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Customer, openCustomer } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { describeWith } from '../support/needs.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'

const library = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`
const closers: (() => Promise<unknown> | unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A program whose time of day a test may set, as `+86400` or `-3600` seconds; the time that passes stays the real one. */
async function open(): Promise<{ program: Program; customer: Customer; setClock(by: string): void }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'regista-clock-'))
  closers.push(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'offset')
  const setClock = (by: string) => {
    writeFileSync(`${file}.new`, `${by}\n`)
    renameSync(`${file}.new`, file)
  }
  setClock('+0')
  const program = await openProgram({
    environment: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      REGISTA_EXPIRES_MIN: '1',
    },
  })
  closers.push(() => program.end())
  const customer = await openCustomer(program)
  closers.push(() => customer.close())
  return { program, customer, setClock }
}

describeWith(['faketime'], 'the clock is set', () => {
  test.each([
    ['ahead by a day', '+86400', 86_400],
    ['back by an hour', '-3600', -3600],
  ])('%s: every phone stays signed in for the time it has left, and renews in one round trip, after a restart too', async (_, text, by) => {
    const { program, customer, setClock } = await open()
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    expect((await phone.register()).status).toBe(200)
    const before = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    const brief = await customer.addLine()
    const briefPhone = await openWirePhone(program, brief)
    expect((await briefPhone.register({ expires: 4 })).status).toBe(200)

    setClock(text)
    const moved = await eventually(
      () => customer.line(line.number),
      ({ detail }) => Math.abs(leapOf(before.detail.contacts[0]?.expiresAt, detail.contacts[0]?.expiresAt) - by) < 5,
    )
    expect(moved.sign).toBe('registered')
    expect(leapOf(before.since, moved.since)).toBeCloseTo(by, -1)
    expect((await customer.line(brief.number)).sign).toBe('registered')
    const renewed = await phone.exchange(phone.request({}, {}))
    expect(renewed.status).toBe(200)
    expect(renewed.all('Contact')).toEqual([`${phone.contact};expires=600`])
    expect(leapOf(new Date().toISOString(), new Date(renewed.first('Date')).toISOString())).toBeCloseTo(by, -1)

    // Its four seconds run out as they would have.
    const over = await customer.lineWhen(brief.number, ({ sign }) => sign === 'unregistered', 8000)
    expect(over.cause?.code).toBe('expired')

    await program.kill9()
    await program.restart()
    const again = await phone.exchange(phone.request({}, {}))
    expect(again.status).toBe(200)
    await sleep(300)
    expect((await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')).sign).toBe('registered')
  })
})

/** Seconds from one time to another. */
function leapOf(from: string | null | undefined, to: string | null | undefined): number {
  return (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000
}

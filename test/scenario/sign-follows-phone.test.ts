/** The main promise: what a phone does is on the open page in well under a second, and never lies. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Customer, openCustomer, type PhoneLogin, shown } from '../support/customer.ts'
import { openTestPhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { StatusEvents } from '../support/status-events.ts'

let program: Program
let customer: Customer

beforeAll(async () => {
  program = await openProgram({ environment: { REGISTA_EXPIRES_MIN: '1' } })
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

async function openPage(): Promise<StatusEvents> {
  const page = await new StatusEvents().open(customer)
  onTestFinished(() => page.close())
  return page
}

describe('an open page', () => {
  test('a line added by the command while the server runs is on it at once, and its phone turns it to ✓ and back within a second', async () => {
    const page = await openPage()
    const words = ['line', 'add', '--circle', customer.circle, '--type', 'sip-phone', '--name', '受付']
    const line = await program.cli<PhoneLogin>(words)
    const added = await page.line(line.number, () => true)
    expect(added?.data).toMatchObject({ name: '受付', sign: 'unregistered', state: 'never', cause: { code: 'never-connected' } })

    const phone = await openTestPhone(program, line)
    const askedAt = performance.now()
    expect(await phone.register()).toMatchObject({ status: 200, granted: 600 })
    const on = await page.line(line.number, ({ sign }) => sign === 'registered')
    expect(on?.data).toMatchObject({ state: 'registered', cause: null })
    expect((on?.at ?? Number.POSITIVE_INFINITY) - askedAt).toBeLessThan(1000)

    const leftAt = performance.now()
    expect((await phone.unregister())?.status).toBe(200)
    const off = await page.line(line.number, ({ sign, cause }) => sign === 'unregistered' && cause?.code === 'signed-off')
    expect(off?.data.state).toBe('left')
    expect((off?.at ?? Number.POSITIVE_INFINITY) - leftAt).toBeLessThan(1000)
  })

  test('shows each of forty phones that sign in and off again, the slowest change in under a second', async () => {
    const page = await openPage()
    const lines = await customer.addLines(40)
    const took: number[] = []
    for (const line of lines) {
      const phone = await openTestPhone(program, line)
      for (const [expires, sign] of [
        [600, 'registered'],
        [0, 'unregistered'],
      ] as const) {
        const from = page.seen.length
        const at = performance.now()
        expect((await phone.register(expires))?.status).toBe(200)
        const event = await page.line(line.number, (now) => now.sign === sign, 2000, from)
        took.push((event?.at ?? Number.POSITIVE_INFINITY) - at)
      }
    }
    expect(took).toHaveLength(80)
    expect(Math.max(...took)).toBeLessThan(1000)
  })

  test('turns to ✕ within two seconds after the expiry of a phone that just vanishes, and not before it', async () => {
    const page = await openPage()
    const line = await customer.addLine()
    const phone = await openTestPhone(program, line, { expires: 2 })
    const from = page.seen.length
    const before = performance.now()
    expect(await phone.register()).toMatchObject({ status: 200, granted: 2 })
    const boundBy = performance.now()
    phone.close()
    const ended = await page.line(line.number, ({ cause }) => cause?.code === 'expired', 6000, from)
    expect(ended?.data).toMatchObject({ sign: 'unregistered', state: 'expired' })
    expect((ended?.at ?? 0) - before).toBeGreaterThan(2000)
    expect((ended?.at ?? Number.POSITIVE_INFINITY) - boundBy).toBeLessThan(4000)
    expect(shown(await customer.line(line.number))).toEqual({ sign: 'unregistered', cause: 'expired' })
  })

  test('says nothing of a renewal, and the sign stays through it', async () => {
    const page = await openPage()
    const line = await customer.addLine()
    const phone = await openTestPhone(program, line)
    await phone.register()
    await page.line(line.number, ({ sign }) => sign === 'registered')
    const { knownAt } = await customer.line(line.number)
    const from = page.seen.length
    await sleep(20)
    expect((await phone.register())?.status).toBe(200)
    const renewed = await customer.lineWhen(line.number, (now) => now.knownAt !== knownAt)
    expect(renewed.knownAt).not.toBe(knownAt)
    expect(renewed.sign).toBe('registered')
    expect(page.seen.slice(from).filter(({ data }) => (data as { number?: string }).number === line.number)).toEqual([])
  })

  test('keeps ✓ while one of two phones of a line signs off', async () => {
    const line = await customer.addLine()
    const one = await openTestPhone(program, line)
    const other = await openTestPhone(program, line)
    await one.register()
    await other.register()
    expect((await customer.lineWhen(line.number, ({ detail }) => detail.contacts.length === 2)).detail.contacts).toHaveLength(2)
    await one.unregister()
    const left = await customer.lineWhen(line.number, ({ detail }) => detail.contacts.length === 1)
    expect(shown(left)).toEqual({ sign: 'registered', cause: null })
    expect(left.detail.contacts[0]?.received).toContain(String(other.localPort))
  })

  test('another customer sees nothing of it', async () => {
    const stranger = await openCustomer(program, '0398765432')
    onTestFinished(() => stranger.close())
    const line = await customer.addLine()
    await expect(stranger.line(line.number)).rejects.toThrow('404')
    await expect(stranger.get(`/api/circles/${customer.circle}/lines`)).rejects.toThrow('404')
    await expect(stranger.get(`/api/status-stream?circle=${customer.circle}`)).rejects.toThrow('404')
  })

  test('the counts follow', async () => {
    const line = await customer.addLine()
    const { counts } = await customer.list('?limit=1')
    const phone = await openTestPhone(program, line)
    await phone.register()
    await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    const after = (await customer.list('?limit=1')).counts
    expect(after).toEqual({ ...counts, registered: counts.registered + 1, unregistered: counts.unregistered - 1, never: counts.never - 1 })
  })
})

/** What was acknowledged survives kill -9, and stopping is orderly. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, openCustomer, shown } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { killRounds, quietPort } from '../support/kill-rounds.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { StatusEvents } from '../support/status-events.ts'
import type { WirePhone } from '../support/wire-phone.ts'

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

async function killAndRestart(): Promise<void> {
  await program.kill9()
  await program.restart()
}

describe('after kill -9', () => {
  test('twenty phones are still ✓ with the same contacts, and renew in one round trip', async () => {
    const lines = await customer.addLines(20)
    const phones: WirePhone[] = []
    for (const line of lines) {
      const phone = await openWirePhone(program, line)
      phones.push(phone)
      expect((await phone.register()).status).toBe(200)
    }
    const before = new Map<string, unknown>()
    for (const line of lines)
      before.set(line.number, (await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')).detail.contacts)

    await killAndRestart()

    for (const [at, line] of lines.entries()) {
      const after = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
      expect(shown(after)).toEqual({ sign: 'registered', cause: null })
      expect(after.detail.contacts).toEqual(before.get(line.number))
      const phone = phones[at] as WirePhone
      const renewed = await phone.exchange(phone.request({}, {}))
      expect(renewed.status).toBe(200)
      expect(renewed.all('Contact')).toEqual([`${phone.contact};expires=600`])
    }
  })

  test('the same REGISTER again gets its 200 again, and a used count with another contact does not', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.register()
    expect((await phone.register()).status).toBe(200)
    const { sent } = phone

    await killAndRestart()

    const again = await phone.exchange(sent)
    expect(again.status).toBe(200)
    expect(again.all('Contact')).toEqual([expect.stringMatching(/;expires=(5[5-9]\d|600)$/)])
    const smuggled = { contacts: ['<sip:thief@127.0.0.9:5060>'], callId: 'another@test' }
    const replayed = await phone.exchange(phone.request(smuggled, { count: 2 }))
    expect(replayed.status).toBe(401)
    expect(replayed.first('WWW-Authenticate')).toContain('stale=true')
    expect((await customer.line(line.number)).detail.contacts.map(({ uri }) => uri)).toEqual([phone.contact.slice(1, -1)])
  })

  test('a sign-off stays one, and its repetition is answered', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.register()
    expect((await phone.register({ expires: 0 })).status).toBe(200)
    const { sent } = phone

    await killAndRestart()

    const known = await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'signed-off')
    expect(shown(known)).toEqual({ sign: 'unregistered', cause: 'signed-off' })
    const again = await phone.exchange(sent)
    expect(again.status).toBe(200)
    expect(again.all('Contact')).toEqual([])
  })

  test('a binding that ran out while nobody served is no data, for it was our outage', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    expect((await phone.register({ expires: 1 })).status).toBe(200)
    await program.kill9()
    await sleep(1500)
    await program.restart()
    const after = await customer.lineWhen(line.number, ({ cause }) => cause !== null)
    expect(shown(after)).toEqual({ sign: 'no-data', cause: 'server-outage' })
    expect((await phone.register({ expires: 60 })).status).toBe(200)
    expect(shown(await customer.lineWhen(line.number, ({ sign }) => sign === 'registered'))).toEqual({ sign: 'registered', cause: null })
  })

  test('a line disabled while nobody served has no binding any more', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.register()
    await program.kill9()
    await program.cli(['line', 'disable', line.number])
    await program.restart()
    const after = await customer.lineWhen(line.number, ({ detail }) => detail.contacts.length === 0)
    expect(shown(after)).toEqual({ sign: 'unregistered', cause: 'disabled' })
    expect(after.detail.contacts).toEqual([])
    expect((await phone.register()).status).toBe(403)
  })
})

describe('killed under full load', () => {
  test.each([['crash'], ['power']])(
    'with REGISTA_DURABILITY=%s no promise is broken, and nobody is challenged anew',
    async (durability) => {
      const loaded = await openProgram({ environment: { REGISTA_DURABILITY: durability, REGISTA_SIP_PORT: quietPort() } })
      try {
        const rounds = await killRounds(loaded, { kills: 2, phones: 300, window: 128 })
        for (const round of rounds) {
          expect(round.answered).toBeGreaterThan(300)
          expect(round).toMatchObject({ promised: 300, open: 0, broken: [], challenged: 0, refused: 0, complete: true })
        }
      } finally {
        await loaded.end()
      }
    },
  )
})

describe('told to stop', () => {
  afterEach(() => program.restart())

  test.each([['SIGTERM'], ['SIGINT']] as const)(
    '%s ends it with 0 within five seconds, open streams included, and says nothing is wrong',
    async (signal) => {
      const page = await new StatusEvents().open(customer)
      const line = await customer.addLine()
      const phone = await openWirePhone(program, line, { transport: 'TCP' })
      expect((await phone.register()).status).toBe(200)
      const at = performance.now()
      program.signal(signal)
      expect(await program.exit).toBe(0)
      expect(performance.now() - at).toBeLessThan(5000)
      expect(await eventually(() => page.ended && phone.wire.closed, Boolean)).toBe(true)
      expect(program.log).toBe('')
    },
  )

  test('two signals within three seconds are one', async () => {
    await new StatusEvents().open(customer)
    program.signal('SIGTERM')
    await sleep(20)
    program.signal('SIGTERM')
    expect(await program.exit).toBe(0)
  })
})

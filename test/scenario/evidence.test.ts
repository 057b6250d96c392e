/** What counts as evidence against a line, and what leaves no trace. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, openCustomer, type PhoneLogin, shown } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { openTestPhone, openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'

let program: Program
let customer: Customer

beforeAll(async () => {
  program = await openProgram()
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

/** A failure that is certainly told of, so that what came before it has been told of too. */
async function afterAFailureOf(line: PhoneLogin): Promise<void> {
  const phone = await openWirePhone(program, line)
  await phone.register({}, { password: 'wrong' })
  const told = await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'wrong-password')
  expect(told.cause?.code).toBe('wrong-password')
}

describe('a wrong password', () => {
  test('is counted, with the address and the phone it came from', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line, { localHost: '127.0.0.21' })
    for (let i = 0; i < 3; i++) expect((await phone.register({ userAgent: 'Grandstream GXP2170' }, { password: 'wrong' })).status).toBe(401)
    const told = await customer.lineWhen(line.number, ({ cause }) => cause?.count === 3)
    expect(shown(told)).toEqual({ sign: 'unregistered', cause: 'wrong-password' })
    expect(told.cause).toMatchObject({ count: 3, evidence: { from: '127.0.0.21', userAgent: 'Grandstream GXP2170', certainty: 'known' } })
    expect(told.detail.failures).toHaveLength(1)
    expect(told.detail.failures[0]).toMatchObject({ cause: 'wrong-password', from: '127.0.0.21', username: line.username, count: 3 })
  })

  test('is forgotten as the cause when the phone signs in', async () => {
    const line = await customer.addLine()
    const wrong = await openTestPhone(program, line, { password: 'not this one' })
    await wrong.register()
    await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'wrong-password')
    const right = await openTestPhone(program, line)
    await right.register()
    expect(shown(await customer.lineWhen(line.number, ({ sign }) => sign === 'registered'))).toEqual({ sign: 'registered', cause: null })
  })

  test('never shows a password, a nonce or a digest', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.register({}, { password: 'wrong' })
    const told = JSON.stringify(await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'wrong-password'))
    expect(told).not.toContain(line.password)
    expect(told).not.toContain(phone.challenge?.nonce)
    expect(told).not.toMatch(/[0-9a-f]{32}/)
  })
})

describe('a mistyped user name', () => {
  test('from an address of the customer is told to the line that was probably meant, with both names', async () => {
    const office = '127.0.0.31'
    const neighbour = await customer.addLine()
    const signedIn = await openTestPhone(program, neighbour, { localHost: office })
    await signedIn.register()
    await customer.lineWhen(neighbour.number, ({ sign }) => sign === 'registered')
    const line = await customer.addLine({ username: 'reception10' })
    const phone = await openTestPhone(program, { ...line, username: 'receptionl0' }, { localHost: office })
    expect((await phone.register())?.status).toBe(401)
    const told = await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'wrong-username')
    expect(told.cause).toMatchObject({
      code: 'wrong-username',
      evidence: { sent: 'receptionl0', expected: 'reception10', from: office, certainty: 'inferred', tie: 'slip' },
    })
  })

  test('from a stranger’s address is nobody’s', async () => {
    const line = await customer.addLine({ username: 'warehouse10' })
    const phone = await openTestPhone(program, { ...line, username: 'warehousel0' }, { localHost: '127.0.0.99' })
    expect((await phone.register())?.status).toBe(401)
    await afterAFailureOf(await customer.addLine())
    expect(shown(await customer.line(line.number))).toEqual({ sign: 'unregistered', cause: 'never-connected' })
  })

  test('in the digest alone is told to the line in To', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.register({}, { username: 'auth-name' })
    const told = await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'wrong-username')
    expect(told.cause).toMatchObject({
      code: 'wrong-username',
      evidence: { sent: 'auth-name', expected: line.username, certainty: 'known' },
    })
  })
})

describe('forged attempts leave no trace', () => {
  test.each([
    ['with an invented nonce', async () => 'f'.repeat(50)],
    [
      'with a nonce that was issued to another address',
      async (line: PhoneLogin) => (await (await openWirePhone(program, line, { localHost: '127.0.0.77' })).fetchChallenge()).nonce,
    ],
    ['with no nonce at all', async () => ''],
  ])('%s', async (_how, nonceFor) => {
    const line = await customer.addLine()
    const forger = await openWirePhone(program, line)
    await forger.fetchChallenge()
    const nonce = await nonceFor(line)
    for (let i = 0; i < 30; i++) expect((await forger.register({}, { nonce, password: `guess ${i}` })).status).toBe(401)
    await afterAFailureOf(await customer.addLine())
    const told = await customer.line(line.number)
    expect(shown(told)).toEqual({ sign: 'unregistered', cause: 'never-connected' })
    expect(told.detail.failures).toEqual([])
  })

  test('a challenge that nobody answers, and a REGISTER that requires too much', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.exchange(phone.request())
    await phone.exchange(phone.request({ rows: 'Require: x-unheard-of\r\n' }))
    await afterAFailureOf(await customer.addLine())
    expect((await customer.line(line.number)).detail.failures).toEqual([])
  })
})

describe('regista line status', () => {
  test('says the same as the API', async () => {
    const on = await customer.addLine()
    const off = await customer.addLine()
    const phone = await openTestPhone(program, on)
    await phone.register()
    await afterAFailureOf(off)
    const status = () => program.cli<{ number: string }[]>(['line', 'status', '--circle', customer.circle])
    const rows = await eventually(status, (all) => all.some(({ number }) => number === on.number))
    expect(rows).toContainEqual({ number: on.number, sign: 'registered', state: 'registered', cause: null })
    expect(rows).toContainEqual({ number: off.number, sign: 'unregistered', state: 'failing', cause: 'wrong-password' })
  })
})

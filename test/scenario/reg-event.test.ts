/** Who is signed in on a line, told to its own phones over real sockets (RFC 3680, RFC 6665). */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, domain, openCustomer, type PhoneLogin, shown } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { openUdpWire } from '../support/sip-wire.ts'
import { WatchingPhone } from '../support/watching-phone.ts'
import { WirePhone } from '../support/wire-phone.ts'

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

async function openWatching(login: PhoneLogin, transport: 'UDP' | 'TCP' = 'UDP') {
  return new WatchingPhone(await openWirePhone(program, login, { transport }))
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`)).text()
  const row = text.split('\n').find((one) => one.startsWith(`${name} `))
  return row === undefined ? Number.NaN : Number(row.slice(name.length + 1))
}

describe.each(['UDP', 'TCP'] as const)('over %s', (transport) => {
  test('a phone that watches is challenged, told all at once, and told what another phone of the line does', async () => {
    const login = await customer.addLine()
    const watching = await openWatching(login, transport)
    const challenge = await watching.phone.exchange(watching.request())
    expect(challenge.status).toBe(401)
    watching.phone.keepChallenge(challenge)
    const answer = await watching.subscribe()
    expect(answer.status).toBe(200)
    expect(answer.first('Expires')).toBe('600')
    expect(watching.toTag).not.toBe('')
    const port = program.sipPort
    expect(watching.remoteTarget).toBe(transport === 'UDP' ? `sip:127.0.0.1:${port}` : `sip:127.0.0.1:${port};transport=tcp`)

    const first = await watching.nextNotify()
    expect(first?.header.first('Subscription-State')).toMatch(/^active;expires=(600|599)$/)
    expect(first?.header.first('Event')).toBe('reg')
    expect(first?.header.first('From')).toBe(`<sip:${login.username}@${domain}>;tag=${watching.toTag}`)
    expect(first?.header.first('To')).toBe(`<sip:${login.username}@${domain}>;tag=watch`)
    expect(first?.text).toMatch(new RegExp(`^NOTIFY ${watching.phone.contact.slice(1, -1)} SIP/2.0\r\n`))
    expect(first?.document).toMatchObject({
      version: 0,
      state: 'full',
      aor: `sip:${login.username}@${domain}`,
      registrationState: 'init',
      contacts: [],
    })

    const toldAt = performance.now()
    const other = await openWirePhone(program, login, { transport })
    const instance = '"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'
    expect((await other.register({ contacts: [`${other.contact};q=0.5;+sip.instance=${instance}`], expires: 300 })).status).toBe(200)
    const second = await watching.nextNotify()
    // Five seconds after the first, less a tick of the timers.
    expect(performance.now() - toldAt).toBeGreaterThan(4500)
    expect(second?.document).toMatchObject({ version: 1, state: 'partial', registrationState: 'active' })
    expect(second?.document.contacts).toMatchObject([
      { state: 'active', event: 'registered', q: '0.5', uri: other.contact.slice(1, -1), params: [['+sip.instance', instance]] },
    ])

    expect((await other.register({ expires: 0 })).status).toBe(200)
    const third = await watching.nextNotify()
    expect(third?.document).toMatchObject({ version: 2, state: 'partial', registrationState: 'terminated' })
    expect(third?.document.contacts).toMatchObject([{ state: 'terminated', event: 'unregistered' }])
  })

  test('it renews in the dialog, is told all again, and ends it', async () => {
    const watching = await openWatching(await customer.addLine(), transport)
    await watching.subscribe()
    await watching.nextNotify()
    const renewed = await watching.subscribe({ expires: 1200 })
    expect(renewed.status).toBe(200)
    expect(renewed.first('Expires')).toBe('1200')
    expect((await watching.nextNotify())?.document).toMatchObject({ version: 1, state: 'full' })
    expect((await watching.subscribe({ expires: 0 })).status).toBe(200)
    expect((await watching.nextNotify())?.header.first('Subscription-State')).toBe('terminated;reason=timeout')
    expect((await watching.subscribe()).status).toBe(481)
  })
})

test('who asks once with Expires: 0 is told all once, and nothing stays', async () => {
  const login = await customer.addLine()
  const other = await openWirePhone(program, login)
  await other.register()
  const before = await eventually(() => metric('regista_reg_subscriptions'), Number.isFinite)
  const watching = await openWatching(login)
  expect((await watching.subscribe({ expires: 0 })).first('Expires')).toBe('0')
  const only = await watching.nextNotify()
  expect(only?.header.first('Subscription-State')).toBe('terminated;reason=timeout')
  expect(only?.document.contacts).toMatchObject([{ uri: other.contact.slice(1, -1) }])
  await sleep(1500)
  expect(await metric('regista_reg_subscriptions')).toBe(before)
})

test('a binding that runs out is told as expired', async () => {
  const login = await customer.addLine()
  const watching = await openWatching(login)
  const other = await openWirePhone(program, login)
  await other.register({ expires: 2 })
  await watching.subscribe()
  expect((await watching.nextNotify())?.document.contacts).toMatchObject([{ event: 'registered' }])
  expect((await watching.nextNotify())?.document.contacts).toMatchObject([{ state: 'terminated', event: 'expired' }])
})

test('a phone may watch its own line only, and learns nothing of others', async () => {
  const [own, others] = await customer.addLines(2)
  if (own === undefined || others === undefined) throw new Error('no lines')
  const watching = await openWatching(own)
  for (const user of [others.username, 'nobody-has-this']) {
    const answer = await watching.subscribe({ user, toTag: '', callId: user })
    expect([answer.status, answer.reason]).toEqual([403, 'Forbidden'])
  }
  expect(await watching.nextNotify(300)).toBeUndefined()
})

test('a wrong password gets a challenge, and is a failure that the owner of the line sees', async () => {
  const login = await customer.addLine()
  const watching = await openWatching(login)
  expect((await watching.subscribe({}, { password: 'not this one' })).status).toBe(401)
  const line = await customer.lineWhen(login.number, (one) => one.cause?.code === 'wrong-password')
  expect(shown(line)).toEqual({ sign: 'unregistered', cause: 'wrong-password' })
})

test('other events are refused with the one that there is, and OPTIONS names it', async () => {
  const watching = await openWatching(await customer.addLine())
  const refused = await watching.phone.exchange(watching.request({ event: 'presence' }))
  expect([refused.status, refused.first('Allow-Events')]).toEqual([489, 'reg'])
  const options = watching.request().replaceAll('SUBSCRIBE', 'OPTIONS')
  const told = await watching.phone.exchange(options)
  expect([told.status, told.first('Allow'), told.first('Allow-Events')]).toEqual([200, 'REGISTER, OPTIONS, SUBSCRIBE', 'reg'])
})

test('an answer from elsewhere is none, even one that saw the NOTIFY: the phone’s own counts', async () => {
  const login = await customer.addLine()
  const watching = await openWatching(login)
  await watching.subscribe()
  const before = await metric('regista_reg_notifies_total{what="failed"}')
  const notify = await watching.phone.wire.next()
  const forger = await openUdpWire(program.sipPort)
  forger.send(watching.answerTo(notify ?? '', 481))
  forger.close()
  // Nobody has answered: it comes again, the same.
  expect(await watching.phone.wire.next()).toBe(notify)
  watching.phone.wire.send(watching.answerTo(notify ?? '', 200))
  expect((await watching.subscribe()).status).toBe(200)
  expect(
    await eventually(
      () => metric('regista_reg_notifies_total{what="failed"}'),
      () => false,
      1200,
    ),
  ).toBe(before)
})

test('a phone that refuses a NOTIFY is told nothing more', async () => {
  const login = await customer.addLine()
  const watching = await openWatching(login)
  await watching.subscribe()
  await watching.nextNotify(3000, 481)
  await (await openWirePhone(program, login)).register()
  expect(await watching.nextNotify(6500)).toBeUndefined()
  expect((await watching.subscribe()).status).toBe(481)
})

test('when the line is disabled its contacts end, and so does the watching', async () => {
  const login = await customer.addLine()
  const watching = await openWatching(login)
  await (await openWirePhone(program, login)).register()
  await watching.subscribe()
  await watching.nextNotify()
  await program.cli(['line', 'disable', login.number])
  const last = await watching.nextNotify()
  expect(last?.header.first('Subscription-State')).toBe('terminated;reason=noresource')
  expect(last?.document).toMatchObject({ registrationState: 'terminated', contacts: [{ state: 'terminated', event: 'rejected' }] })
})

test('after a kill of the server the old dialog is unknown, and the phone subscribes anew', async () => {
  const login = await customer.addLine()
  const watching = await openWatching(login)
  await watching.subscribe()
  await watching.nextNotify()
  await program.kill9()
  await program.restart()
  const again = new WatchingPhone(watching.phone)
  expect((await watching.subscribe()).status).toBe(481)
  const answer = await again.subscribe()
  if (answer.status === 401) again.phone.keepChallenge(answer)
  expect(answer.status === 200 ? 200 : (await again.subscribe()).status).toBe(200)
  expect((await again.nextNotify())?.document).toMatchObject({ version: 0, state: 'full' })
})

test('a phone that is gone is forgotten when its NOTIFY stays unanswered for 32 seconds', { timeout: 60_000 }, async () => {
  await program.kill9()
  await program.restart()
  const login = await customer.addLine()
  const watching = new WatchingPhone(new WirePhone(await openUdpWire(program.sipPort), login))
  expect((await watching.subscribe()).status).toBe(200)
  watching.phone.wire.close()
  const subscribedAt = performance.now()
  const count = (wanted: number, withinMs: number) =>
    eventually(
      () => metric('regista_reg_subscriptions'),
      (found) => found === wanted,
      withinMs,
    )
  expect(await count(1, 3000)).toBe(1)
  expect(await count(0, 40_000)).toBe(0)
  expect(performance.now() - subscribedAt).toBeGreaterThan(30_000)
  expect(await metric('regista_reg_notifies_total{what="failed"}')).toBe(1)
})

/** Phones are asked whether they are there, and their keepalives are answered, over real sockets. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Customer, openCustomer, shown } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { openTestPhone, openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { openUdpWire } from '../support/sip-wire.ts'
import { StatusEvents } from '../support/status-events.ts'
import type { WirePhone } from '../support/wire-phone.ts'

let program: Program
let customer: Customer

beforeAll(async () => {
  program = await openProgram({ environment: { REGISTA_PING_SECONDS: '1' } })
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

/** A phone that calls itself by a private address, as behind a NAT. */
const behindNat = { contacts: ['<sip:phone@10.0.0.7:5060;line=a>'] }

/** The answer that a phone gives to a request. */
function answerTo(request: string, status: string): string {
  const rows = request.split('\r\n').filter((row) => /^(Via|From|To|Call-ID|CSeq):/.test(row))
  return `SIP/2.0 ${status}\r\n${rows.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
}

/** Signs a phone behind a NAT in; `answering` says whether it answers what it is asked. */
async function openNattedPhone(number: Awaited<ReturnType<Customer['addLine']>>) {
  const phone = await openWirePhone(program, number)
  expect((await phone.register(behindNat)).status).toBe(200)
  const asked: string[] = []
  const state = { phone, asked, answering: '404 Not Found' }
  void (async () => {
    for (;;) {
      const request = await phone.wire.next(20_000)
      if (request === undefined) return
      if (!request.startsWith('OPTIONS ')) continue
      asked.push(request)
      if (state.answering !== '') phone.wire.send(answerTo(request, state.answering))
    }
  })()
  return state
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`, { headers: customer.headers })).text()
  const row = text.split('\n').find((one) => one.startsWith(`${name} `))
  return row === undefined ? Number.NaN : Number(row.slice(name.length + 1))
}

describe('a phone behind a NAT', () => {
  test('is asked by OPTIONS on its way here; any answer shows the round trip, and that it was heard', async () => {
    const line = await customer.addLine()
    const { asked } = await openNattedPhone(line)
    const seen = await customer.lineWhen(line.number, ({ detail }) => detail.contacts[0]?.rttMs != null, 5000)
    expect(shown(seen)).toEqual({ sign: 'registered', cause: null })
    expect(seen.detail.contacts[0]?.rttMs).toBeLessThan(1000)
    const [head = '', via = ''] = asked[0]?.split('\r\n') ?? []
    expect(head).toBe('OPTIONS sip:phone@10.0.0.7:5060;line=a SIP/2.0')
    expect(via).toMatch(new RegExp(`^Via: SIP/2\\.0/UDP 127\\.0\\.0\\.1:${program.sipPort};branch=z9hG4bK[^;]{20,};rport$`))
    expect(asked[0]).toMatch(/\r\nMax-Forwards: 70\r\nFrom: <sip:sip\.localhost>;tag=\w+\r\nTo: <sip:phone@/)
  })

  test('that falls silent stays ✓ with the doubt that it does not answer; an answer mends it, a forged one does not', async () => {
    const line = await customer.addLine()
    const natted = await openNattedPhone(line)
    const events = await new StatusEvents().open(customer)
    onTestFinished(() => events.close())
    await eventually(
      () => natted.asked.length,
      (count) => count > 0,
      4000,
    )
    natted.answering = ''
    const before = natted.asked.length
    const thief = await openUdpWire(program.sipPort, '127.0.0.3')
    onTestFinished(() => thief.close())
    const forging = setInterval(() => {
      for (const request of natted.asked.slice(before)) thief.send(answerTo(request, '200 OK'))
    }, 100)
    onTestFinished(() => clearInterval(forging))

    const told = await events.line(line.number, ({ state }) => state === 'unreachable', 12_000)
    expect(told?.data).toMatchObject({
      sign: 'registered',
      state: 'unreachable',
      cause: { code: 'unreachable', evidence: { from: '127.0.0.1' } },
    })
    expect(Date.parse(told?.data.cause?.evidence.firstAt ?? '')).toBeLessThan(Date.now())
    clearInterval(forging)
    expect(
      await eventually(
        () => metric('regista_bindings_unreachable'),
        (count) => count > 0,
      ),
    ).toBeGreaterThan(0)

    natted.answering = '200 OK'
    const mended = await customer.lineWhen(line.number, ({ state }) => state === 'registered', 12_000)
    expect(shown(mended)).toEqual({ sign: 'registered', cause: null })
  })

  test('is counted in the metrics', async () => {
    expect(
      await eventually(
        () => metric('regista_sip_pings_total{what="answered"}'),
        (count) => count > 0,
      ),
    ).toBeGreaterThan(0)
    expect(await metric('regista_sip_asked_total{what="stray"}')).toBeGreaterThan(0)
  })
})

test('a phone without a NAT is asked less often, and answers with its round trip too', async () => {
  const line = await customer.addLine()
  const phone = await openTestPhone(program, line)
  expect((await phone.register())?.status).toBe(200)
  const seen = await customer.lineWhen(line.number, ({ detail }) => detail.contacts[0]?.rttMs != null, 15_000)
  expect(seen.detail.contacts).toMatchObject([{ rttMs: expect.any(Number) }])
})

describe('trap 37: on the SIP port over UDP', () => {
  test('a STUN request is answered with the address that it came from', async () => {
    const socket = createSocket('udp4')
    onTestFinished(() => void socket.close())
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    const request = Buffer.from('000100002112a442b7e7a701bc34d686fa87dfae', 'hex')
    socket.send(request, program.sipPort, '127.0.0.1')
    const [answer] = (await once(socket, 'message')) as [Buffer]
    expect(answer.subarray(0, 24).toString('hex')).toBe('0101000c2112a442b7e7a701bc34d686fa87dfae00200008')
    expect(answer.readUInt16BE(26) ^ 0x2112).toBe(socket.address().port)
    expect((answer.readUInt32BE(28) ^ 0x2112a442) >>> 0).toBe(0x7f000001)
  })

  test('other keepalives are taken in silence, and none is counted as unreadable', async () => {
    const unreadable = await metric('regista_sip_packets_total{kind="unreadable"}')
    const keepalives = await metric('regista_sip_packets_total{kind="keepalives"}')
    const wire = await openUdpWire(program.sipPort)
    onTestFinished(() => wire.close())
    for (const bytes of ['', '\r\n', '\r\n\r\n', '\0\0\0\0', 'jaK']) wire.send(bytes)
    expect(
      await eventually(
        () => metric('regista_sip_packets_total{kind="keepalives"}'),
        (count) => count >= keepalives + 5,
      ),
    ).toBeGreaterThanOrEqual(keepalives + 5)
    expect(await metric('regista_sip_packets_total{kind="unreadable"}')).toBe(unreadable)
    expect(await wire.next(100)).toBeUndefined()
  })
})

describe('trap 38: when the connection of a phone closes', () => {
  const instance = '+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"'
  const register = (phone: WirePhone) => phone.register({ contacts: [`${phone.contact};${instance}`] })

  test('its line is ✕ connection-lost after a grace', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line, { transport: 'TCP' })
    await register(phone)
    await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    phone.wire.close()
    const closedAt = performance.now()
    const off = await customer.lineWhen(line.number, ({ sign }) => sign === 'unregistered', 8000)
    expect(performance.now() - closedAt).toBeGreaterThan(4500)
    expect(off).toMatchObject({ sign: 'unregistered', state: 'left', cause: { code: 'connection-lost', evidence: { transport: 'tcp' } } })
  })

  test('and it comes back over another at once, its line never shows it', async () => {
    const line = await customer.addLine()
    const events = await new StatusEvents().open(customer)
    onTestFinished(() => events.close())
    const phone = await openWirePhone(program, line, { transport: 'TCP' })
    await register(phone)
    await events.line(line.number, ({ sign }) => sign === 'registered')
    const seen = events.seen.length
    phone.wire.close()
    const again = await openWirePhone(program, line, { transport: 'TCP' })
    expect((await register(again)).all('Contact')).toHaveLength(1)
    expect(await events.line(line.number, () => true, 7000, seen)).toBeUndefined()
    expect(shown(await customer.line(line.number))).toEqual({ sign: 'registered', cause: null })
  })
})

test('after a restart of ours a phone on a connection is no data until it is back, never ✕', async () => {
  const line = await customer.addLine()
  const phone = await openWirePhone(program, line, { transport: 'TCP' })
  await phone.register()
  await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
  await program.kill9()
  await program.restart()
  const cut = await customer.lineWhen(line.number, ({ cause }) => cause !== null)
  expect(shown(cut)).toEqual({ sign: 'no-data', cause: 'server-outage' })
  const again = await openWirePhone(program, line, { transport: 'TCP' })
  await again.register()
  expect(shown(await customer.lineWhen(line.number, ({ sign }) => sign === 'registered'))).toEqual({ sign: 'registered', cause: null })
})

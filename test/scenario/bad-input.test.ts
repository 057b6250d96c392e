/** What strangers send does no harm: the next good phone signs in, and nothing is kept. */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Customer, openCustomer } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { openTcpWire, openUdpWire, type SipWire } from '../support/sip-wire.ts'
import { readAnswer } from '../support/wire-phone.ts'

const stranger = '127.0.0.2'

let program: Program
let customer: Customer

beforeAll(async () => {
  // What is let in under overload is another test's matter: here all is read.
  program = await openProgram({ environment: { REGISTA_SHED_LOAD: 'no' } })
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})
afterEach(async () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    const phone = await openWirePhone(program, await customer.addLine(), { transport })
    expect((await phone.register()).status).toBe(200)
  }
  expect(program.log).toBe('')
})

/** The same numbers every time, so that what fails once fails again. */
function numbersFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

async function tcp(): Promise<SipWire> {
  const wire = await openTcpWire(program.sipPort)
  onTestFinished(() => wire.close())
  return wire
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${program.url}/metrics`)).text()
  const row = text.split('\n').find((line) => line.startsWith(`${name} `))
  return Number(row?.split(' ').at(-1))
}

function memory(): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

describe('over UDP', () => {
  test('ten thousand datagrams of garbage, three times, leave no state and no growing memory', async () => {
    // Bent names that fail are guesses: they block the address they come from, and no other.
    const phone = await openWirePhone(program, await customer.addLine(), { localHost: stranger })
    await phone.fetchChallenge()
    const good = Buffer.from(phone.request({}, { password: 'wrong' }), 'latin1')
    const wire = await openUdpWire(program.sipPort, stranger)
    onTestFinished(() => wire.close())
    const number = numbersFrom(20_260_105)
    await sleep(1100)
    const linesHeld = await metric('regista_lines_held')
    const after: number[] = []
    for (let round = 0; round < 3; round++) {
      for (let sent = 0; sent < 10_000; sent++) {
        const bytes = sent % 2 === 0 ? Buffer.alloc(Math.floor(number() * 1400)) : Buffer.from(good)
        const changes = sent % 2 === 0 ? bytes.length : 1 + Math.floor(number() * 20)
        for (let i = 0; i < changes; i++) {
          const at = sent % 2 === 0 ? i : Math.floor(number() * bytes.length)
          bytes[at] = Math.floor(number() * 256)
        }
        wire.send(bytes)
        if (sent % 100 === 0) await sleep(1)
      }
      await sleep(300)
      after.push(memory())
    }
    await sleep(1100)
    expect(await metric('regista_lines_held')).toBe(linesHeld)
    expect((after[2] ?? Number.POSITIVE_INFINITY) - (after[0] ?? 0)).toBeLessThan(48)
  })

  test('a REGISTER cut off at every byte is never taken for another one', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line)
    await phone.fetchChallenge()
    const whole = Buffer.from(phone.request({}, {}), 'latin1')
    const accepted: number[] = []
    for (let length = 0; length < whole.length; length++) {
      phone.wire.send(whole.subarray(0, length))
      if (length % 50 === 0) await sleep(1)
    }
    for (let answer = await phone.wire.next(500); answer !== undefined; answer = await phone.wire.next(100)) {
      const { status } = readAnswer(answer)
      expect(status).toBeLessThan(500)
      if (status === 200) accepted.push(status)
    }
    expect(accepted).toEqual([])
    expect((await customer.line(line.number)).detail.contacts).toEqual([])
    expect((await phone.exchange(whole.toString('latin1'))).status).toBe(200)
  })

  test.each([
    ['an empty datagram', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(1400)],
    ['the largest datagram there is', Buffer.alloc(65_507, 'A')],
    ['a header of 60,000 characters', Buffer.from(`REGISTER sip:a SIP/2.0\r\nX: ${'x'.repeat(60_000)}\r\n\r\n`)],
    ['ten thousand headers', Buffer.from(`REGISTER sip:a SIP/2.0\r\n${'X: 1\r\n'.repeat(10_000)}\r\n`)],
    [
      'an answer to a question nobody asked',
      Buffer.from('SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nCSeq: 1 REGISTER\r\n\r\n'),
    ],
  ])('%s', async (_what, bytes) => {
    const wire = await openUdpWire(program.sipPort)
    onTestFinished(() => wire.close())
    wire.send(bytes)
    const answer = await wire.next(100)
    if (answer !== undefined) expect(readAnswer(answer).status).toBeLessThan(500)
  })
})

describe('over TCP', () => {
  test('a header of 64 KiB is refused and the connection closed', async () => {
    const phone = await openWirePhone(program, await customer.addLine(), { transport: 'TCP' })
    phone.wire.send(phone.request({ rows: `X-Long: ${'x'.repeat(64 * 1024)}\r\n` }))
    const answer = await phone.wire.next()
    if (answer !== undefined) expect(readAnswer(answer).status).toBeGreaterThanOrEqual(400)
    expect(await eventually(() => phone.wire.closed, Boolean)).toBe(true)
  })

  test('a head without an end is cut off before it fills the memory', async () => {
    const wire = await tcp()
    wire.send('REGISTER sip:a SIP/2.0\r\n')
    for (let i = 0; i < 200 && !wire.closed; i++) {
      wire.send(`X-${i}: ${'x'.repeat(4000)}\r\n`)
      await sleep(1)
    }
    expect(await eventually(() => wire.closed, Boolean)).toBe(true)
  })

  test('half a message holds up nobody else, its rest may come late, and one whose connection is closed is forgotten', async () => {
    const phone = await openWirePhone(program, await customer.addLine(), { transport: 'TCP' })
    const whole = phone.request()
    const half = whole.slice(0, 200)
    const left = await tcp()
    left.send(half)
    await sleep(1200)
    const open = 'regista_sip_connections{transport="tcp"}'
    const before = await metric(open)
    for (let i = 0; i < 50; i++) {
      const wire = await tcp()
      wire.send(half)
      wire.close()
    }
    expect(
      await eventually(
        () => metric(open),
        (count) => count <= before,
        5000,
      ),
    ).toBeLessThanOrEqual(before)
    expect(left.closed).toBe(false)
    expect((await phone.register()).status).toBe(200)
    // The rest may come late: it is one message all the same.
    left.send(whole.slice(200))
    expect(readAnswer((await left.next()) ?? '').status).toBe(401)
  })

  test('a message that comes byte by byte is one message', async () => {
    const phone = await openWirePhone(program, await customer.addLine(), { transport: 'TCP' })
    for (const byte of phone.request()) phone.wire.send(byte)
    expect(readAnswer((await phone.wire.next()) ?? '').status).toBe(401)
  })

  test('two messages in one piece get two answers', async () => {
    const phone = await openWirePhone(program, await customer.addLine(), { transport: 'TCP' })
    phone.wire.send(phone.request() + phone.request())
    const answers = [await phone.wire.next(), await phone.wire.next()].map((text) => readAnswer(text ?? '').first('CSeq'))
    expect(answers).toEqual(['1 REGISTER', '2 REGISTER'])
  })

  test('random bytes close the connection', async () => {
    const number = numbersFrom(7)
    const wire = await tcp()
    wire.send(Buffer.from(Array.from({ length: 100_000 }, () => Math.floor(number() * 256))))
    expect(await eventually(() => wire.closed, Boolean)).toBe(true)
  })
})

/** Two hundred phones at a time, played by SIPp from a list, over UDP and TCP. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Customer, domain, openCustomer, type PhoneLogin } from '../support/customer.ts'
import { runTool, type ToolEnd } from '../support/debian-tool.ts'
import { eventually } from '../support/eventually.ts'
import { describeWith } from '../support/needs.ts'
import { openProgram, type Program } from '../support/open-program.ts'

const phones = 200
/** Below the number of names at which an address is blocked. */
const guessers = 25
const perSecond = 200

describeWith(['sipp'], 'SIPp', () => {
  let program: Program
  let customer: Customer
  let lines: PhoneLogin[]
  /** The phones keep their port, and so their contact, from one scenario to the next. */
  let port: number

  beforeAll(async () => {
    program = await openProgram()
    customer = await openCustomer(program)
    lines = await customer.addLines(phones)
    port = await freeUdpPort()
  })
  afterAll(async () => {
    await customer?.close()
    await program?.end()
  })

  /** Plays one scenario once for each phone, or for the first of them. */
  function play(
    scenario: string,
    transport: 'u1' | 't1',
    passwordOf = (line: PhoneLogin) => line.password,
    calls = phones,
  ): Promise<ToolEnd> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'regista-sipp-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    // SIPp reads its [authentication] only whole from a field.
    const rows = lines.map((line) => `${line.username};[authentication username=${line.username} password=${passwordOf(line)}];${domain};`)
    writeFileSync(path.join(folder, 'phones.csv'), `SEQUENTIAL\n${rows.join('\n')}\n`)
    const file = path.join(import.meta.dirname, 'sipp', `${scenario}.xml`)
    const where = ['-t', transport, '-i', '127.0.0.1', '-p', String(port)]
    const words = ['-sf', file, '-inf', 'phones.csv', ...where, '-m', String(calls), '-r', String(perSecond)]
    return runTool('sipp', [...words, '-nostdin', '-timeout', '25s', '-timeout_error', `127.0.0.1:${program.sipPort}`], { cwd: folder })
  }

  /** How many lines of the circle have this sign, this state and this cause. */
  async function counted(expected: { sign: string; cause: string | null }, wanted = phones): Promise<number> {
    const rows = () => program.cli<{ sign: string; cause: string | null }[]>(['line', 'status', '--circle', customer.circle])
    const count = (all: { sign: string; cause: string | null }[]) =>
      all.filter(({ sign, cause }) => sign === expected.sign && cause === expected.cause).length
    return count(await eventually(rows, (all) => count(all) === wanted))
  }

  test.each(['u1', 't1'] as const)('-t %s: all sign in, renew with the nonce they hold, and sign off', async (transport) => {
    const renewed = await play('renew', transport)
    expect(renewed.code, renewed.text).toBe(0)
    expect(await counted({ sign: 'registered', cause: null })).toBe(phones)
    const off = await play('sign-off', transport)
    expect(off.code, off.text).toBe(0)
    expect(await counted({ sign: 'unregistered', cause: 'signed-off' })).toBe(phones)
  })

  test.each(['u1', 't1'] as const)('-t %s: all watch who is signed in on their line, and stop (RFC 3680)', async (transport) => {
    const watched = await play('watch', transport)
    expect(watched.code, watched.text).toBe(0)
  })

  test('all are told apart from phones with a wrong password, which the owner sees', async () => {
    const refused = await play('wrong-password', 'u1', () => 'not-this-one', guessers)
    expect(refused.code, refused.text).toBe(0)
    expect(await counted({ sign: 'unregistered', cause: 'wrong-password' }, guessers)).toBe(guessers)
    const signedIn = await play('sign-in', 'u1')
    expect(signedIn.code, signedIn.text).toBe(0)
    expect(await counted({ sign: 'registered', cause: null })).toBe(phones)
  })
})

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return port
}

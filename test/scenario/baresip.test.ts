/** A real phone: Debian's baresip, without sound. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Customer, domain, openCustomer, type PhoneLogin, shown } from '../support/customer.ts'
import { type RunningTool, startTool } from '../support/debian-tool.ts'
import { describeWith } from '../support/needs.ts'
import { openProgram, type Program } from '../support/open-program.ts'

const modules = '/usr/lib/baresip/modules'

describeWith(['baresip'], 'baresip', () => {
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

  /** The phone, set up as its owner would; it is gone with the test. */
  function switchOn(line: PhoneLogin, transport: 'udp' | 'tcp', password = line.password): RunningTool {
    const home = mkdtempSync(path.join(os.tmpdir(), 'regista-baresip-'))
    writeFileSync(
      path.join(home, 'config'),
      `module_path ${modules}\nmodule g711.so\nmodule_app account.so\nmodule_app menu.so\nsip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\n`,
    )
    const account = `<sip:${line.username}@${domain};transport=${transport}>`
    const outbound = `sip:127.0.0.1:${program.sipPort};transport=${transport}`
    writeFileSync(
      path.join(home, 'accounts'),
      `${account};auth_user=${line.username};auth_pass=${password};outbound="${outbound}";regint=120\n`,
    )
    const phone = startTool('baresip', ['-f', home, '-v'], { cwd: home })
    onTestFinished(async () => {
      await phone.stop()
      rmSync(home, { recursive: true, force: true })
    })
    return phone
  }

  test.each(['udp', 'tcp'] as const)('signs in over %s and is ✓ with its own name', async (transport) => {
    const line = await customer.addLine()
    const phone = switchOn(line, transport)
    const on = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered', 10_000)
    expect(shown(on), phone.text).toEqual({ sign: 'registered', cause: null })
    expect(on.detail.contacts).toEqual([expect.objectContaining({ transport, userAgent: expect.stringContaining('baresip') })])
  })

  test.each(['udp', 'tcp'] as const)('answers over %s when it is asked whether it is there', async (transport) => {
    const line = await customer.addLine()
    const phone = switchOn(line, transport)
    const on = await customer.lineWhen(line.number, ({ detail }) => detail.contacts[0]?.rttMs != null, 25_000)
    expect(on.detail.contacts, phone.text).toMatchObject([{ transport, rttMs: expect.any(Number) }])
    expect(shown(on)).toEqual({ sign: 'registered', cause: null })
  })

  test('signs off when it is switched off', async () => {
    const line = await customer.addLine()
    const phone = switchOn(line, 'udp')
    await customer.lineWhen(line.number, ({ sign }) => sign === 'registered', 10_000)
    phone.child.kill('SIGTERM')
    const off = await customer.lineWhen(line.number, ({ sign }) => sign === 'unregistered', 10_000)
    expect(shown(off), phone.text).toEqual({ sign: 'unregistered', cause: 'signed-off' })
  })

  test('with a wrong password is told to the owner as just that', async () => {
    const line = await customer.addLine()
    const phone = switchOn(line, 'udp', 'not-this-one')
    const told = await customer.lineWhen(line.number, ({ cause }) => cause?.code === 'wrong-password', 10_000)
    expect(shown(told), phone.text).toEqual({ sign: 'unregistered', cause: 'wrong-password' })
    expect(told.cause?.evidence).toMatchObject({ from: '127.0.0.1', userAgent: expect.stringContaining('baresip') })
  })
})

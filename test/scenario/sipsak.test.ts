/** sipsak, a tool that operators try a server with, is served. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Customer, domain, openCustomer } from '../support/customer.ts'
import { runTool } from '../support/debian-tool.ts'
import { describeWith } from '../support/needs.ts'
import { openProgram, type Program } from '../support/open-program.ts'

describeWith(['sipsak'], 'sipsak', () => {
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

  const sipsak = (words: readonly string[]) =>
    runTool('sipsak', ['--hostname', '127.0.0.1', '--outbound-proxy', `127.0.0.1:${program.sipPort}`, ...words])

  test.each(['udp', 'tcp'])('an OPTIONS over %s is answered 200 with what is taken', async (transport) => {
    const { code, text } = await sipsak(['-vvv', '--transport', transport, '-s', `sip:${domain}`])
    expect(text).toContain('SIP/2.0 200 OK')
    expect(text).toMatch(/^Allow: .*REGISTER/m)
    expect(code).toBe(0)
  })

  test('usrloc mode signs a phone in with its password', async () => {
    const line = await customer.addLine()
    const contact = `sip:${line.username}@127.0.0.1:5999`
    const words = [
      '-vvv',
      '-U',
      '-i',
      '-C',
      contact,
      '-x',
      '120',
      '-u',
      line.username,
      '-a',
      line.password,
      '-s',
      `sip:${line.username}@${domain}`,
    ]
    const { code, text } = await sipsak(words)
    expect(text).toMatch(/successful/i)
    expect(code).toBe(0)
    const shown = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(shown.sign).toBe('registered')
    expect(shown.detail.contacts.map(({ uri }) => uri)).toEqual([contact])
  })
})

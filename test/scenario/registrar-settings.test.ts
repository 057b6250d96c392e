/** What the settings and the operator's command change of the registrar's rules, in the program as it runs. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, domain, openCustomer, type PhoneLogin } from '../support/customer.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'

let program: Program
let customer: Customer

beforeAll(async () => {
  program = await openProgram({
    environment: {
      REGISTA_DOMAIN_ALIASES: 'old.example, Older.example',
      REGISTA_EXPIRES_JITTER: '20',
      REGISTA_STRICT_CSEQ: 'yes',
      REGISTA_SERVICE_ROUTE: '<sip:edge.example;lr>',
      REGISTA_FLOW_TIMER: '77',
    },
  })
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

async function phone(more: { transport?: 'UDP' | 'TCP' } = {}) {
  return openWirePhone(program, await customer.addLine(), more)
}

describe('another name of the domain', () => {
  test.each(['old.example', 'OLDER.example'])('%s is as good as the first, in To, in the user name and as realm', async (name) => {
    const one = await phone()
    expect((await one.fetchChallenge({ toDomain: name })).realm).toBe(domain)
    const username = `${one.login.username}@${name}`
    expect((await one.register({ toDomain: name }, { realm: name, username })).status).toBe(200)
    expect((await one.register({ toDomain: 'none.example' }, {})).status).toBe(404)
  })
})

test('granted times are spread, never above what was asked for nor below the least', async () => {
  const one = await phone()
  const granted: number[] = []
  for (let at = 0; at < 12; at++) granted.push(Number((await one.register({ expires: 600 })).first('Expires')))
  expect(Math.max(...granted)).toBeLessThanOrEqual(600)
  expect(Math.min(...granted)).toBeGreaterThanOrEqual(480)
  expect(new Set(granted).size).toBeGreaterThan(1)
  expect((await one.register({ expires: 60 })).first('Expires')).toBe('60')
})

test('a phone that understands everything is told everything, and GRUUs stay good over a restart', async () => {
  const one = await phone({ transport: 'TCP' })
  const contacts = [`${one.contact};+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>";reg-id=1`]
  const told = await one.register({ contacts, rows: 'Supported: path, outbound, gruu\r\n' })
  expect([told.first('Require'), told.first('Flow-Timer'), told.first('Service-Route')]).toEqual([
    'outbound',
    '77',
    '<sip:edge.example;lr>',
  ])
  expect(told.first('Contact')).toContain(
    `;pub-gruu="sip:${one.login.username}@${domain};gr=urn:uuid:00000000-0000-4000-8000-000000000001"`,
  )
  const token = /temp-gruu="sip:([^@]+)@/.exec(told.first('Contact'))?.[1] ?? ''
  await program.stop()
  await program.start()
  const again = await openWirePhone(program, one.login)
  expect((await again.register({ contacts: [`<sip:${token}@elsewhere.example;gr>`] })).status).toBe(403)
})

test('a contact that is the server itself is refused, one on the same machine is not', async () => {
  const one = await phone()
  expect((await one.register({ contacts: [`<sip:x@127.0.0.1:${program.sipPort}>`] })).status).toBe(403)
  expect((await one.register({ contacts: [`<sip:x@${domain}>`] })).status).toBe(403)
  expect((await one.register()).status).toBe(200)
})

test('a lower CSeq of the same Call-ID is refused even with a new challenge, where the setting says so', async () => {
  const one = await phone()
  expect((await one.register({ cseq: 50 })).status).toBe(200)
  await one.fetchChallenge({ cseq: 1 })
  expect((await one.register({ cseq: 2 })).status).toBe(500)
})

test('a line may be given more phones, or fewer, while it is served', async () => {
  const login: PhoneLogin & { number: string } = await customer.addLine()
  const contacts = (count: number) => Array.from({ length: count }, (_, at) => `<sip:${at}@192.0.2.1>`)
  const one = await openWirePhone(program, login)
  expect((await one.register({ contacts: contacts(10) })).status).toBe(200)
  expect((await one.register({ contacts: contacts(11) })).status).toBe(403)
  expect(await program.cli(['line', 'set', login.number, '--max-contacts', '11'])).toEqual({
    number: login.number,
    strong: false,
    maxContacts: 11,
  })
  expect((await one.register({ contacts: contacts(11) })).status).toBe(200)
})

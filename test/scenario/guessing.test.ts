/** Guessing passwords and names is held off, the owner is told, and nobody else is. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { BanList } from '#api/ban.ts'
import { type Customer, openCustomer, type PhoneLogin, shown } from '../support/customer.ts'
import { eventually } from '../support/eventually.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import type { WirePhone } from '../support/wire-phone.ts'

let program: Program
let customer: Customer

beforeAll(async () => {
  program = await openProgram({ environment: { REGISTA_LOG_LEVEL: 'info' } })
  customer = await openCustomer(program)
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

/** Every test has an address of its own: what is guessed in one must not count in another. */
let addresses = 0
const nextAddress = () => `127.0.7.${++addresses}`

async function guess(phone: WirePhone, times: number): Promise<void> {
  for (let i = 0; i < times; i++) expect((await phone.register({}, { password: `guess ${i}` })).status).toBe(401)
}

/** Guesses until the line is blocked from that address. */
async function block(login: PhoneLogin, localHost = nextAddress()): Promise<WirePhone> {
  const phone = await openWirePhone(program, login, { localHost })
  await guess(phone, 20)
  expect((await phone.register()).status).toBe(401)
  return phone
}

const bans = () => customer.get<BanList>('/api/bans')

describe('twenty wrong passwords for one line from one address', () => {
  test('end its guessing, even with the right password; the owner sees who, until when and what', async () => {
    const line = await customer.addLine()
    const localHost = nextAddress()
    const phone = await openWirePhone(program, line, { localHost })
    await guess(phone, 19)
    expect((await customer.lineWhen(line.number, ({ cause }) => cause?.count === 19)).cause?.code).toBe('wrong-password')
    await guess(phone, 1)
    const told = await customer.lineWhen(line.number, ({ state }) => state === 'blocked')
    expect(shown(told)).toEqual({ sign: 'unregistered', cause: 'blocked' })
    expect(told.cause).toMatchObject({
      count: 20,
      evidence: { from: localHost, userAgent: 'wire-phone', sent: line.username, certainty: 'known' },
    })
    const { firstAt, until } = told.cause?.evidence ?? {}
    expect(Date.parse(until ?? '') - Date.parse(firstAt ?? '')).toBe(15 * 60_000)
    expect(await phone.register()).toMatchObject({ status: 401 })
    phone.challenge = undefined
    expect(await phone.register()).toMatchObject({ status: 401 })
  })

  test('hold off neither another line from there nor the line from elsewhere', async () => {
    const [line, neighbour] = (await customer.addLines(2)) as [PhoneLogin, PhoneLogin]
    const localHost = nextAddress()
    await block(line, localHost)
    expect((await (await openWirePhone(program, neighbour, { localHost })).register()).status).toBe(200)
    expect((await (await openWirePhone(program, line, { localHost: nextAddress() })).register()).status).toBe(200)
    expect(shown(await customer.lineWhen(line.number, ({ sign }) => sign === 'registered'))).toEqual({ sign: 'registered', cause: null })
  })

  test('do not hold off the phone that is signed in there: it goes on renewing', async () => {
    const line = await customer.addLine()
    const localHost = nextAddress()
    const own = await openWirePhone(program, line, { localHost })
    expect((await own.register()).status).toBe(200)
    await block(line, localHost)
    for (let i = 0; i < 3; i++) expect((await own.register()).status).toBe(200)
    expect(shown(await customer.line(line.number)).sign).toBe('registered')
  })

  test('are a stranger’s affair once the line was signed in from elsewhere', async () => {
    const line = await customer.addLine()
    const own = await openWirePhone(program, line, { localHost: nextAddress() })
    await own.register()
    await own.register({ expires: 0 })
    await block(line)
    await eventually(bans, ({ items }) => items.some(({ lines }) => lines.includes(line.number)))
    expect(shown(await customer.line(line.number))).toEqual({ sign: 'unregistered', cause: 'signed-off' })
  })

  test('look the same for a name that nobody has', async () => {
    const nobody = { number: '', username: 'nobody-has-it', password: 'x' }
    await block(nobody)
    const list = await program.cli<{ username: string }[]>(['ban', 'list'])
    expect(list.some(({ username }) => username === nobody.username)).toBe(true)
  })
})

test('traps 25 and 26: a right password among invented nonces is no news after twenty wrong ones', async () => {
  const line = await customer.addLine()
  const phone = await openWirePhone(program, line, { localHost: nextAddress() })
  await phone.fetchChallenge()
  const nonce = 'f'.repeat(50)
  const isStale = async (password: string) => /stale=true/.test((await phone.register({}, { nonce, password })).first('WWW-Authenticate'))
  expect(await isStale(line.password)).toBe(true)
  for (let i = 0; i < 20; i++) expect(await isStale(`guess ${i}`)).toBe(false)
  expect(await isStale(line.password)).toBe(false)
  // It blocks nobody: anybody may have forged that.
  expect((await phone.register()).status).toBe(200)
})

describe('thirty names that fail from one address', () => {
  test('block every name there but those that are signed in; one success in between prevents it', async () => {
    const [signedIn, another, honest] = (await customer.addLines(3)) as [PhoneLogin, PhoneLogin, PhoneLogin]
    const localHost = nextAddress()
    const own = await openWirePhone(program, signedIn, { localHost })
    const tryNames = async (count: number) => {
      for (let i = 0; i < count; i++) {
        const stranger = await openWirePhone(program, { number: '', username: `ext${i}`, password: 'x' }, { localHost })
        expect((await stranger.register()).status).toBe(401)
      }
    }
    await tryNames(29)
    expect((await own.register()).status).toBe(200)
    await tryNames(29)
    const before = await openWirePhone(program, another, { localHost })
    expect((await before.register()).status).toBe(200)
    await tryNames(30)
    const late = await openWirePhone(program, honest, { localHost })
    expect((await late.register()).status).toBe(401)
    expect((await own.register()).status).toBe(200)
    const told = await customer.lineWhen(honest.number, ({ state }) => state === 'blocked')
    expect(told.cause).toMatchObject({ code: 'blocked', count: 30, evidence: { from: localHost } })
    const mine = (await bans()).items.find(({ address }) => address === localHost)
    expect(mine).toMatchObject({ reason: 'many-names', username: '', lines: [honest.number], mayLift: false })
  })
})

describe('a ban', () => {
  test('is in the log once, whether anybody has the name or not', async () => {
    const line = await customer.addLine()
    const logins = [line, { number: '', username: 'nobody-at-all', password: 'x' }]
    for (const login of logins) await block(login)
    const rows = () => program.log.split('\n').filter((row) => row.includes('a ban is in force'))
    const of = (name: string) => rows().filter((row) => row.includes(`"${name}"`))
    await eventually(rows, () => logins.every(({ username }) => of(username).length > 0))
    for (const { username } of logins) {
      expect(of(username).map((row) => JSON.parse(row) as unknown)).toEqual([
        expect.objectContaining({ username, reason: 'wrong-passwords', count: 20, userAgent: 'wire-phone' }),
      ])
    }
  })

  test('is listed and lifted by the command, and the phone may sign in at once', async () => {
    const line = await customer.addLine()
    const phone = await block(line)
    const { wire } = phone
    const listed = () => program.cli<{ id: number; address: string; lines: string[] }[]>(['ban', 'list'])
    const [mine] = (await eventually(listed, (all) => all.some(({ address }) => address === wire.localHost))).filter(
      ({ address }) => address === wire.localHost,
    )
    expect(mine).toMatchObject({ lines: [line.number], reason: 'wrong-passwords', username: line.username, count: 20 })
    expect(await program.cli(['ban', 'lift', String(mine?.id)])).toEqual({ lifted: [mine?.id] })
    expect((await phone.register()).status).toBe(200)
    const again = await program.command(['ban', 'lift', String(mine?.id), '--json'])
    expect(again.code).toBe(1)
    expect(JSON.parse(again.out)).toMatchObject({ error: { code: 'not-found' } })
  })

  test('is not lifted by who only wrote a line of his own into To: he could guess at another’s for ever', async () => {
    const [own, other] = (await customer.addLines(2)) as [PhoneLogin, PhoneLogin]
    const phone = await openWirePhone(program, own, { localHost: nextAddress() })
    for (let i = 0; i < 20; i++) await phone.register({}, { username: other.username, password: `guess ${i}` })
    const mine = await eventually(bans, ({ items }) => items.some(({ lines }) => lines.includes(own.number)))
    const ban = mine.items.find(({ lines }) => lines.includes(own.number))
    expect(ban).toMatchObject({ username: other.username, mayLift: false })
    expect((await fetch(`${program.url}/api/bans/${ban?.id}`, { method: 'DELETE', headers: customer.headers })).status).toBe(403)
  })

  test('whose name would steer a terminal is listed without that', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line, { localHost: nextAddress() })
    for (let i = 0; i < 20; i++) await phone.register({}, { username: '\u001b]0;owned', password: `guess ${i}` })
    await eventually(bans, ({ items }) => items.some(({ lines }) => lines.includes(line.number)))
    const { out } = await program.command(['ban', 'list'])
    expect(out).toContain('\uFFFD]0;owned')
    expect(out).not.toContain('\u001b')
  })

  test('is lifted through the API by its owner, and the line shows it within a second', async () => {
    const line = await customer.addLine()
    await block(line)
    await customer.lineWhen(line.number, ({ state }) => state === 'blocked')
    const mine = (await bans()).items.find(({ lines }) => lines.includes(line.number))
    const answer = await fetch(`${program.url}/api/bans/${mine?.id}`, { method: 'DELETE', headers: customer.headers })
    expect(answer.status).toBe(204)
    expect((await customer.lineWhen(line.number, ({ state }) => state !== 'blocked', 1000)).cause?.code).toBe('wrong-password')
  })

  test('survives a restart, with its evidence', async () => {
    const line = await customer.addLine()
    const phone = await block(line)
    await customer.lineWhen(line.number, ({ state }) => state === 'blocked')
    await program.kill9()
    await program.restart()
    expect((await phone.register()).status).toBe(401)
    phone.challenge = undefined
    expect((await phone.register()).status).toBe(401)
    const told = await customer.lineWhen(line.number, ({ state }) => state === 'blocked')
    expect(told.cause).toMatchObject({ code: 'blocked', count: 20, evidence: { from: phone.wire.localHost } })
    expect(await program.cli(['ban', 'lift', '--line', line.number])).toMatchObject({ lifted: [expect.any(Number)] })
    expect((await phone.register()).status).toBe(200)
  })

  test('that is lifted while nobody serves is gone at the next start', async () => {
    const line = await customer.addLine()
    const phone = await block(line)
    await customer.lineWhen(line.number, ({ state }) => state === 'blocked')
    await program.stop()
    await program.cli(['ban', 'lift', '--address', phone.wire.localHost])
    await program.restart()
    phone.challenge = undefined
    expect((await phone.register()).status).toBe(200)
  })
})

/** What a challenge says, and what it must not give away. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, openCustomer, type PhoneLogin } from '../support/customer.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import type { SipAnswer, WirePhone } from '../support/wire-phone.ts'

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

function isStale(answer: SipAnswer): boolean {
  return /stale=true/i.test(answer.first('WWW-Authenticate'))
}

/** The answer with all that is made anew each time, and the names that were asked with, blotted out. */
function shape(answer: SipAnswer): string {
  return answer.text
    .replace(/nonce="[0-9a-f]+"/, (nonce) => `nonce="${'*'.repeat(nonce.length - 8)}"`)
    .replace(/branch=[^;\r]+/, 'branch=*')
    .replace(/tag=[0-9a-f]+/g, (tag) => `tag=${'*'.repeat(tag.length - 4)}`)
    .replace(/rport=\d+/, 'rport=*')
    .replace(/127\.0\.0\.1:\d+/g, 'host:port')
    .replace(/sip:\d+@/g, 'sip:user@')
    .replace(/Call-ID: .*/, 'Call-ID: *')
    .replace(/CSeq: \d+/, 'CSeq: *')
}

describe('a name nobody has', () => {
  test('is answered as a wrong password is: same headers in the same order, same lengths', async () => {
    const known = await openWirePhone(program, await customer.addLine())
    const nobody = await openWirePhone(program, {
      number: '',
      username: known.login.username.replace(/\d{3}$/, '999'),
      password: 'whatever it is',
    })
    const asked = [await known.exchange(known.request()), await nobody.exchange(nobody.request())]
    known.keepChallenge(asked[0] as SipAnswer)
    nobody.keepChallenge(asked[1] as SipAnswer)
    const tried = [await known.register({}, { password: 'wrong' }), await nobody.register()]
    for (const [one, other] of [asked, tried] as [SipAnswer, SipAnswer][]) {
      expect(one.status).toBe(401)
      expect(shape(other)).toBe(shape(one))
      expect(other.names).toEqual(one.names)
    }
  })

  test('is answered the same with a challenge already held, whatever the user name', async () => {
    const known = await openWirePhone(program, await customer.addLine())
    const wrongName = await known.register({}, { username: 'somebody-else' })
    known.challenge = undefined
    const wrongPassword = await known.register({}, { password: 'wrong' })
    expect(shape(wrongName)).toBe(shape(wrongPassword))
  })
})

describe('stale=true', () => {
  test.each<[string, (phone: WirePhone, login: PhoneLogin) => Promise<SipAnswer>, boolean]>([
    ['the digest is right and the nonce is for another address', viaOtherAddress(true), true],
    ['the digest is wrong and the nonce is for another address', viaOtherAddress(false), false],
    ['the digest is right and the count was used', async (phone) => usedCount(phone), true],
    ['the digest is wrong and the count was used', async (phone) => usedCount(phone, 'wrong'), false],
    ['the digest is right and the nonce is nobody’s', (phone) => phone.register({}, { nonce: 'f'.repeat(50) }), true],
    ['the digest is wrong and the nonce is nobody’s', (phone) => phone.register({}, { nonce: 'f'.repeat(50), password: 'wrong' }), false],
    ['the digest is right and the nonce is not even of our form', (phone) => phone.register({}, { nonce: 'dGhlaXJz' }), true],
    ['the digest is wrong with a fresh nonce', (phone) => phone.register({}, { password: 'wrong' }), false],
    ['there is no digest', (phone) => phone.exchange(phone.request()), false],
    ['the digest is for another realm', (phone) => phone.register({}, { realm: 'elsewhere.example' }), false],
  ])('when %s', async (_when, attempt, stale) => {
    const login = await customer.addLine()
    const phone = await openWirePhone(program, login)
    await phone.fetchChallenge()
    const answer = await attempt(phone, login)
    expect(answer.status).toBe(401)
    expect(isStale(answer)).toBe(stale)
    // The way out of a stale nonce is the one that comes with the news.
    phone.keepChallenge(answer)
    expect((await phone.register()).status).toBe(200)
  })
})

/** Asks from 127.0.0.2, answers from 127.0.0.1. */
function viaOtherAddress(right: boolean) {
  return async (phone: WirePhone, login: PhoneLogin): Promise<SipAnswer> => {
    const elsewhere = await openWirePhone(program, login, { localHost: '127.0.0.2' })
    const { nonce } = await elsewhere.fetchChallenge()
    return phone.register({}, { nonce, ...(right ? {} : { password: 'wrong' }) })
  }
}

async function usedCount(phone: WirePhone, password?: string): Promise<SipAnswer> {
  expect((await phone.register({}, { count: 5 })).status).toBe(200)
  return phone.register({ contacts: ['<sip:new@127.0.0.1:5070>'] }, { count: 5, ...(password !== undefined && { password }) })
}

describe('a nonce', () => {
  test('serves many requests, each with a higher count, gaps allowed', async () => {
    const phone = await openWirePhone(program, await customer.addLine())
    await phone.fetchChallenge()
    for (const count of [1, 2, 7, 0xffff]) expect((await phone.register({}, { count })).status).toBe(200)
    expect((await phone.register({ contacts: ['<sip:old@127.0.0.1:5070>'] }, { count: 8 })).status).toBe(401)
  })
})

describe('a strong circle', () => {
  test('has all of its lines asked for SHA-256, from the next challenge on, until it is not strong any more', async () => {
    const phone = await openWirePhone(program, await customer.addLine())
    expect((await phone.fetchChallenge()).algorithm).toBe('MD5')
    await program.cli(['circle', 'set', customer.circle, '--strong', 'yes'])
    expect((await phone.fetchChallenge()).algorithm).toBe('SHA-256')
    expect((await phone.register()).status).toBe(200)
    await program.cli(['circle', 'set', customer.circle, '--strong', 'no'])
    expect((await phone.fetchChallenge()).algorithm).toBe('MD5')
  })
})

describe('a strong line', () => {
  test('is asked for SHA-256 only, takes it, and does not take MD5', async () => {
    const login = await program.cli<PhoneLogin>(['line', 'add', '--circle', customer.circle, '--type', 'sip-phone', '--strong'])
    const phone = await openWirePhone(program, login)
    const challenge = await phone.fetchChallenge()
    expect(challenge.algorithm).toBe('SHA-256')
    expect((await phone.register({}, { algorithm: 'MD5' })).status).toBe(401)
    expect((await phone.register()).status).toBe(200)
  })
})

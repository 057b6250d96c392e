/** The registrar's rules as they are on the wire (RFC 3261 §10.3, RFC 3581, RFC 5626). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Customer, domain, openCustomer, shown } from '../support/customer.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { readAnswer } from '../support/wire-phone.ts'

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

async function phone(more: { transport?: 'UDP' | 'TCP'; localHost?: string } = {}) {
  return openWirePhone(program, await customer.addLine(), more)
}

describe.each(['UDP', 'TCP'] as const)('over %s', (transport) => {
  test('a phone is challenged once, signs in, renews without a challenge, and signs off', async () => {
    const one = await phone({ transport })
    const first = await one.exchange(one.request())
    expect(first.status).toBe(401)
    expect(first.first('WWW-Authenticate')).toMatch(/^Digest realm="sip\.localhost", nonce="[0-9a-f]+", algorithm=MD5, qop="auth"$/)
    one.keepChallenge(first)
    for (const expires of [600, 300, 0]) {
      const answer = await one.register({ expires })
      expect(answer.status).toBe(200)
      expect(answer.all('Contact')).toEqual(expires === 0 ? [] : [`${one.contact};expires=${expires}`])
    }
  })

  test('the answer goes back with the Via of the request, received and rport where the packet really came from', async () => {
    const one = await phone({ transport, localHost: '127.0.0.3' })
    const via = `SIP/2.0/${transport} 192.0.2.7:5099;rport;branch=z9hG4bKwhere-${transport}`
    const answer = await one.exchange(one.request({ via }))
    expect(answer.first('Via')).toBe(
      `SIP/2.0/${transport} 192.0.2.7:5099;rport=${one.wire.localPort};branch=z9hG4bKwhere-${transport};received=127.0.0.3`,
    )
  })
})

describe('contacts', () => {
  test('a line holds several, each answer shows all, and asking without a Contact changes none', async () => {
    const one = await phone()
    const contacts = ['<sip:a@127.0.0.1:5071>', '<sip:b@127.0.0.1:5072>;q=0.5']
    expect((await one.register({ contacts, expires: 400 })).status).toBe(200)
    const other = await openWirePhone(program, one.login)
    await other.register({ expires: 200 })
    const asked = await one.register({ contacts: [] })
    expect(asked.status).toBe(200)
    expect(
      asked
        .all('Contact')
        .map((value) => value.replace(/;expires=\d+/, ''))
        .sort(),
    ).toEqual([...contacts, other.contact].sort())
    const { detail } = await customer.lineWhen(one.login.number, (line) => line.detail.contacts.length === 3)
    expect(detail.contacts.map(({ uri }) => uri).sort()).toEqual(
      ['sip:a@127.0.0.1:5071', 'sip:b@127.0.0.1:5072', other.contact.slice(1, -1)].sort(),
    )
  })

  test('trap 1, trap 4: a contact comes back byte for byte, parameters and escapes and all', async () => {
    const one = await phone()
    const contact =
      '<sip:%61b%2Bc@127.0.0.1:5075;ob;x-Odd="a";lr>;+sip.instance="<urn:uuid:F81D4FAE-7dec-11d0-a765-00a0c91e6bf6>";reg-id=1;q=0.70;methods="INVITE, ACK"'
    const answer = await one.register({ contacts: [contact], expires: 120 })
    expect(answer.status).toBe(200)
    expect(answer.all('Contact')).toEqual([`${contact};expires=120`])
  })

  test('a contact without brackets is taken, its own expires wins over the header, and 0 in it ends only that one', async () => {
    const one = await phone()
    const answer = await one.register({ contacts: ['sip:c@127.0.0.1:5076;expires=90', '<sip:d@127.0.0.1:5077>'], expires: 300 })
    expect(answer.all('Contact').sort()).toEqual(['<sip:c@127.0.0.1:5076>;expires=90', '<sip:d@127.0.0.1:5077>;expires=300'])
    const left = await one.register({ contacts: ['<sip:c@127.0.0.1:5076>;expires=0'], expires: 300 })
    expect(left.all('Contact')).toEqual(['<sip:d@127.0.0.1:5077>;expires=300'])
  })

  test('* ends all of them, but only with Expires: 0 and alone', async () => {
    const one = await phone()
    await one.register({ contacts: ['<sip:a@127.0.0.1:5071>', '<sip:b@127.0.0.1:5072>'] })
    expect((await one.register({ contacts: ['*'], expires: 60 })).status).toBe(400)
    expect((await one.register({ contacts: ['*'], expires: '' })).status).toBe(400)
    expect((await one.register({ contacts: ['*', '<sip:a@127.0.0.1:5071>'], expires: 0 })).status).toBe(400)
    expect((await one.register({ contacts: [] })).all('Contact')).toHaveLength(2)
    const answer = await one.register({ contacts: ['*'], expires: 0 })
    expect(answer.status).toBe(200)
    expect(answer.all('Contact')).toEqual([])
    const ended = await customer.lineWhen(one.login.number, ({ sign }) => sign === 'unregistered')
    expect(shown(ended)).toEqual({ sign: 'unregistered', cause: 'signed-off' })
  })

  test.each(['UDP', 'TCP'] as const)(
    'trap 55: over %s, * and None are answered like anywhere, and the next request is too',
    async (transport) => {
      const one = await phone({ transport })
      expect((await one.register()).status).toBe(200)
      expect((await one.register({ contacts: ['None'] })).status).toBe(400)
      expect((await one.register({ contacts: ['*'], expires: 0 })).all('Contact')).toEqual([])
      expect((await one.register()).all('Contact')).toHaveLength(1)
    },
  )

  test('more than the line may hold are refused, and what is held stays', async () => {
    const line = await customer.addLine({ maxContacts: 2 })
    const one = await openWirePhone(program, line)
    const contacts = ['<sip:a@127.0.0.1:5071>', '<sip:b@127.0.0.1:5072>']
    await one.register({ contacts })
    const other = await openWirePhone(program, line)
    expect((await other.register()).status).toBe(403)
    expect((await one.register({ contacts: [] })).all('Contact')).toHaveLength(2)
  })
})

describe('expiry', () => {
  test('a too short one is refused with the least, a too long one is cut, and none at all gets the default', async () => {
    const one = await phone()
    const brief = await one.register({ expires: 59 })
    expect(brief.status).toBe(423)
    expect(brief.first('Min-Expires')).toBe('60')
    expect((await one.register({ expires: 99_999_999 })).all('Contact')).toEqual([`${one.contact};expires=3600`])
    expect((await one.register({ expires: '' })).all('Contact')).toEqual([`${one.contact};expires=600`])
  })
})

describe('order', () => {
  test('trap 8: a CSeq that is not higher is refused for the same Call-ID, and nothing changes', async () => {
    const one = await phone()
    await one.register({ cseq: 10 })
    const late = await one.register({ cseq: 9, expires: 0 })
    expect(late.status).toBe(500)
    expect((await one.register({ contacts: [], cseq: 11 })).all('Contact')).toHaveLength(1)
    const other = await one.register({ cseq: 1, callId: 'restarted@test' })
    expect(other.status).toBe(200)
  })

  test('trap 7: a retransmission gets the very same answer and counts once', async () => {
    const one = await phone()
    const first = await one.register()
    const again = await one.exchange(one.sent)
    expect(again.text).toBe(first.text)
  })
})

describe('what cannot be done', () => {
  test('an extension that is required is named back, without a challenge', async () => {
    const one = await phone()
    const answer = await one.exchange(one.request({ rows: 'Require: gruu, x-unheard-of\r\n' }))
    expect(answer.status).toBe(420)
    expect(answer.first('Unsupported')).toContain('x-unheard-of')
  })

  test('OPTIONS is answered to anybody, an unknown method is not taken, ACK is met with silence', async () => {
    const one = await phone()
    const ask = (method: string) => one.request({ contacts: [], expires: '' }).replaceAll('REGISTER', method)
    const options = await one.exchange(ask('OPTIONS'))
    expect(options.status).toBe(200)
    expect(options.first('Allow')).toContain('REGISTER')
    const odd = await one.exchange(ask('FROBNICATE'))
    expect(odd.status).toBe(405)
    expect(odd.first('Allow')).toContain('REGISTER')
    one.wire.send(ask('ACK'))
    expect(await one.wire.next(200)).toBeUndefined()
  })

  test('a foreign domain is challenged like any other, gets 404 after the right digest, and the owner is told', async () => {
    const one = await phone()
    const answer = await one.register({ toDomain: 'elsewhere.example' })
    expect(one.challenge?.realm).toBe(domain)
    expect(answer.status).toBe(404)
    const line = await customer.lineWhen(one.login.number, ({ cause }) => cause?.code === 'wrong-domain')
    expect(shown(line)).toEqual({ sign: 'unregistered', cause: 'wrong-domain' })
  })

  test('our own address counts as the domain', async () => {
    const one = await phone()
    expect((await one.register({ toDomain: '127.0.0.1' })).status).toBe(200)
  })

  test("another line cannot be registered with one's own password", async () => {
    const one = await phone()
    const other = await customer.addLine()
    const answer = await one.register({ toUser: other.username })
    expect(answer.status).toBe(403)
    expect((await customer.line(other.number)).detail.contacts).toEqual([])
  })

  test('a disabled line loses its phone at once and is refused until it is enabled again', async () => {
    const one = await phone()
    const { number } = one.login
    await one.register()
    await customer.lineWhen(number, ({ sign }) => sign === 'registered')
    await program.cli(['line', 'disable', number])
    const off = await customer.lineWhen(number, ({ sign }) => sign === 'unregistered', 500)
    expect(shown(off)).toEqual({ sign: 'unregistered', cause: 'disabled' })
    expect(off.detail.contacts).toEqual([])
    expect((await one.register()).status).toBe(403)
    await program.cli(['line', 'enable', number])
    expect((await one.register()).status).toBe(200)
    const on = await customer.lineWhen(number, ({ sign }) => sign === 'registered')
    expect(shown(on)).toEqual({ sign: 'registered', cause: null })
  })

  test('a new password keeps the phone until its renewal, which is then refused', async () => {
    const one = await phone()
    const { number } = one.login
    await one.register()
    const { password } = await program.cli<{ password: string }>(['line', 'set-password', number])
    expect((await customer.line(number)).sign).toBe('registered')
    expect((await one.register()).status).toBe(401)
    const doubted = await customer.lineWhen(number, ({ cause }) => cause !== null)
    expect(doubted.sign).toBe('registered')
    expect((await one.register({}, { password })).status).toBe(200)
  })
})

describe('a keepalive on a stream', () => {
  test('a double CRLF is answered by one', async () => {
    const one = await phone({ transport: 'TCP' })
    one.wire.send('\r\n\r\n')
    expect(await one.wire.next()).toBe('\r\n')
    expect(readAnswer((await one.exchange(one.request())).text).status).toBe(401)
  })
})

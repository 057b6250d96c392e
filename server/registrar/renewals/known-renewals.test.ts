import { describe, expect, test } from 'vitest'
import { type EndpointWish, openEndpoint } from '../../../test/support/open-endpoint.ts'
import { aPhone, asks, type RenewingPhone, written } from '../../../test/support/renewing-phone.ts'
import { memoryBindings } from '../../storage/memory/bindings.ts'
import type { BindingStore } from '../binding-store.ts'

const lines = ['1001', '1002', '1003'].map((username) => ({ username, password: `pw${username}` }))

/** A world in which this phone's renewals are recognised from now on. */
function openKnown(wish: Partial<EndpointWish> = {}, phoneWish: Partial<RenewingPhone> = {}) {
  const world = openEndpoint(lines, { recognises: true, ...wish })
  const phone = aPhone('1001', world.nonce(), phoneWish)
  for (let i = 0; i < 2; i++) {
    world.hand(asks(phone))
    world.answers()
  }
  return { world, phone }
}

describe('a phone that renews as it did last time', () => {
  test('is recognised from its third REGISTER on, and bound for as long again', () => {
    const { world, phone } = openKnown()
    expect(world.taken).toBe(0)
    world.pass(300_000)
    world.hand(asks(phone))
    expect(world.taken).toBe(1)
    expect(world.answers()).toEqual([expect.stringContaining('SIP/2.0 200 OK\r\n')])
    const [line] = world.held()
    expect(line?.bindings).toMatchObject([{ cseq: 3, nonceCount: 3, seenAt: world.now(), expiresAt: world.now() + 600_000 }])
    world.pass(599_000)
    expect(world.held()[0]?.bindings).toHaveLength(1)
    world.pass(2000)
    expect(world.held()[0]?.bindings).toHaveLength(0)
  })

  test.each([
    ['without rport', (text: string) => text.replace(';rport', '')],
    [
      'without rport, from elsewhere than it says',
      (text: string) => text.replace(';rport', '').replace('192.0.2.10:5060;branch', '10.0.0.9:5060;branch'),
    ],
    ['without a port in Via', (text: string) => text.replace('192.0.2.10:5060;branch', '192.0.2.10;branch')],
    ['with rport first', (text: string) => text.replace(/;branch=([^;]*);rport/, ';rport;branch=$1')],
    [
      'with a display name and a quoted string',
      (text: string) => text.replace('From: <', 'From: "Desk ;tag=3 é" <').replace('To: <', 'To: "Desk" <'),
    ],
    ['with parameters of its contact', (text: string) => text.replace(':5060>', ':5060;line=7>;+sip.instance="<urn:uuid:1>";q=0.5')],
    ['with the expiry in its contact', (text: string) => text.replace(':5060>', ':5060>;expires=120').replace('Expires: 600\r\n', '')],
    ['with a long client nonce', (text: string) => text],
  ])('is answered to the letter like one that is read, %s', (name, changed) => {
    const [known, read] = [true, false].map((recognises) => {
      const world = openEndpoint(lines, { recognises, serviceRoute: '<sip:edge.test;lr>' })
      const phone = aPhone('1001', world.nonce())
      const answers: string[] = []
      for (let i = 0; i < 4; i++) {
        world.pass(60_000)
        world.hand(Buffer.from(changed(asks(phone).toString('latin1')), 'latin1'))
        answers.push(...world.answers())
      }
      return { answers, taken: world.taken, held: world.held(), renewed: world.renewed }
    })
    expect(known?.taken, name).toBe(2)
    expect(known?.answers).toEqual(read?.answers)
    expect(known?.held).toEqual(read?.held)
    expect(known?.renewed).toEqual(read?.renewed)
  })
})

describe('a phone that renews with another nonce', () => {
  test('is recognised too, and its binding and its line know that nonce from then on', () => {
    const { world, phone } = openKnown()
    const last = { ...phone }
    Object.assign(phone, { nonce: world.nonce(), nc: 0 })
    world.hand(asks(phone))
    expect(world.taken).toBe(1)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
    expect(world.held()[0]?.bindings).toMatchObject([{ nonceId: phone.nonce.slice(2, 34), nonceCount: 1, cseq: 3 }])
    world.hand(asks(phone))
    expect(world.taken).toBe(2)
    expect(world.answers()).toHaveLength(1)
    // What was used of the one before is used.
    last.cseq = phone.cseq
    world.hand(written({ ...last, cseq: 9 }, 'pw1001'))
    expect(world.taken).toBe(2)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401[\s\S]*stale=true/)])
    phone.cseq = 9
    world.hand(asks(phone))
    world.answers()
    world.hand(asks(phone))
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
  })

  test.each([
    ['one that is not ours', () => '0'.repeat(50)],
    ['one of another address', (world: ReturnType<typeof openEndpoint>) => world.nonce('198.51.100.7')],
  ])('is read if that is %s', (_, other) => {
    const { world, phone } = openKnown()
    Object.assign(phone, { nonce: other(world), nc: 0 })
    world.hand(asks(phone))
    expect(world.taken).toBe(0)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401/)])
  })

  test('is read while anybody is kept out', () => {
    const { world, phone } = openKnown()
    const guesser = aPhone('1002', world.nonce())
    for (let i = 0; i < 25; i++) {
      world.hand(asks(guesser, `guess ${i}`))
      world.answers()
    }
    expect(world.guesses.bans).toBe(1)
    Object.assign(phone, { nonce: world.nonce(), nc: 0 })
    world.hand(asks(phone))
    expect(world.taken).toBe(0)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
    world.hand(asks(phone))
    expect(world.taken).toBe(1)
  })
})

describe('nothing is recognised that is not in order', () => {
  const cases: [string, (phone: RenewingPhone) => Buffer, RegExp][] = [
    ['the same request again', (phone) => written(phone, 'pw1001'), /^SIP\/2.0 200/],
    ['an older count', (phone) => written({ ...phone, cseq: phone.cseq + 1, nc: 1 }, 'pw1001'), /^SIP\/2.0 401[\s\S]*stale=true/],
    ['a wrong password', (phone) => asks(phone, 'guess'), /^SIP\/2.0 401/],
    ['another contact', (phone) => asks({ ...phone, contact: '<sip:1001@192.0.2.77>' }), /^SIP\/2.0 200[\s\S]*192\.0\.2\.77/],
    ['a sign-off', (phone) => asks({ ...phone, expires: 0 }), /^SIP\/2.0 200(?![\s\S]*Contact)/],
    ['another line', (phone) => asks({ ...phone, user: '1002' }, 'pw1002'), /^SIP\/2.0 200/],
    ['a lower CSeq', (phone) => written({ ...phone, cseq: 1, nc: phone.nc + 1 }, 'pw1001'), /^SIP\/2.0/],
    [
      'a second Via',
      (phone) => Buffer.from(asks(phone).toString().replace('Max-Forwards', 'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\r\nMax-Forwards')),
      /^SIP\/2.0 200/,
    ],
    [
      'a body',
      (phone) => Buffer.from(asks(phone).toString().replace('Content-Length: 0\r\n\r\n', 'Content-Length: 3\r\n\r\nabc')),
      /^SIP\/2.0 200/,
    ],
    ['a folded line', (phone) => Buffer.from(asks(phone).toString().replace('tag=f\r\n', 'tag=f\r\n ;x=1\r\n')), /^SIP\/2.0 200/],
  ]
  test.each(cases)('%s', (_, next, answer) => {
    const { world, phone } = openKnown()
    world.hand(next(phone))
    expect(world.taken).toBe(0)
    expect(world.answers().join()).toMatch(answer)
  })

  test('a datagram from another port or address', () => {
    const { world, phone } = openKnown()
    world.hand(asks(phone), '192.0.2.10', 5099)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
    world.hand(asks(phone), '192.0.2.99')
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401/)])
    expect(world.taken).toBe(0)
  })

  test('a renewal after the binding ran out, and one after its nonce did', () => {
    const { world, phone } = openKnown()
    world.pass(601_000)
    world.hand(asks(phone))
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
    expect(world.taken).toBe(0)
    const late = openKnown({}, { expires: 3600 })
    late.world.pass(3_000_000)
    late.world.hand(asks(late.phone))
    late.world.answers()
    late.world.pass(2_000_000)
    late.world.hand(asks(late.phone))
    expect(late.world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401[\s\S]*stale=true/)])
    expect(late.world.taken).toBe(1)
  })

  test('a nonce whose key is no longer in use', () => {
    const { world, phone } = openKnown()
    world.nonces.rotate({ current: { id: 2, key: Buffer.alloc(32, 8) }, previous: { id: 1, key: Buffer.alloc(32, 3) } })
    world.hand(asks(phone))
    expect(world.taken).toBe(1)
    world.answers()
    world.nonces.rotate({ current: { id: 3, key: Buffer.alloc(32, 9) } })
    world.hand(asks(phone))
    expect(world.taken).toBe(1)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401/)])
  })

  test('a line whose password was changed, and one that was closed', () => {
    const { world, phone } = openKnown()
    world.put({ username: '1001', password: 'other' }, 1)
    world.registrar.lineChanged(1)
    world.hand(asks(phone))
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401/)])
    world.registrar.closeLine(1, world.now())
    world.put({ username: '1001', password: 'pw1001', open: false }, 1)
    world.hand(asks(phone))
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 403/)])
    expect(world.taken).toBe(0)
  })

  test('a nonce that is the last one but for its tag or its proof', () => {
    const { world, phone } = openKnown()
    const digit = (at: number) => (phone.nonce[at] === '0' ? '1' : '0')
    for (const at of [0, 12, 40]) {
      world.hand(asks({ ...phone, nonce: phone.nonce.slice(0, at) + digit(at) + phone.nonce.slice(at + 1), nc: 50, cseq: 50 }))
      expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401/)])
    }
    expect(world.taken).toBe(0)
  })

  test('a password that was changed in the very turn in which the old one was read', () => {
    const world = openEndpoint(lines, { recognises: true })
    const phone = aPhone('1001', world.nonce())
    world.hand(asks(phone))
    world.answers()
    world.hand(asks(phone))
    world.put({ username: '1001', password: 'other' }, 1)
    world.registrar.lineChanged(1)
    world.answers()
    world.hand(asks(phone))
    expect(world.taken).toBe(0)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401/)])
  })

  test('a line that somebody watches', () => {
    const { world, phone } = openKnown({ isWatched: (lineId) => lineId === 1 })
    world.hand(asks(phone))
    expect(world.taken).toBe(0)
  })

  test('a line with two phones, until one has gone and the other has renewed twice', () => {
    const { world, phone } = openKnown()
    const other = aPhone('1001', world.nonce(), { contact: '<sip:1001@192.0.2.20>', callId: 'other@phone' })
    for (const one of [other, phone, other, phone]) {
      world.hand(asks(one))
      world.answers()
    }
    expect(world.taken).toBe(0)
    other.expires = 0
    world.hand(asks(other))
    world.answers()
    for (let i = 0; i < 2; i++) {
      world.hand(asks(phone))
      expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
    }
    expect(world.taken).toBe(1)
  })
})

describe('within one turn', () => {
  test('the same renewal twice is answered twice alike, and stored once', () => {
    const { world, phone } = openKnown()
    const packet = asks(phone)
    world.hand(packet)
    world.hand(packet)
    const [first, second, ...more] = world.answers()
    expect(second).toBe(first)
    expect(more).toEqual([])
    expect(world.renewed).toHaveLength(2)
  })

  test('a renewal and the sign-off behind it leave nothing', () => {
    const { world, phone } = openKnown()
    world.hand(asks(phone))
    phone.expires = 0
    world.hand(asks(phone))
    expect(world.answers()).toHaveLength(2)
    expect(world.held()[0]).toMatchObject({ bindings: [], ended: { how: 'signed-off', cseq: 4 } })
  })

  test('two renewals leave the second', () => {
    const { world, phone } = openKnown()
    world.hand(asks(phone))
    world.hand(asks(phone))
    expect(world.taken).toBe(2)
    expect(world.answers()).toHaveLength(2)
    expect(world.held()[0]?.bindings).toMatchObject([{ cseq: 4, nonceCount: 4 }])
  })

  test('more than one batch takes are all answered', () => {
    const { world, phone } = openKnown()
    for (let i = 0; i < 1500; i++) world.hand(asks(phone))
    expect(world.answers()).toHaveLength(1500)
    expect(world.taken).toBe(1500)
  })
})

describe('a store that cannot keep it', () => {
  function refusing() {
    const memory = memoryBindings()
    const state = { refuses: false }
    const store: BindingStore = {
      ...memory,
      commit(batch, done, renewals) {
        if (state.refuses)
          done(
            batch.map(() => false),
            false,
          )
        else memory.commit(batch, done, renewals)
      },
    }
    return { state, store }
  }

  test('earns a 500 that says when to come again, and the binding stays as it was', () => {
    const { state, store } = refusing()
    const { world, phone } = openKnown({ store })
    const before = world.held()
    world.pass(60_000)
    state.refuses = true
    world.hand(asks(phone))
    world.hand(asks(phone))
    expect(world.answers()).toEqual(
      Array(2).fill(
        expect.stringMatching(/^SIP\/2.0 500 Server Internal Error\r\nVia: [\s\S]*\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n$/),
      ),
    )
    expect(world.taken).toBe(2)
    expect(world.held()[0]?.bindings).toEqual(before[0]?.bindings.map((binding) => ({ ...binding, nonceCount: 4 })))
    state.refuses = false
    world.hand(asks(phone))
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
  })

  test('and does not know a nonce that came with what was not stored', () => {
    const { state, store } = refusing()
    const { world, phone } = openKnown({ store })
    const before = world.held()
    state.refuses = true
    Object.assign(phone, { nonce: world.nonce(), nc: 0 })
    world.hand(asks(phone))
    expect(world.taken).toBe(1)
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 500/)])
    expect(world.held()).toEqual(before)
    state.refuses = false
    for (let i = 0; i < 2; i++) {
      world.hand(asks(phone))
      expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 200/)])
    }
    expect(world.taken).toBe(2)
    expect(world.held()[0]?.bindings).toMatchObject([{ nonceId: phone.nonce.slice(2, 34), nonceCount: 3 }])
  })

  test('and takes no count again that was used with what was not stored', () => {
    const { state, store } = refusing()
    const { world, phone } = openKnown({ store })
    state.refuses = true
    Object.assign(phone, { nonce: world.nonce(), nc: 0 })
    world.hand(asks(phone))
    const second = asks(phone).toString()
    world.hand(Buffer.from(second))
    expect(world.answers()).toHaveLength(2)
    state.refuses = false
    world.hand(Buffer.from(second.replace('z9hG4bK', 'z9hG4bKother')))
    expect(world.answers()).toEqual([expect.stringMatching(/^SIP\/2.0 401[\s\S]*stale=true/)])
  })

  test('is never asked to take renewals if it says that it does not', () => {
    const { world, phone } = openKnown({ store: { ...memoryBindings(), takesRenewals: false } })
    world.hand(asks(phone))
    expect(world.taken).toBe(0)
    expect(world.answers()).toHaveLength(1)
  })
})

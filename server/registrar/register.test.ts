import { describe, expect, test } from 'vitest'
import { openRegistrar, phoneFlow, startOfTests } from '../../test/support/open-registrar.ts'
import { memoryBindings } from '../storage/memory/bindings.ts'

const password = 'a password'
const one = [{ username: '1001', password }]

describe('proof', () => {
  test('a REGISTER without credentials is challenged, not stale', () => {
    expect(openRegistrar(one).send({})).toEqual({ kind: 'challenged', stale: false, strong: false })
  })

  test('the right digest on our nonce registers', () => {
    const world = openRegistrar(one)
    const outcome = world.send({ digest: { password, nonce: world.nonce() } })
    expect(outcome).toMatchObject({ kind: 'registered', bindings: [{ uri: 'sip:1001@192.0.2.10:5060', granted: 600 }] })
  })

  test.each([
    ['1001@sip.test', 'the domain'],
    ['1001@203.0.113.1', 'an address of ours'],
  ])('the user name may carry %s (%s)', (username) => {
    const world = openRegistrar(one)
    expect(world.send({ digest: { username, password, nonce: world.nonce() } })?.kind).toBe('registered')
  })

  test('trap 15: the user name may be in another case than the line’s', () => {
    const world = openRegistrar([{ username: 'Anna', password }])
    expect(world.send({ user: 'anna', digest: { password, nonce: world.nonce() } })?.kind).toBe('registered')
  })

  test('a wrong password on our nonce is told as one, with what the phone sent', () => {
    const world = openRegistrar(one)
    expect(world.send({ digest: { password: 'wrong', nonce: world.nonce() } })).toMatchObject({
      kind: 'wrong-password',
      line: { lineId: 1 },
      attempt: { username: '1001', toUser: '1001', userAgent: 'Test Phone 1.0', callId: 'call-a@phone' },
    })
  })

  test('a wrong password on a nonce of another address, or an invented one, is nobody’s failure', () => {
    const world = openRegistrar(one)
    expect(world.send({ digest: { password: 'wrong', nonce: world.nonce('198.51.100.1') } })).toEqual({
      kind: 'challenged',
      stale: false,
      strong: false,
    })
    expect(world.send({ cseq: 2, digest: { password: 'wrong', nonce: 'invented' } })).toEqual({
      kind: 'challenged',
      stale: false,
      strong: false,
    })
  })

  test('a digest for somebody else than To is a wrong user name of To’s line', () => {
    const world = openRegistrar([...one, { username: '1002', password: 'other' }])
    const outcome = world.send({ digest: { username: '1O01', password, nonce: world.nonce() } })
    expect(outcome).toMatchObject({ kind: 'wrong-username', line: { lineId: 1 }, attempt: { username: '1O01' } })
  })

  test('a name that nobody has is told as unknown', () => {
    const world = openRegistrar(one)
    expect(world.send({ user: 'nobody', digest: { password, nonce: world.nonce() } })?.kind).toBe('unknown-user')
  })

  test('a password that proves another line than To’s changes nothing', () => {
    const world = openRegistrar([...one, { username: '1002', password: 'other' }])
    const outcome = world.send({ user: '1001', digest: { username: '1002', password: 'other', nonce: world.nonce() } })
    expect(outcome).toMatchObject({ kind: 'not-your-line', line: { username: '1001' } })
  })

  test('trap 31: a line for SHA-256 only is challenged so, and MD5 proves nothing', () => {
    const world = openRegistrar([{ username: '1001', password, strong: true }])
    expect(world.send({})).toEqual({ kind: 'challenged', stale: false, strong: true })
    expect(world.send({ cseq: 2, digest: { password, nonce: world.nonce() } })?.kind).toBe('wrong-password')
    expect(world.send({ cseq: 3, digest: { password, nonce: world.nonce(), algorithm: 'SHA-256' } })?.kind).toBe('registered')
  })

  test('where all lines are strong an unknown name is challenged like them', () => {
    const world = openRegistrar([{ username: '1001', password, strong: true }])
    expect(world.send({ user: 'nobody' })).toEqual({ kind: 'challenged', stale: false, strong: true })
  })

  test('a closed line is refused only after the right password', () => {
    const world = openRegistrar([{ username: '1001', password, open: false }])
    expect(world.send({ digest: { password: 'wrong', nonce: world.nonce() } })?.kind).toBe('wrong-password')
    expect(world.send({ cseq: 2, digest: { password, nonce: world.nonce() } })?.kind).toBe('line-closed')
  })

  test('a foreign domain is challenged like ours and refused after the right password', () => {
    const world = openRegistrar(one)
    expect(world.send({ domain: 'elsewhere.example' })?.kind).toBe('challenged')
    expect(world.send({ cseq: 2, domain: 'elsewhere.example', digest: { password, nonce: world.nonce() } })?.kind).toBe('wrong-domain')
  })

  test('credentials for another realm are not looked at', () => {
    const world = openRegistrar(one)
    expect(world.send({ digest: { password, nonce: world.nonce(), realm: 'other.example' } })?.kind).toBe('challenged')
  })
})

describe('stale is said exactly when the digest is right and the nonce', () => {
  const stale = { kind: 'challenged', stale: true, strong: false }

  test('trap 25: has expired', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    world.pass(4501_000)
    expect(world.send({ digest: { password, nonce } })).toEqual(stale)
  })

  test('trap 25: is not ours', () => {
    expect(openRegistrar(one).send({ digest: { password, nonce: 'deadbeef' } })).toEqual(stale)
  })

  test('was issued to another address', () => {
    const world = openRegistrar(one)
    expect(world.send({ digest: { password, nonce: world.nonce('198.51.100.9') } })).toEqual(stale)
  })

  test('trap 27: had this count before', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    expect(world.send({ digest: { password, nonce, nc: 5 } })?.kind).toBe('registered')
    expect(world.send({ cseq: 2, digest: { password, nonce, nc: 5 } })).toEqual(stale)
    expect(world.send({ cseq: 3, digest: { password, nonce, nc: 4 } })).toEqual(stale)
    expect(world.send({ cseq: 4, digest: { password, nonce, nc: 9 } })?.kind).toBe('registered')
  })

  test('trap 21: came without qop and was used', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    expect(world.send({ digest: { password, nonce, withoutQop: true } })?.kind).toBe('registered')
    expect(world.send({ cseq: 2, digest: { password, nonce, withoutQop: true } })).toEqual(stale)
  })

  test('was used so long ago that its count is forgotten', () => {
    const world = openRegistrar(one)
    const first = world.nonce()
    world.send({ digest: { password, nonce: first } })
    for (let cseq = 2; cseq < 30; cseq++) {
      world.pass(1000)
      expect(world.send({ cseq, digest: { password, nonce: world.nonce() } })?.kind).toBe('registered')
    }
    expect(world.send({ callId: 'thief', digest: { password, nonce: first, nc: 2 } })).toEqual(stale)
  })

  test('trap 26: and never with a wrong digest', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    world.pass(4501_000)
    expect(world.send({ digest: { password: 'wrong', nonce } })).toMatchObject({ kind: 'wrong-password' })
  })
})

describe('a request that comes again', () => {
  test('is answered as before, with no change and before its count is looked at', () => {
    const world = openRegistrar(one)
    const wish = { digest: { password, nonce: world.nonce() } }
    const first = world.send(wish)
    const again = world.send(wish)
    expect(again?.kind).toBe('retransmitted')
    expect(again).toMatchObject({ bindings: first?.kind === 'registered' ? first.bindings : [] })
  })

  test('is answered so after a restart too', () => {
    const store = memoryBindings()
    const world = openRegistrar(one, store)
    const wish = { digest: { password, nonce: world.nonce() } }
    world.send(wish)
    const restarted = openRegistrar(one, store)
    for (const _ of restarted.registrar.load(startOfTests)) _
    expect(restarted.send(wish)?.kind).toBe('retransmitted')
  })

  test('after a sign-off is answered as that was, and a recorded sign-in stays refused', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    const signIn = { digest: { password, nonce, nc: 1 } }
    const signOff = { cseq: 2, rows: ['Contact: <sip:1001@192.0.2.10:5060>', 'Expires: 0'], digest: { password, nonce, nc: 2 } }
    world.send(signIn)
    expect(world.send(signOff)).toMatchObject({ kind: 'registered', bindings: [] })
    expect(world.send(signOff)).toMatchObject({ kind: 'retransmitted', bindings: [] })
    expect(world.send(signIn)).toMatchObject({ kind: 'challenged', stale: true })
  })

  test('before the first is stored is not answered twice, and never before the commit', () => {
    const world = openRegistrar(one)
    const wish = { digest: { password, nonce: world.nonce() } }
    const first = world.sendInTurn(wish)
    const again = world.sendInTurn(wish)
    expect([first.value, again.value]).toEqual([undefined, undefined])
    world.endTurn()
    expect(first.value?.kind).toBe('registered')
    expect(again.value).toBeUndefined()
  })
})

describe('what is asked for', () => {
  test('no Contact asks what is held', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    world.send({ digest: { password, nonce, nc: 1 } })
    expect(world.send({ cseq: 2, rows: [], digest: { password, nonce, nc: 2 } })).toMatchObject({
      kind: 'queried',
      bindings: [{ uri: 'sip:1001@192.0.2.10:5060' }],
    })
  })

  test('what is asked in the same turn as a sign-in is answered with what is stored, not with what may still fail', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    world.sendInTurn({ digest: { password, nonce, nc: 1 } })
    expect(world.sendInTurn({ cseq: 2, rows: [], digest: { password, nonce, nc: 2 } }).value).toMatchObject({
      kind: 'queried',
      bindings: [],
    })
    world.endTurn()
  })

  test.each([
    ['trap 55: Contact: * with Expires: 0 ends all', ['Contact: *', 'Expires: 0'], 'registered'],
    ['Contact: * with another Expires is refused', ['Contact: *', 'Expires: 600'], 'bad-request'],
    ['Contact: * without Expires is refused', ['Contact: *'], 'bad-request'],
    ['Contact: * beside another is refused', ['Contact: *, <sip:a@192.0.2.1>', 'Expires: 0'], 'bad-request'],
    ['trap 55: Contact: None is refused', ['Contact: None'], 'bad-request'],
    ['trap 48: a contact that is no SIP address is refused', ['Contact: <mailto:a@example.com>'], 'contact-refused'],
    ['trap 48: a telephone number as contact is refused', ['Contact: <tel:+81312345678>'], 'contact-refused'],
    ['less than the least is refused', ['Contact: <sip:1001@192.0.2.10>;expires=30'], 'interval-too-brief'],
    ['trap 9: an expires that is no number counts as an hour', ['Contact: <sip:1001@192.0.2.10>;expires=soon'], 'registered'],
  ])('%s', (_, rows, kind) => {
    const world = openRegistrar(one)
    expect(world.send({ rows, digest: { password, nonce: world.nonce() } })?.kind).toBe(kind)
  })

  test('trap 9: the parameter wins over the header, the header over the default', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    const granted = (rows: string[], cseq: number) => {
      const outcome = world.send({ cseq, rows, digest: { password, nonce, nc: cseq } })
      return outcome?.kind === 'registered' ? outcome.bindings[0]?.granted : outcome?.kind
    }
    expect(granted(['Contact: <sip:1001@192.0.2.10>;expires=120', 'Expires: 300'], 1)).toBe(120)
    expect(granted(['Contact: <sip:1001@192.0.2.10>', 'Expires: 300'], 2)).toBe(300)
    expect(granted(['Contact: <sip:1001@192.0.2.10>'], 3)).toBe(600)
  })

  test('an extension that we lack is refused before any proof', () => {
    expect(openRegistrar(one).send({ rows: ['Require: warp-drive'] })).toEqual({ kind: 'unsupported-extension', missing: 'warp-drive' })
  })
})

describe('time', () => {
  test('a binding ends when its time is over, once, and is told', () => {
    const world = openRegistrar(one)
    world.send({ rows: ['Contact: <sip:1001@192.0.2.10>;expires=60'], digest: { password, nonce: world.nonce() } })
    world.pass(59_900)
    expect(world.told).toEqual([])
    world.pass(300)
    expect(world.told).toMatchObject([{ kind: 'ended', how: 'expired', binding: { uri: 'sip:1001@192.0.2.10' } }])
    world.pass(3600_000)
    expect(world.told).toHaveLength(1)
  })

  test('a renewed binding ends at its new time only', () => {
    const world = openRegistrar(one)
    const nonce = world.nonce()
    const rows = ['Contact: <sip:1001@192.0.2.10>;expires=60']
    world.send({ rows, digest: { password, nonce, nc: 1 } })
    world.pass(50_000)
    world.send({ cseq: 2, rows, digest: { password, nonce, nc: 2 } })
    world.pass(50_000)
    expect(world.told).toEqual([])
    world.pass(10_200)
    expect(world.told).toHaveLength(1)
  })

  test('a line that is closed loses its bindings at once', () => {
    const world = openRegistrar(one)
    world.send({ digest: { password, nonce: world.nonce() } })
    world.registrar.closeLine(1, world.now())
    world.endTurn()
    expect(world.told).toMatchObject([{ kind: 'ended', how: 'line-closed' }])
  })
})

describe('when nothing can be stored', () => {
  function failing() {
    const store = memoryBindings()
    let broken = true
    const world = openRegistrar(one, {
      ...store,
      commit: (batch, done) => (broken ? done(batch.map(() => false)) : store.commit(batch, done)),
    })
    return {
      world,
      setBroken(now: boolean) {
        broken = now
      },
    }
  }

  test('nothing is acknowledged and nothing is held', () => {
    const { world } = failing()
    const nonce = world.nonce()
    expect(world.send({ digest: { password, nonce } })?.kind).toBe('not-stored')
    expect(world.send({ cseq: 2, rows: [], digest: { password, nonce, nc: 2 } })).toMatchObject({ kind: 'queried', bindings: [] })
  })

  test('the next REGISTER after the repair is taken', () => {
    const { world, setBroken } = failing()
    const nonce = world.nonce()
    world.send({ digest: { password, nonce } })
    setBroken(false)
    expect(world.send({ cseq: 2, digest: { password, nonce, nc: 2 } })?.kind).toBe('registered')
  })

  test('an expiry that cannot be stored is tried again', () => {
    const { world, setBroken } = failing()
    setBroken(false)
    world.send({ rows: ['Contact: <sip:1001@192.0.2.10>;expires=60'], digest: { password, nonce: world.nonce() } })
    setBroken(true)
    world.pass(60_200)
    expect(world.told).toEqual([])
    setBroken(false)
    world.pass(5_200)
    expect(world.told).toMatchObject([{ kind: 'ended', how: 'expired' }])
  })

  test('of two phones in one turn the one that is not stored is not held, and is taken when it comes again', () => {
    const store = memoryBindings()
    let first = true
    const world = openRegistrar(one, {
      ...store,
      commit(batch, done) {
        const [failed, ...rest] = batch
        if (!first || failed === undefined) return store.commit(batch, done)
        first = false
        store.commit(rest, (stored) => done([false, ...stored]))
      },
    })
    const nonce = world.nonce()
    const phone = (port: number, nc: number) => ({
      callId: `call-${port}`,
      cseq: nc,
      rows: [`Contact: <sip:1001@192.0.2.10:${port}>`, 'Expires: 600'],
      digest: { password, nonce, nc },
    })
    const outcomes = [world.sendInTurn(phone(5060, 1)), world.sendInTurn(phone(5062, 2))]
    world.endTurn()
    expect(outcomes.map(({ value }) => value?.kind)).toEqual(['not-stored', 'registered'])
    expect(world.send({ cseq: 3, rows: [], digest: { password, nonce, nc: 3 } })).toMatchObject({
      kind: 'queried',
      bindings: [{ uri: 'sip:1001@192.0.2.10:5062' }],
    })
    expect(world.send(phone(5060, 4))?.kind).toBe('registered')
  })

  test('the closing of a line that cannot be stored is tried again', () => {
    const { world, setBroken } = failing()
    setBroken(false)
    world.send({ digest: { password, nonce: world.nonce() } })
    setBroken(true)
    world.registrar.closeLine(1, world.now())
    world.endTurn()
    world.pass(5_200)
    expect(world.told).toEqual([])
    setBroken(false)
    world.pass(5_200)
    expect(world.told).toMatchObject([{ kind: 'ended', how: 'line-closed' }])
  })
})

test('two phones of one line are two bindings; the second is seen from its own address', () => {
  const world = openRegistrar(one)
  const other = { ...phoneFlow, remoteIp: '198.51.100.20' }
  world.send({ digest: { password, nonce: world.nonce() } })
  const outcome = world.send(
    { callId: 'call-b', rows: ['Contact: <sip:1001@10.0.0.5>'], digest: { password, nonce: world.nonce('198.51.100.20') } },
    other,
  )
  expect(outcome).toMatchObject({ kind: 'registered', bindings: [{ ip: '198.51.100.20' }, { ip: '192.0.2.10' }] })
})

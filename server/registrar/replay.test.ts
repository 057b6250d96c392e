/** The digest does not cover Contact: what was recorded once must never move a line's calls to somebody else. */
import { describe, expect, test } from 'vitest'
import { openRegistrar } from '../../test/support/open-registrar.ts'
import { memoryBindings } from '../storage/memory/bindings.ts'

const password = 'a password'
const one = [{ username: '1001', password, maxContacts: 20 }]
const stale = { kind: 'challenged', stale: true, strong: false }
const thief = { callId: 'thief', rows: ['Contact: <sip:thief@192.0.2.10:6666>', 'Expires: 600'] }

/** The registrar that starts where `world` was killed, some seconds later. */
function restart(world: ReturnType<typeof openRegistrar>, store: ReturnType<typeof memoryBindings>) {
  const restarted = openRegistrar(one, store)
  restarted.pass(world.now() - restarted.now() + 3000)
  for (const _ of restarted.registrar.load(restarted.now())) _
  return restarted
}

describe('after a restart a recorded request is refused', () => {
  test('also when its nonce is an older one than the binding’s', () => {
    const store = memoryBindings()
    const world = openRegistrar(one, store)
    const older = world.nonce()
    expect(world.send({ digest: { password, nonce: older } })?.kind).toBe('registered')
    world.pass(2000)
    expect(world.send({ cseq: 2, digest: { password, nonce: world.nonce() } })?.kind).toBe('registered')
    expect(restart(world, store).send({ ...thief, digest: { password, nonce: older } })).toEqual(stale)
  })

  test('also when it was one that nothing is stored of', () => {
    const store = memoryBindings()
    const world = openRegistrar(one, store)
    const nonce = world.nonce()
    expect(world.send({ rows: [], digest: { password, nonce } })?.kind).toBe('queried')
    expect(restart(world, store).send({ ...thief, digest: { password, nonce } })).toEqual(stale)
  })

  test('also when two bindings share its nonce and the newer one used it less', () => {
    const store = memoryBindings()
    const world = openRegistrar(one, store)
    const nonce = world.nonce()
    const phone = (port: number, nc: number) =>
      world.send({
        callId: `call-${port}`,
        cseq: nc,
        rows: [`Contact: <sip:1001@192.0.2.10:${port}>`, 'Expires: 600'],
        digest: { password, nonce, nc },
      })
    for (const [port, nc] of [
      [5060, 1],
      [5062, 2],
      [5060, 3],
    ] as const) {
      expect(phone(port, nc)?.kind).toBe('registered')
    }
    expect(restart(world, store).send({ ...thief, digest: { password, nonce, nc: 3 } })).toEqual(stale)
  })
})

test('as many phones as a line may have renew in one round trip each, every one on a nonce of its own', () => {
  const world = openRegistrar(one)
  const nonces = Array.from({ length: 20 }, () => {
    world.pass(1000)
    return world.nonce()
  })
  for (const nc of [1, 2, 3]) {
    for (const [at, nonce] of nonces.entries()) {
      const rows = [`Contact: <sip:1001@192.0.2.10:${6000 + at}>`, 'Expires: 600']
      expect(world.send({ callId: `call-${at}`, cseq: nc, rows, digest: { password, nonce, nc } })?.kind).toBe('registered')
    }
  }
})

test('a REGISTER that has the CSeq of an earlier sign-off is no repetition of it', () => {
  const world = openRegistrar(one)
  const nonce = world.nonce()
  world.send({ cseq: 1, digest: { password, nonce, nc: 1 } })
  const signOff = { cseq: 2, rows: ['Contact: *', 'Expires: 0'], digest: { password, nonce, nc: 2 } }
  expect(world.send(signOff)).toMatchObject({ kind: 'registered', bindings: [] })
  expect(world.send({ cseq: 2, digest: { password, nonce: world.nonce() } })).toMatchObject({
    kind: 'registered',
    bindings: [{ uri: 'sip:1001@192.0.2.10:5060' }],
  })
})

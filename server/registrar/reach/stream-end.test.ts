/** What becomes of bindings when the connection that they came over is gone. */
import { describe, expect, test } from 'vitest'
import { openRegistrar, phoneFlow } from '../../../test/support/open-registrar.ts'
import { memoryBindings } from '../../storage/memory/bindings.ts'
import type { BindingStore } from '../binding-store.ts'

const password = 'a password'
const lines = [
  { username: '1001', password },
  { username: '1002', password },
]
const over = (connection: number) => ({ ...phoneFlow, transport: 'tcp' as const, connection, remotePort: 40_000 + connection })

/** A registrar with a phone of its own: each REGISTER has a fresh nonce and the next CSeq. */
function open(store: BindingStore = memoryBindings()) {
  const world = openRegistrar(lines, store)
  let cseq = 0
  const register = (connection: number, wish: { user?: string; instance?: string; callId?: string } = {}) => {
    const { user = '1001', instance = 'a', callId = `call-${user}` } = wish
    return world.send(
      {
        user,
        callId,
        cseq: ++cseq,
        rows: [
          `Contact: <sip:${user}@192.0.2.10:${40_000 + connection};transport=tcp>;+sip.instance="<urn:uuid:${instance}>"`,
          'Expires: 600',
        ],
        digest: { username: user, password, nonce: world.nonce() },
      },
      connection === 0 ? phoneFlow : over(connection),
    )
  }
  const held = (lineId = 1) => world.registrar.held.find(lineId)?.bindings.map((binding) => binding.connection) ?? []
  return { ...world, register, held, close: (connection: number) => world.registrar.flowClosed(connection, world.now()) }
}

describe('trap 38: when a connection closes', () => {
  test('its binding ends as connection-lost, after a grace', () => {
    const { register, close, pass, held, told } = open()
    register(1)
    close(1)
    pass(4900)
    expect([held(), told]).toEqual([[1], []])
    pass(300)
    expect(held()).toEqual([])
    expect(told).toMatchObject([{ kind: 'ended', how: 'connection-lost', binding: { connection: 1 } }])
  })

  test('nothing ends if the phone comes back over another within the grace, and nothing is told', () => {
    const { register, close, pass, held, told } = open()
    register(1)
    close(1)
    pass(3000)
    register(2)
    pass(10_000)
    expect([held(), told]).toEqual([[2], []])
  })

  test('its other phones stay', () => {
    const { register, close, pass, held, told } = open()
    register(1)
    register(2, { instance: 'b', callId: 'other' })
    close(1)
    pass(6000)
    expect([held(), told.length]).toEqual([[2], 1])
  })

  test('every line that came over it ends, and no other', () => {
    const { register, close, pass, held, told } = open()
    register(7)
    register(7, { user: '1002' })
    register(8, { user: '1002', instance: 'c', callId: 'third' })
    close(7)
    pass(6000)
    expect([held(1), held(2), told.length]).toEqual([[], [8], 2])
  })

  test('a binding over UDP does not care', () => {
    const { register, close, pass, held } = open()
    register(0)
    close(0)
    pass(6000)
    expect(held()).toEqual([0])
  })

  test('a REGISTER that is stored only after the connection closed ends with it', () => {
    const world = open()
    const nonce = world.nonce()
    const wish = { rows: ['Contact: <sip:1001@192.0.2.10:1;transport=tcp>', 'Expires: 600'], digest: { password, nonce } }
    world.sendInTurn(wish, over(5))
    world.close(5)
    world.endTurn()
    expect(world.held()).toEqual([5])
    world.pass(6000)
    expect(world.held()).toEqual([])
  })

  test('an end that cannot be stored is tried again', () => {
    const store = memoryBindings()
    let full = false
    const world = open({ ...store, commit: (batch, done) => (full ? done(batch.map(() => false)) : store.commit(batch, done)) })
    world.register(1)
    world.close(1)
    full = true
    world.pass(6000)
    expect([world.held(), world.told]).toEqual([[1], []])
    full = false
    world.pass(6000)
    expect([world.held(), world.told.length]).toEqual([[], 1])
  })
})

describe('trap 39: a phone that comes back over a new connection while the old one seems open', () => {
  test('has one binding, on the new connection; the end of the old one means nothing', () => {
    const { register, close, pass, held, told } = open()
    register(1)
    register(2)
    expect(held()).toEqual([2])
    close(1)
    pass(6000)
    expect([held(), told]).toEqual([[2], []])
  })

  test('may come back over UDP too', () => {
    const { register, close, pass, held } = open()
    register(1)
    register(0)
    close(1)
    pass(6000)
    expect(held()).toEqual([0])
  })
})

describe('after a restart of ours', () => {
  function restarted() {
    const store = memoryBindings()
    const before = open(store)
    before.register(1)
    before.register(2, { user: '1002' })
    const world = open(store)
    for (const _ of world.registrar.load(world.now())) _
    return world
  }

  test('bindings over streams wait a minute for their phones, whose connections we cut', () => {
    const { pass, held, told } = restarted()
    pass(59_000)
    expect([held(1), held(2), told]).toEqual([[0], [0], []])
    pass(2000)
    expect([held(1), held(2)]).toEqual([[], []])
    expect(told).toMatchObject([{ how: 'connection-lost' }, { how: 'connection-lost' }])
  })

  test('a phone that comes back keeps its binding, whatever number its connection has now', () => {
    const { pass, held, register, told } = restarted()
    pass(2000)
    // A phone that lost its count may be refused at first; it asks again with the next number.
    for (let tries = 0; tries < 2; tries++) register(2)
    expect(held(1)).toEqual([2])
    pass(60_000)
    expect([held(1), held(2), told.length]).toEqual([[2], [], 1])
  })
})

import { expect, test } from 'vitest'
import { openRegistrar, phoneFlow } from '../../test/support/open-registrar.ts'

const password = 'right'

test('a line of several contacts waits in the timer wheel about once a contact, however long it renews', () => {
  const world = openRegistrar([{ username: '1001', password }])
  // The one that was heard last is told first and expires last: the looks must not be planned in that order.
  for (let round = 1; round <= 200; round++) {
    for (const [phone, expires] of [
      ['a', 120],
      ['b', 600],
      ['c', 3600],
    ] as const) {
      world.send({
        user: '1001',
        callId: phone,
        cseq: round,
        rows: [`Contact: <sip:1001@192.0.2.10;x=${phone}>;expires=${expires}`],
        digest: { password, nonce: world.nonce(phoneFlow.remoteIp) },
      })
    }
    world.pass(61_000)
  }
  expect(world.registrar.held.find(1)?.bindings).toHaveLength(3)
  expect(world.wheel.size).toBeLessThanOrEqual(4)
})

test('a look that was overtaken by an earlier one does not keep a binding from ending in time', () => {
  const world = openRegistrar([{ username: '1001', password }])
  const bind = (phone: string, expires: number) =>
    world.send({
      user: '1001',
      callId: phone,
      rows: [`Contact: <sip:1001@192.0.2.10;x=${phone}>;expires=${expires}`],
      digest: { password, nonce: world.nonce(phoneFlow.remoteIp) },
    })
  bind('a', 600)
  bind('b', 60)
  world.pass(60_100)
  expect(world.registrar.held.find(1)?.bindings).toHaveLength(1)
  world.pass(540_000)
  expect(world.registrar.held.find(1)?.bindings).toHaveLength(0)
  expect(world.wheel.size).toBe(0)
})

test('a line that is closed after its binding ran out ended because its time was over', () => {
  const world = openRegistrar([{ username: '1001', password }])
  world.send({
    user: '1001',
    rows: ['Contact: <sip:1001@192.0.2.10>;expires=60'],
    digest: { password, nonce: world.nonce(phoneFlow.remoteIp) },
  })
  world.registrar.closeLine(1, world.now() + 61_000)
  world.endTurn()
  expect(world.told).toMatchObject([{ kind: 'ended', how: 'expired' }])
})

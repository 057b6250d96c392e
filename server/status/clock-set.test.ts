import { expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { sampleContact, sampleEntry } from '../../test/support/line-samples.ts'
import { systemRandom } from '../runtime/random.ts'
import { SteadyClock } from '../runtime/steady-clock.ts'
import { StatusRecorder } from './recorder.ts'

const minute = 60_000

test.each([
  ['ahead by a day', 1440 * minute],
  ['back by an hour', -60 * minute],
])('the clock is set %s: signs stay, their ages too, and a binding ends when it would have', (_, by) => {
  const fake = new FakeClock()
  const clock = new SteadyClock(fake)
  const board = new StatusRecorder({ clock, timers: fake, random: systemRandom })
  const seenAt = clock.now()
  board.putLine(sampleEntry({ id: 1 }))
  board.putLine(sampleEntry({ id: 2, number: '202', username: '202' }))
  const contact = (id: number) => sampleContact({ id, boundAt: seenAt, seenAt, granted: 600, expiresAt: seenAt + 10 * minute })
  board.apply([
    { kind: 'bound', lineId: 1, at: seenAt, contact: contact(1) },
    { kind: 'bound', lineId: 2, at: seenAt, contact: contact(2) },
    { kind: 'loaded', at: seenAt, downSince: 0 },
    { kind: 'ended', lineId: 2, at: seenAt, how: 'signed-off', contact: contact(2) },
  ])
  fake.advance(minute)
  board.tick(clock.now())

  clock.move(by)
  board.clockSet(by)
  board.tick(clock.now())
  expect(board.status(1)).toMatchObject({ sign: 'registered', since: seenAt + by, knownAt: seenAt + by })
  expect(board.status(2)).toMatchObject({ sign: 'unregistered', since: seenAt + by, cause: { code: 'signed-off' } })

  fake.advance(8 * minute)
  board.tick(clock.now())
  expect(board.status(1).sign).toBe('registered')
  fake.advance(2 * minute)
  board.tick(clock.now())
  expect(board.status(1)).toMatchObject({ sign: 'unregistered', cause: { code: 'expired' } })
})

/** What the page shows of phones that do not answer, and of phones whose connection our own restart cut. */
import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { sampleContact, sampleEntry } from '../../test/support/line-samples.ts'
import { systemRandom } from '../runtime/random.ts'
import { packFacts, unpackFacts } from './fact-codec.ts'
import type { ContactFact, Fact } from './facts.ts'
import { StatusRecorder } from './recorder.ts'

const minute = 60_000
let clock: FakeClock
let board: StatusRecorder
let changes: number

function start(): void {
  board = new StatusRecorder({ clock, timers: clock, random: systemRandom })
  board.follow((event) => {
    if (event.kind === 'line') changes++
  })
  board.putLine(sampleEntry({ id: 1 }))
}

beforeEach(() => {
  clock = new FakeClock()
  changes = 0
  start()
  board.apply([{ kind: 'loaded', at: clock.now(), downSince: 0 }])
})

function pass(ms: number): void {
  for (const until = clock.now() + ms; clock.now() < until; ) {
    clock.advance(Math.min(1000, until - clock.now()))
    board.tick(clock.now())
  }
}

function bound(id = 1, more: Partial<ContactFact> = {}): Fact {
  return { kind: 'bound', lineId: 1, at: clock.now(), contact: sampleContact({ id, seenAt: clock.now(), boundAt: clock.now(), ...more }) }
}
const probed = (rttMs: number | null, contactId = 1, at = clock.now()): Fact => ({ kind: 'probed', lineId: 1, contactId, at, rttMs })
const renewed: () => Fact = () => ({ kind: 'renewed', lineId: 1, contactId: 1, seenAt: clock.now(), granted: 600 })

describe('a phone that does not answer', () => {
  test('keeps its ✓, with the doubt and since when it is silent', () => {
    board.apply([bound()])
    pass(90_000)
    const heard = clock.now() - 90_000
    const silent = clock.now() - 60_000
    board.apply([probed(null, 1, silent)])
    expect(board.status(1)).toMatchObject({
      sign: 'registered',
      state: 'unreachable',
      since: silent,
      knownAt: heard,
      cause: {
        code: 'unreachable',
        lastAt: new Date(heard).toISOString(),
        evidence: { firstAt: new Date(silent).toISOString(), from: sampleContact().ip, certainty: 'known' },
      },
    })
  })

  test.each<[string, () => Fact]>([
    ['answers', () => probed(30)],
    ['renews', renewed],
    ['signs in from elsewhere', () => bound(1, { port: 9 })],
  ])('is no longer in doubt when it %s', (_, mend) => {
    board.apply([bound()])
    board.apply([probed(null)])
    pass(minute)
    changes = 0
    board.apply([mend()])
    pass(1000)
    expect(board.status(1)).toMatchObject({ sign: 'registered', state: 'registered', cause: null })
    expect(changes).toBe(1)
  })

  test('does not put a line in doubt whose other phone answers', () => {
    board.apply([bound(1), bound(2)])
    board.apply([probed(null, 1)])
    expect(board.status(1)).toMatchObject({ state: 'registered', cause: null })
    board.apply([probed(null, 2)])
    expect(board.status(1).state).toBe('unreachable')
  })

  test('is never ✕ for it: its binding ends when its time does', () => {
    board.apply([bound(1, { expiresAt: clock.now() + 5 * minute })])
    board.apply([probed(null)])
    pass(4 * minute)
    expect(board.status(1).sign).toBe('registered')
    pass(2 * minute)
    expect(board.status(1)).toMatchObject({ sign: 'unregistered', state: 'expired' })
  })
})

test('an answer shows how long it took and when the phone was heard, and is no event', () => {
  board.apply([bound()])
  pass(10_000)
  expect(board.contacts(1)).toMatchObject([{ rttMs: null, seenAt: clock.now() - 10_000 }])
  changes = 0
  board.apply([probed(42)])
  pass(1000)
  expect(board.contacts(1)).toMatchObject([{ rttMs: 42, seenAt: clock.now() - 1000 }])
  expect(board.status(1).knownAt).toBe(clock.now() - 1000)
  expect(changes).toBe(0)
})

test('a probe of a contact that is gone is nothing', () => {
  board.apply([probed(42, 9)])
  expect(board.status(1).state).toBe('never')
})

test('probes pass between threads in 19 bytes', () => {
  const facts: Fact[] = [probed(42, 281_474_976_710_655), renewed(), probed(null), probed(1)]
  expect(packFacts(facts).length).toBe(3 * 19 + 21)
  expect(unpackFacts(packFacts(facts))).toEqual(facts)
})

describe('after a restart of ours a phone whose connection we cut', () => {
  let cutAt: number

  /** The phone was there over a stream; then we were away for 20 s. */
  beforeEach(() => {
    const contact = sampleContact({
      transport: 'wss',
      seenAt: clock.now(),
      boundAt: clock.now(),
      granted: 600,
      expiresAt: clock.now() + 600_000,
      cut: true,
    })
    pass(minute)
    cutAt = clock.now()
    clock.advance(20_000)
    start()
    board.apply([
      { kind: 'bound', lineId: 1, at: contact.boundAt, contact },
      { kind: 'loaded', at: clock.now(), downSince: cutAt },
    ])
  })
  const lost = (): Fact => ({
    kind: 'ended',
    lineId: 1,
    at: clock.now(),
    how: 'connection-lost',
    contact: board.contacts(1)[0] ?? sampleContact(),
  })

  test('shows no data by our doing, neither ✓ nor ✕', () => {
    expect(board.status(1)).toMatchObject({ sign: 'no-data', state: 'no-data', since: cutAt, cause: { code: 'server-outage' } })
  })

  test('shows ✓ when it comes back', () => {
    pass(20_000)
    board.apply([{ kind: 'renewed', lineId: 1, contactId: 1, seenAt: clock.now(), granted: 600 }])
    expect(board.status(1)).toMatchObject({ sign: 'registered', state: 'registered', cause: null })
  })

  test('has its whole period and a minute to come back, also when its binding has ended; then it is ✕', () => {
    pass(minute)
    board.apply([lost()])
    expect(board.status(1)).toMatchObject({ sign: 'no-data', cause: { code: 'server-outage' } })
    pass(9 * minute)
    expect(board.status(1).sign).toBe('no-data')
    pass(2 * minute)
    expect(board.status(1)).toMatchObject({ sign: 'unregistered', cause: { code: 'connection-lost' } })
  })

  test('is not called unstable for our restarts', () => {
    for (let restart = 0; restart < 7; restart++) {
      const contact = sampleContact({ id: 10 + restart, seenAt: clock.now(), granted: 60, transport: 'tcp', cut: true })
      board.apply([{ kind: 'ended', lineId: 1, at: clock.now(), how: 'connection-lost', contact: board.contacts(1)[0] ?? contact }])
      board.apply([{ kind: 'bound', lineId: 1, at: clock.now(), contact }])
    }
    board.apply([bound(99)])
    expect(board.status(1)).toMatchObject({ sign: 'registered', state: 'registered', cause: null })
  })
})

test('a connection that breaks while we serve is ✕ at once', () => {
  board.apply([bound(1, { transport: 'tls' })])
  pass(minute)
  const contact = board.contacts(1)[0] ?? sampleContact()
  board.apply([{ kind: 'ended', lineId: 1, at: clock.now(), how: 'connection-lost', contact }])
  expect(board.status(1)).toMatchObject({
    sign: 'unregistered',
    state: 'left',
    cause: { code: 'connection-lost', lastAt: new Date(clock.now()).toISOString() },
  })
})

import { beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { kamailio, sampleAttempt, sampleContact, sampleEntry } from '../../test/support/line-samples.ts'
import type { EndHow } from '../registrar/binding.ts'
import { systemRandom } from '../runtime/random.ts'
import type { ContactFact, Fact, FailedAttempt } from './facts.ts'
import type { HistoryItem } from './history-store.ts'
import { StatusRecorder } from './recorder.ts'
import type { BoardEvent } from './status-board.ts'

const minute = 60_000
const office = '203.0.113.10'
const stranger = '198.51.100.7'

let clock: FakeClock
let board: StatusRecorder
let events: BoardEvent[]
let history: HistoryItem[]

function start(now?: number): void {
  if (now !== undefined || clock === undefined) clock = new FakeClock(now)
  history = []
  events = []
  board = new StatusRecorder({ clock, timers: clock, random: systemRandom, history: { append: (items) => history.push(...items) } })
  board.follow((event) => events.push(event))
}

beforeEach(() => {
  clock = new FakeClock()
  start()
})

/** Lets time pass as the running program does: a tick each second. */
function pass(ms: number): void {
  for (const until = clock.now() + ms; clock.now() < until; ) {
    clock.advance(Math.min(1000, until - clock.now()))
    board.tick(clock.now())
  }
}

const loaded = (downSince = 0): Fact => ({ kind: 'loaded', at: clock.now(), downSince })
const bound = (lineId: number, said: Partial<ContactFact> = {}): Fact => ({
  kind: 'bound',
  lineId,
  at: clock.now(),
  contact: sampleContact({ id: lineId, seenAt: clock.now(), ...said }),
})
const renewed = (lineId: number): Fact => ({ kind: 'renewed', lineId, contactId: lineId, seenAt: clock.now(), granted: 600 })
const ended = (lineId: number, how: EndHow): Fact => {
  const contact = board.contacts(lineId).find((one) => one.id === lineId) ?? sampleContact({ id: lineId })
  return { kind: 'ended', lineId, at: clock.now(), how, contact }
}
const failed = (said: Partial<FailedAttempt> = {}): Fact => ({ kind: 'failed', attempt: sampleAttempt({ at: clock.now(), ...said }) })
const codeOf = (lineId: number) => board.status(lineId).cause?.code ?? null
const told = () =>
  events.splice(0).map((event) => (event.kind === 'line' || event.kind === 'gone' ? `${event.kind} ${event.lineId}` : event.kind))

describe('a phone comes, stays and goes', () => {
  beforeEach(() => {
    board.putLine(sampleEntry({ id: 1 }))
    board.apply([loaded()])
    pass(1000)
    events = []
  })

  test('each change is told at once, with the counts, and a renewal is no event', () => {
    expect(board.status(1)).toMatchObject({ sign: 'unregistered', state: 'never' })
    expect(board.counts(1)).toEqual({ lines: 1, registered: 0, unregistered: 1, unknown: 0, notNeeded: 0, never: 1 })
    board.apply([bound(1)])
    expect(told()).toEqual(['line 1', 'counts'])
    expect(board.counts(1)).toEqual({ lines: 1, registered: 1, unregistered: 0, unknown: 0, notNeeded: 0, never: 0 })
    pass(5 * minute)
    board.apply([renewed(1)])
    expect(told()).toEqual([])
    expect(board.status(1).knownAt).toBe(clock.now())
    board.apply([ended(1, 'signed-off')])
    expect(told()).toEqual(['line 1', 'counts'])
    expect(board.status(1)).toMatchObject({ sign: 'unregistered', state: 'left', since: clock.now(), cause: { code: 'signed-off' } })
  })

  test('a phone that falls silent becomes late, as soon as its period was learned, though its expiry is far', () => {
    board.apply([bound(1, { granted: 3600, expiresAt: clock.now() + 3_600_000 })])
    for (let turn = 0; turn < 3; turn++) {
      pass(minute)
      board.apply([{ kind: 'renewed', lineId: 1, contactId: 1, seenAt: clock.now(), granted: 3600 }])
    }
    const heard = clock.now()
    told()
    pass(71_000)
    expect(board.status(1).state).toBe('registered')
    pass(1000)
    expect(board.status(1)).toMatchObject({ sign: 'registered', state: 'late', since: heard + 72_000 })
    expect(told()).toContain('line 1')
    pass(1000)
    board.apply([renewed(1)])
    expect(board.status(1).state).toBe('registered')
    expect(told()).toEqual(['line 1'])
  })

  test('an expiry that nobody tells of is found out, and a renewal that comes after all is believed', () => {
    board.apply([bound(1)])
    pass(610_000)
    expect(board.status(1)).toMatchObject({ sign: 'unregistered', state: 'expired' })
    expect(board.counts(1).unregistered).toBe(1)
    board.apply([renewed(1)])
    expect(board.status(1).sign).toBe('registered')
  })

  test('a phone that takes the place of another in one message is no ✕ in between', () => {
    board.apply([bound(1)])
    pass(1000)
    told()
    board.apply([ended(1, 'replaced'), bound(1, { id: 77, port: 5099 })])
    expect(told()).toEqual(['line 1'])
    expect(board.status(1).sign).toBe('registered')
  })

  test('the first of several changes goes out at once, the last of them within 100 ms', () => {
    board.apply([bound(1)])
    expect(told()).toEqual(['line 1', 'counts'])
    for (let turn = 0; turn < 4; turn++) {
      clock.advance(10)
      board.apply([turn % 2 === 0 ? ended(1, 'connection-lost') : bound(1)])
    }
    expect(told()).toEqual([])
    clock.advance(60)
    expect(told()).toEqual(['line 1', 'counts'])
    expect(board.status(1).sign).toBe('registered')
  })

  test('an hour of flapping: unstable from the sixth end, every sign true at its moment, over after half a quiet hour', () => {
    for (let turn = 1; turn <= 10; turn++) {
      board.apply([bound(1)])
      expect(board.status(1)).toMatchObject({ sign: 'registered', state: turn > 6 ? 'unstable' : 'registered' })
      pass(3 * minute)
      board.apply([ended(1, 'connection-lost')])
      expect(board.status(1)).toMatchObject({ sign: 'unregistered', state: 'left' })
      expect(codeOf(1)).toBe(turn >= 6 ? 'unstable' : 'connection-lost')
      pass(3 * minute)
    }
    expect(board.status(1).cause?.count).toBe(10)
    board.apply([bound(1, { granted: 3600, expiresAt: clock.now() + 3_600_000 })])
    told()
    pass(27 * minute - 1000)
    expect(board.status(1).state).toBe('unstable')
    pass(1000)
    expect(board.status(1)).toMatchObject({ state: 'registered', cause: null })
    expect(told()).toContain('line 1')
    expect(history.filter((one) => one.kind === 'left')).toHaveLength(10)
  })
})

describe('the directory and the facts race', () => {
  test('facts of a line that is not put yet are kept', () => {
    board.apply([loaded(), bound(5, { ip: office }), failed({ lineId: 6 })])
    expect(board.status(5)).toMatchObject({ sign: 'no-data' })
    expect(told().filter((one) => one !== 'outage')).toEqual([])
    board.putLine(sampleEntry({ id: 5 }))
    board.putLine(sampleEntry({ id: 6 }))
    expect(board.status(5).sign).toBe('registered')
    expect(codeOf(6)).toBe('wrong-password')
    expect(told()).toEqual(['line 5', 'counts', 'line 6'])
  })

  test('but not for ever', () => {
    board.apply([loaded(), bound(5)])
    pass(11 * minute)
    board.putLine(sampleEntry({ id: 5 }))
    expect(board.status(5).state).toBe('never')
  })

  test('a line that is removed is gone from pages, counts and neighbours', () => {
    board.putLine(sampleEntry({ id: 1 }))
    board.putLine(sampleEntry({ id: 2 }))
    board.apply([loaded(), bound(1), bound(2)])
    pass(1000)
    told()
    board.removeLine(1)
    expect(told()).toEqual(['gone 1', 'counts'])
    expect(board.counts(1)).toMatchObject({ lines: 1, registered: 1 })
    board.apply([ended(2, 'expired')])
    expect(board.status(2).cause?.evidence.neighbours).toBe(0)
    board.removeLine(1)
    expect(board.status(1).sign).toBe('no-data')
  })

  test('a line that moves to another circle leaves the first', () => {
    board.putLine(sampleEntry({ id: 1 }))
    board.apply([loaded(), bound(1)])
    pass(1000)
    told()
    board.putLine(sampleEntry({ id: 1, circleId: 2 }))
    expect(told()).toEqual(['gone 1', 'counts', 'line 1', 'counts'])
    expect([board.counts(1).lines, board.counts(2).lines]).toEqual([0, 1])
    expect(board.eventsAfter(0, 2)).toMatchObject([{ kind: 'line', circleId: 2 }, { kind: 'counts' }])
  })

  test('a new name of a line is told though its sign stays', () => {
    board.putLine(sampleEntry({ id: 1 }))
    board.apply([loaded()])
    pass(1000)
    told()
    board.putLine(sampleEntry({ id: 1 }))
    expect(told()).toEqual(['line 1'])
  })

  test('a line that is switched off says so, and by whom', () => {
    board.putLine(sampleEntry({ id: 1 }))
    board.apply([loaded(), bound(1)])
    board.putLine(sampleEntry({ id: 1, disabledAt: clock.now(), disabledBy: '田中' }))
    expect(board.status(1).sign).toBe('registered')
    board.apply([ended(1, 'line-closed')])
    expect(board.status(1)).toMatchObject({
      sign: 'unregistered',
      state: 'disabled',
      cause: { code: 'disabled', evidence: { by: '田中' } },
    })
  })
})

describe('our own outages', () => {
  beforeEach(() => {
    board.putLine(sampleEntry({ id: 1 }))
    board.putLine(sampleEntry({ id: 2 }))
    board.putLine(sampleEntry({ id: 3, type: 'forward' }))
  })

  test('before the stored bindings were told nothing is claimed', () => {
    expect(board.status(1).sign).toBe('no-data')
    expect(board.counts(1)).toMatchObject({ lines: 3, unknown: 2, notNeeded: 1 })
    board.apply([bound(1, { boundAt: clock.now() - minute })])
    expect(board.status(1).sign).toBe('registered')
    board.apply([loaded()])
    expect(board.status(2).sign).toBe('unregistered')
    expect(history).toEqual([])
  })

  test('when the SIP role is lost every live line has no data; what its next run tells counts', () => {
    board.apply([loaded(), bound(1), bound(2)])
    pass(minute)
    told()
    const from = clock.now()
    board.sipLost(from)
    expect(board.status(1)).toMatchObject({
      sign: 'no-data',
      cause: { code: 'server-outage' },
      lastKnown: { sign: 'registered', at: from },
    })
    expect(board.counts(1)).toMatchObject({ lines: 3, registered: 0, unknown: 2 })
    expect(told()).toEqual(['outage', 'line 1', 'line 2', 'counts'])
    pass(5000)
    board.apply([bound(1, { seenAt: from - minute, boundAt: from - minute })])
    expect(board.status(1).sign).toBe('no-data')
    board.apply([loaded(from)])
    expect(board.status(1)).toMatchObject({ sign: 'registered', since: from - minute })
    expect(board.status(2)).toMatchObject({ sign: 'unregistered', state: 'expired' })
    expect(board.eventsAfter(0)).toContainEqual(expect.objectContaining({ kind: 'outage', from, to: from + 5000 }))
    expect(history.filter((one) => one.lineId === 1).map((one) => [one.kind, one.at])).toEqual([
      ['registered', from - minute],
      ['no-data', from],
      ['registered', from + 5000],
    ])
  })

  test('a restart: who still has a binding is ✓, whose ran out while we were down has a period to come back, then is ✕', () => {
    const restart = clock.now() + 60 * minute
    start(restart)
    const downSince = restart - 20 * minute
    board.putLine(sampleEntry({ id: 1 }))
    board.putLine(sampleEntry({ id: 2 }))
    board.putLine(sampleEntry({ id: 4 }))
    const ranOut = sampleContact({ id: 2, seenAt: downSince - minute })
    board.apply([
      bound(1, { seenAt: restart - 22 * minute, granted: 3600, expiresAt: restart + 38 * minute }),
      { kind: 'bound', lineId: 2, at: ranOut.boundAt, contact: ranOut },
      {
        kind: 'ended',
        lineId: 4,
        at: downSince - 5 * minute,
        how: 'signed-off',
        contact: sampleContact({ id: 4, seenAt: downSince - 9 * minute }),
      },
      loaded(downSince),
    ])
    board.apply([{ kind: 'ended', lineId: 2, at: restart, how: 'expired', contact: ranOut }])
    expect([1, 2, 4].map((id) => board.status(id).sign)).toEqual(['registered', 'no-data', 'unregistered'])
    expect(board.status(2).cause).toMatchObject({
      code: 'server-outage',
      evidence: { outageFrom: new Date(downSince).toISOString(), outageTo: new Date(restart).toISOString() },
    })
    expect(history.map((one) => [one.lineId, one.kind, one.at])).toEqual([[2, 'no-data', downSince]])
    told()
    pass(11 * minute - 1000)
    expect(board.status(2).sign).toBe('no-data')
    pass(1000)
    expect(board.status(2)).toMatchObject({ sign: 'unregistered', cause: { code: 'expired' } })
    expect(told()).toContain('line 2')
  })
})

describe('whose attempt it is', () => {
  beforeEach(() => {
    board.putLine(sampleEntry({ id: 1 }))
    board.putLine(sampleEntry({ id: 2 }))
    board.putLine(sampleEntry({ id: 9, accountId: 2, circleId: 2, username: '209' }))
    board.apply([loaded(), bound(1, { ip: office })])
    pass(1000)
  })
  const unknown = (username: string, said: Partial<FailedAttempt> = {}) =>
    failed({ code: 'unknown-user', lineId: 0, username, ip: office, ...said })

  test('a mistyped name from the office is told on the line that was meant, with what it rests on', () => {
    board.apply([unknown('2O2')])
    expect(board.status(2)).toMatchObject({
      sign: 'unregistered',
      state: 'failing',
      cause: {
        code: 'wrong-username',
        count: 1,
        evidence: { sent: '2O2', expected: '202', from: office, certainty: 'inferred', tie: 'slip' },
      },
    })
    expect(board.failures(2)).toEqual([
      {
        at: new Date(clock.now()).toISOString(),
        cause: 'wrong-username',
        from: office,
        userAgent: 'Sample Phone 1.0',
        username: '2O2',
        count: 1,
      },
    ])
    expect(told()).toContain('line 2')
  })

  test('a name that is like none is told on the circle alone, for a day', () => {
    board.apply([unknown('admin'), unknown('admin'), unknown('root')])
    expect(board.unknownNames(1)).toMatchObject([
      { username: 'root', count: 1 },
      { username: 'admin', count: 2, from: office },
    ])
    expect(board.unknownNames(2)).toEqual([])
    expect(codeOf(2)).toBe('never-connected')
    pass(minute)
    clock.advance(24 * 60 * minute)
    board.tick(clock.now())
    expect(board.unknownNames(1)).toEqual([])
  })

  test('a name that is exactly another account’s line is shown to that account alone, though it came from our office', () => {
    board.apply([failed({ lineId: 9, username: '209', ip: office })])
    expect(codeOf(9)).toBe('wrong-password')
    expect(board.unknownNames(1)).toEqual([])
    expect([1, 2].map((id) => board.failures(id))).toEqual([[], []])
  })

  test('when two customers share an address, neither is told of unknown names from it', () => {
    board.apply([bound(9, { ip: office, port: 5099 })])
    board.apply([unknown('2O2')])
    expect(codeOf(2)).toBe('never-connected')
    expect([board.unknownNames(1), board.unknownNames(2)]).toEqual([[], []])
  })

  test('a stranger who forges a phone’s instance cannot explain a line away', () => {
    board.apply([bound(2, { instance: 'urn:uuid:2', ip: office, port: 5062 })])
    board.apply([ended(2, 'signed-off')])
    pass(1000)
    board.apply([unknown('evil', { ip: stranger, instance: 'urn:uuid:2' })])
    expect(codeOf(2)).toBe('signed-off')
    expect(board.failures(2)).toMatchObject([{ from: stranger, username: 'evil' }])
  })

  test('a thousand strangers do not push the office’s own failures from a line', () => {
    board.apply([failed({ lineId: 1, ip: office })])
    for (let at = 0; at < 1000; at++) board.apply([failed({ lineId: 1, ip: `192.0.${at >> 8}.${at & 255}` })])
    expect(board.failures(1)).toHaveLength(20)
    expect(board.failures(1).filter((one) => one.from === office)).toHaveLength(1)
  })

  test('one stranger fills at most 200 groups on all lines together, and they are free again after a day', () => {
    for (let id = 100; id < 500; id++) board.putLine(sampleEntry({ id }))
    const smear = () => {
      board.apply(Array.from({ length: 400 }, (_, at) => failed({ lineId: 100 + at, ip: '2001:db8::1' })))
      return Array.from({ length: 400 }, (_, at) => board.failures(100 + at).length).reduce((sum, count) => sum + count)
    }
    expect(smear()).toBe(200)
    pass(1000)
    clock.advance(24 * 60 * minute)
    pass(1000)
    expect(smear()).toBe(200)
  })

  test('a flood of unknown names from the office keeps a bounded list and searches little', () => {
    for (let at = 0; at < 500; at++) board.apply([unknown(`name-${at}`, { callId: `c${at}` })])
    expect(board.unknownNames(1).length).toBeLessThanOrEqual(10)
    pass(minute)
    board.apply([unknown('2O2', { callId: 'honest' })])
    expect(codeOf(2)).toBe('wrong-username')
  })

  test('neighbours are the other connected lines of the same account at the address', () => {
    board.apply([bound(2, { ip: office }), bound(9, { ip: office }), bound(1, { id: 50, ip: office })])
    board.apply([ended(2, 'expired')])
    expect(board.status(2).cause?.evidence.neighbours).toBe(1)
  })
})

describe('a click on ?', () => {
  beforeEach(() => {
    board.putLine(sampleEntry({ id: 1, type: 'sip-trunk' }))
    board.putLine(sampleEntry({ id: 2, loginServer: kamailio }))
    board.apply([loaded(), bound(1)])
    pass(1000)
    told()
  })

  test('of a trunk here is answered from memory for all viewers, for ten minutes', () => {
    expect(board.status(1).sign).toBe('ask')
    const at = clock.now()
    expect(board.answerFromMemory(1)).toMatchObject({ sign: 'registered', knownAt: at })
    expect(told()).toEqual(['line 1', 'counts'])
    expect(board.counts(1)).toMatchObject({ lines: 2, registered: 1, unknown: 1 })
    pass(10 * minute)
    expect(board.status(1)).toMatchObject({ sign: 'ask', lastKnown: { sign: 'registered', at } })
    expect(told()).toEqual(['line 1', 'counts'])
  })

  test('while the SIP role is lost has no answer, and none stands', () => {
    board.sipLost(clock.now())
    expect(board.answerFromMemory(1).sign).toBe('no-data')
    expect(board.status(1).sign).toBe('ask')
  })

  test('of a line elsewhere waits for that server', () => {
    expect(board.answerFromMemory(2).sign).toBe('ask')
    board.remoteAnswered(2, false, clock.now())
    expect(board.status(2)).toMatchObject({ sign: 'unregistered', cause: null })
  })
})

test('each start of the program has an epoch of its own', () => {
  const first = board.epoch
  start()
  expect(board.epoch).not.toBe(first)
})

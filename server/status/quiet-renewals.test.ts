/** Noting a renewal and taking it over later shows what applying each as a fact does. */
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { sampleContact, sampleEntry } from '../../test/support/line-samples.ts'
import { systemRandom } from '../runtime/random.ts'
import { packFacts, unpackFacts } from './fact-codec.ts'
import type { Fact } from './facts.ts'
import type { HistoryStore } from './history-store.ts'
import { StatusRecorder } from './recorder.ts'

const minute = 60_000

/** Two boards that are told the same: one notes what it can, the other applies all. */
function twoBoards() {
  const clock = new FakeClock()
  const open = () => {
    const board = new StatusRecorder({ clock, timers: clock, random: systemRandom })
    board.apply([{ kind: 'loaded', at: clock.now(), downSince: 0 }])
    return board
  }
  const noting = open()
  const applying = open()
  let noted = 0
  return {
    clock,
    noting,
    applying,
    noted: () => noted,
    tell(...facts: Fact[]) {
      const rest = unpackFacts(packFacts(facts), noting)
      noted += facts.length - rest.length
      noting.apply(rest)
      applying.apply(facts)
    },
    pass(ms: number) {
      for (const until = clock.now() + ms; clock.now() < until; ) {
        clock.advance(Math.min(1000, until - clock.now()))
        noting.tick(clock.now())
        applying.tick(clock.now())
      }
    },
  }
}

const bound = (lineId: number, at: number, id = lineId): Fact => ({
  kind: 'bound',
  lineId,
  at,
  contact: sampleContact({ id, boundAt: at, seenAt: at, granted: 600, expiresAt: at + 600_000 }),
})
const renewed = (lineId: number, seenAt: number, granted = 600): Fact => ({ kind: 'renewed', lineId, contactId: lineId, seenAt, granted })

describe('a phone that renews', () => {
  it('is shown with its newest time, whenever somebody looks', () => {
    const { clock, noting, applying, tell, pass, noted } = twoBoards()
    for (const board of [noting, applying]) board.putLine(sampleEntry({ id: 1 }))
    tell(bound(1, clock.now()))
    for (let round = 0; round < 20; round++) {
      pass(minute)
      tell(renewed(1, clock.now()))
      if (round % 7 === 0) expect(noting.contacts(1)).toEqual(applying.contacts(1))
    }
    expect(noted()).toBeGreaterThan(10)
    expect(noting.contacts(1)).toEqual(applying.contacts(1))
    expect(noting.status(1)).toEqual(applying.status(1))
    expect(noting.status(1).knownAt).toBe(clock.now())
  })

  it('is late as soon as it would have been', () => {
    const { clock, noting, applying, tell, pass, noted } = twoBoards()
    for (const board of [noting, applying]) board.putLine(sampleEntry({ id: 1 }))
    tell(bound(1, clock.now()))
    for (let round = 0; round < 12; round++) {
      pass(minute)
      tell(renewed(1, clock.now()))
    }
    expect(noted()).toBeGreaterThan(5)
    pass(minute)
    expect([noting.status(1).state, applying.status(1).state]).toEqual(['registered', 'registered'])
    pass(15_000)
    expect([noting.status(1).state, applying.status(1).state]).toEqual(['late', 'late'])
    tell(renewed(1, clock.now()))
    expect(noting.status(1)).toEqual(applying.status(1))
    expect(noting.status(1).state).toBe('registered')
  })

  it('at uneven times is late as soon as it would have been', () => {
    const { clock, noting, applying, tell, pass, noted } = twoBoards()
    for (const board of [noting, applying]) board.putLine(sampleEntry({ id: 1 }))
    tell(bound(1, clock.now()))
    for (const ms of [50, 60, 40, 58, 42, 66, 30, 64, 50, 90, 31, 66, 80, 40, 90].map((seconds) => seconds * 1000)) {
      pass(ms)
      tell(renewed(1, clock.now()))
    }
    expect(noted()).toBeGreaterThan(9)
    for (let waited = 0; waited < 130; waited += 5) {
      pass(5000)
      expect(noting.status(1).state).toBe(applying.status(1).state)
    }
    expect(applying.status(1).state).toBe('late')
    expect(noting.contacts(1)).toEqual(applying.contacts(1))
  })

  it('is told to be late and expired each time, also after it was late before', () => {
    const clock = new FakeClock()
    const begun = clock.now()
    const told: string[] = []
    const history: HistoryStore = {
      append: (items) => void told.push(...items.map(({ at, kind }) => `${(at - begun) / 1000} ${kind}`)),
      between: () => [],
      stateBefore: () => null,
      close() {},
    }
    const board = new StatusRecorder({ clock, timers: clock, random: systemRandom, history })
    board.apply([{ kind: 'loaded', at: begun, downSince: 0 }])
    board.putLine(sampleEntry({ id: 1 }))
    const pass = (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1000)
        board.tick(clock.now())
      }
    }
    const renews = () => board.apply(unpackFacts(packFacts([renewed(1, clock.now())]), board))
    board.apply([bound(1, begun)])
    for (let round = 0; round < 6; round++) {
      pass(300)
      renews()
    }
    pass(400)
    for (let round = 0; round < 5; round++) {
      renews()
      pass(300)
    }
    pass(700)
    expect(told.slice(1)).toEqual(['2160 late', '2200 registered', '3760 late', '4000 expired'])
  })

  it('behind a fact of its own line is applied in its turn', () => {
    const { clock, noting, applying, tell, pass } = twoBoards()
    for (const board of [noting, applying]) board.putLine(sampleEntry({ id: 1 }))
    tell(bound(1, clock.now()))
    pass(minute)
    tell({ kind: 'probed', lineId: 1, contactId: 1, at: clock.now(), rttMs: null }, renewed(1, clock.now() + 1))
    expect(noting.status(1)).toEqual(applying.status(1))
    expect(noting.status(1).state).toBe('registered')
  })

  it('at once tells of another time that was granted, and of a second phone of the line', () => {
    const { clock, noting, applying, tell, pass, noted } = twoBoards()
    for (const board of [noting, applying]) board.putLine(sampleEntry({ id: 1 }))
    tell(bound(1, clock.now()))
    pass(1000)
    tell(renewed(1, clock.now()))
    const before = noted()
    expect(before).toBe(1)
    pass(1000)
    tell(renewed(1, clock.now(), 120))
    expect(noted()).toBe(before)
    expect(noting.contacts(1)).toEqual(applying.contacts(1))
    tell(bound(1, clock.now(), 99))
    pass(1000)
    tell(renewed(1, clock.now(), 120))
    expect(noted()).toBe(before)
    expect(noting.contacts(1)).toEqual(applying.contacts(1))
  })
})

test('whatever happens between renewals of even phones, both show the same', () => {
  const lines = [1, 2, 5000]
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ what: fc.constant('rounds' as const), count: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('silence' as const), line: fc.constantFrom(...lines), ms: fc.nat(900_000) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('end' as const), line: fc.constantFrom(...lines) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('lost' as const) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('put' as const), line: fc.constantFrom(...lines) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('look' as const), line: fc.constantFrom(...lines) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const { clock, noting, applying, tell, pass } = twoBoards()
      const both = [noting, applying]
      const live = new Map<number, number>()
      let ids = 0
      const bind = (line: number) => {
        live.set(line, ++ids)
        tell(bound(line, clock.now(), ids))
      }
      const same = () => {
        for (const line of lines) {
          expect(noting.status(line)).toEqual(applying.status(line))
          expect(noting.contacts(line)).toEqual(applying.contacts(line))
        }
      }
      for (const line of lines) for (const board of both) board.putLine(sampleEntry({ id: line, number: `${line}` }))
      for (const one of steps) {
        switch (one.what) {
          case 'rounds':
            for (let round = 0; round < one.count; round++) {
              pass(minute)
              for (const line of lines) {
                const id = live.get(line)
                if (id === undefined) bind(line)
                else tell({ kind: 'renewed', lineId: line, contactId: id, seenAt: clock.now(), granted: 600 })
              }
            }
            break
          case 'silence':
            pass(one.ms)
            break
          case 'end': {
            const contact = applying.contacts(one.line)[0]
            if (contact !== undefined) tell({ kind: 'ended', lineId: one.line, at: clock.now(), how: 'signed-off', contact })
            live.delete(one.line)
            break
          }
          case 'lost':
            for (const board of both) board.sipLost(clock.now())
            live.clear()
            tell({ kind: 'loaded', at: clock.now(), downSince: clock.now() - 1000 })
            break
          case 'put':
            for (const board of both) board.putLine(sampleEntry({ id: one.line, number: `${one.line}`, username: 'anew' }))
            break
          case 'look':
            expect(noting.status(one.line)).toEqual(applying.status(one.line))
            break
        }
        if (one.what !== 'rounds') same()
      }
      same()
    }),
    { numRuns: 150 },
  )
})

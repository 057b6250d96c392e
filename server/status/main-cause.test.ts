import { describe, expect, test } from 'vitest'
import { monday, sampleAttempt, sampleContact, sampleEntry, sampleWorld } from '../../test/support/line-samples.ts'
import type { LineEntry } from '../directory/directory.ts'
import { bind, end, fail, type LineFacts, newLineFacts } from './line-facts.ts'
import { lineStatus } from './line-state.ts'

const minute = 60_000
const now = monday + 60 * minute
const text = (at: number) => new Date(at).toISOString()

/** Comes and goes `times` times, a minute each, the last end at `lastAt`. */
function flap(facts: LineFacts, times: number, lastAt: number, how: 'expired' | 'connection-lost' = 'connection-lost'): void {
  for (let left = times - 1; left >= 0; left--) {
    const at = lastAt - left * 2 * minute
    const contact = sampleContact({ id: 1000 - left, seenAt: at - minute })
    bind(facts, contact, 0)
    end(facts, at, how, contact)
  }
}

/** From the first that holds to the last: each makes its own cause true and leaves the others alone. */
const ladder: readonly [code: string, make: (facts: LineFacts) => Partial<LineEntry> & { outage?: true }][] = [
  ['server-outage', () => ({ outage: true })],
  ['cancelled', () => ({ cancelOn: '2026-01-05' })],
  ['disabled', () => ({ disabledAt: now - minute, disabledBy: '田中' })],
  [
    'wrong-password',
    (facts) => {
      fail(facts, sampleAttempt({ at: now - 1000 }), 'wrong-password', null, true)
      return {}
    },
  ],
  [
    'unstable',
    (facts) => {
      flap(facts, 6, now - 5000)
      return {}
    },
  ],
  [
    'signed-off',
    (facts) => {
      bind(facts, sampleContact({ seenAt: now - 10_000 }), 0)
      end(facts, now - 4000, 'signed-off', sampleContact({ seenAt: now - 10_000 }))
      return {}
    },
  ],
  ['never-connected', () => ({})],
]

describe('of two causes the earlier of the list is the main one', () => {
  for (const [first, [code, make]] of ladder.entries()) {
    for (const [other, makeOther] of ladder.slice(first)) {
      test(`${code} before ${other}`, () => {
        const facts = newLineFacts()
        const { outage: otherOutage, ...otherSaid } = makeOther(facts)
        const { outage = otherOutage, ...said } = code === other ? { ...otherSaid, outage: otherOutage } : make(facts)
        const world = outage ? sampleWorld({ now, sip: 'lost', outages: [{ from: now - minute, to: null }] }) : sampleWorld({ now })
        expect(lineStatus(sampleEntry({ ...otherSaid, ...said }), facts, world).cause?.code).toBe(code)
      })
    }
  }

  test('while a binding lives none of them is shown but doubts', () => {
    const facts = newLineFacts()
    fail(facts, sampleAttempt({ at: now - 1000, callId: 'of another phone' }), 'wrong-password', null, true)
    bind(facts, sampleContact({ seenAt: now - minute }), 0)
    expect(lineStatus(sampleEntry({ disabledAt: now - 5 }), facts, sampleWorld({ now }))).toMatchObject({ sign: 'registered', cause: null })
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now, sip: 'lost', outages: [{ from: now, to: null }] })).cause?.code).toBe(
      'server-outage',
    )
  })
})

describe('failed attempts', () => {
  const status = (facts: LineFacts, at = now) => lineStatus(sampleEntry(), facts, sampleWorld({ now: at }))

  test('the newest gives the cause; what went before stays in its own count', () => {
    const facts = newLineFacts()
    for (const at of [now - 5000, now - 4000]) fail(facts, sampleAttempt({ at }), 'wrong-password', null, true)
    fail(facts, sampleAttempt({ at: now - 3000, username: '2O1', code: 'wrong-username' }), 'wrong-username', null, true)
    expect(status(facts)).toMatchObject({ state: 'failing', since: now - 5000, cause: { code: 'wrong-username', count: 1 } })
    fail(facts, sampleAttempt({ at: now - 2000 }), 'wrong-password', null, true)
    expect(status(facts).cause).toMatchObject({
      code: 'wrong-password',
      count: 3,
      lastAt: text(now - 2000),
      evidence: { firstAt: text(now - 5000) },
    })
  })

  test('are forgotten after a day', () => {
    const facts = newLineFacts()
    fail(facts, sampleAttempt({ at: now }), 'wrong-password', null, true)
    expect(status(facts, now + 24 * 60 * minute - 1).cause?.code).toBe('wrong-password')
    expect(status(facts, now + 24 * 60 * minute).cause?.code).toBe('never-connected')
  })

  test('count only since the last binding ended', () => {
    const facts = newLineFacts()
    const contact = sampleContact({ seenAt: now - 5 * minute })
    fail(facts, sampleAttempt({ at: now - 9 * minute }), 'wrong-password', null, true)
    bind(facts, contact, 0)
    end(facts, now - 2 * minute, 'signed-off', contact)
    expect(status(facts).cause?.code).toBe('signed-off')
    fail(facts, sampleAttempt({ at: now - minute }), 'wrong-password', null, true)
    expect(status(facts)).toMatchObject({
      since: now - minute,
      cause: { code: 'wrong-password', count: 1, evidence: { firstAt: text(now - minute) } },
    })
  })

  test('of strangers do not explain a line that was ever bound, but one that never was', () => {
    const stranger = sampleAttempt({ at: now - 1000, ip: '198.51.100.7' })
    const fresh = newLineFacts()
    fail(fresh, stranger, 'wrong-password', null, false)
    expect(status(fresh).cause?.code).toBe('wrong-password')
    const known = newLineFacts()
    bind(known, sampleContact({ seenAt: now - 9 * minute }), 0)
    end(known, now - 5 * minute, 'connection-lost', sampleContact({ seenAt: now - 9 * minute }))
    fail(known, stranger, 'wrong-password', null, false)
    expect(status(known).cause?.code).toBe('connection-lost')
  })

  test.each(['too-many-contacts', 'disabled'] as const)('%s is never the main cause', (code) => {
    const facts = newLineFacts()
    fail(facts, sampleAttempt({ at: now - 1000, code }), code, null, true)
    expect(status(facts).cause?.code).toBe('never-connected')
  })
})

describe('the evidence has what the words need', () => {
  const causeOf = (facts: LineFacts, said: Partial<LineEntry> = {}, neighbours = 0) =>
    lineStatus(sampleEntry(said), facts, sampleWorld({ now, neighbours: () => neighbours })).cause

  test('wrong-username', () => {
    const facts = newLineFacts()
    for (const at of [now - 9000, now - 1000]) fail(facts, sampleAttempt({ at, username: '2O1' }), 'wrong-username', 'slip', true)
    expect(causeOf(facts)).toEqual({
      code: 'wrong-username',
      count: 2,
      lastAt: text(now - 1000),
      evidence: {
        sent: '2O1',
        expected: '201',
        from: '203.0.113.10',
        userAgent: 'Sample Phone 1.0',
        transport: 'udp',
        firstAt: text(now - 9000),
        certainty: 'inferred',
        tie: 'slip',
      },
    })
  })

  test('wrong-password', () => {
    const facts = newLineFacts()
    fail(facts, sampleAttempt({ at: now - 1000 }), 'wrong-password', null, true)
    expect(causeOf(facts)).toEqual({
      code: 'wrong-password',
      count: 1,
      lastAt: text(now - 1000),
      evidence: { from: '203.0.113.10', userAgent: 'Sample Phone 1.0', transport: 'udp', firstAt: text(now - 1000), certainty: 'known' },
    })
  })

  test('wrong-domain', () => {
    const facts = newLineFacts()
    fail(facts, sampleAttempt({ at: now - 1000, toDomain: 'sip.exmaple.jp' }), 'wrong-domain', null, true)
    expect(causeOf(facts)).toMatchObject({
      code: 'wrong-domain',
      evidence: { sent: 'sip.exmaple.jp', expected: 'sip.example.jp', certainty: 'known' },
    })
  })

  test('expired: when it was last heard, its own period, who else is connected there', () => {
    const facts = newLineFacts()
    const first = now - 25 * minute
    bind(facts, sampleContact({ seenAt: first }), 0)
    for (const after of [5, 10]) bind(facts, sampleContact({ seenAt: first + after * minute, boundAt: first }), 0)
    end(facts, now - 5 * minute, 'expired', sampleContact({ seenAt: first + 10 * minute }))
    expect(causeOf(facts, {}, 4)).toEqual({
      code: 'expired',
      count: 1,
      lastAt: text(first + 10 * minute),
      evidence: { from: '203.0.113.10', userAgent: 'Sample Phone 1.0', transport: 'udp', neighbours: 4, period: 300, certainty: 'known' },
    })
  })

  test('a period that was never learned is not made up', () => {
    const facts = newLineFacts()
    bind(facts, sampleContact({ seenAt: now - 20 * minute }), 0)
    end(facts, now - 10 * minute, 'expired', sampleContact({ seenAt: now - 20 * minute }))
    expect(causeOf(facts)?.evidence).not.toHaveProperty('period')
  })

  test('signed-off, disabled and never-connected', () => {
    const facts = newLineFacts()
    bind(facts, sampleContact({ seenAt: now - 3000 }), 0)
    end(facts, now - 2000, 'signed-off', sampleContact())
    expect(causeOf(facts)).toMatchObject({ lastAt: text(now - 2000), evidence: { from: '203.0.113.10', userAgent: 'Sample Phone 1.0' } })
    expect(causeOf(facts, { disabledAt: now - 9, disabledBy: '田中' })).toMatchObject({
      code: 'disabled',
      lastAt: text(now - 9),
      evidence: { by: '田中' },
    })
    expect(causeOf(newLineFacts())).toMatchObject({ count: 0, lastAt: null, evidence: { firstAt: text(monday - 86_400_000) } })
  })
})

describe('unstable', () => {
  const status = (facts: LineFacts, at: number) => lineStatus(sampleEntry(), facts, sampleWorld({ now: at }))

  test.each(['connection-lost', 'expired'] as const)('six ends within the hour, whatever the end (%s), are it; five are not', (how) => {
    const five = newLineFacts()
    flap(five, 5, now, how)
    expect(status(five, now).cause?.code).toBe(how)
    const six = newLineFacts()
    flap(six, 6, now, how)
    expect(status(six, now).cause).toMatchObject({ code: 'unstable', count: 6, lastAt: text(now), evidence: { period: 120 } })
  })

  test('a registered line that comes and goes is registered, with the doubt', () => {
    const facts = newLineFacts()
    flap(facts, 6, now)
    bind(facts, sampleContact({ id: 5000, seenAt: now + 1000 }), 0)
    expect(status(facts, now + 2000)).toMatchObject({ sign: 'registered', state: 'unstable', cause: { code: 'unstable' } })
  })

  test('is over after half an hour without an end, and then counts anew', () => {
    const facts = newLineFacts()
    flap(facts, 6, now)
    expect(status(facts, now + 30 * minute - 1).cause?.code).toBe('unstable')
    expect(status(facts, now + 30 * minute).cause?.code).toBe('connection-lost')
    flap(facts, 1, now + 31 * minute)
    expect(status(facts, now + 31 * minute).cause?.code).toBe('connection-lost')
  })

  test('goes on while ends come at least every half hour', () => {
    const facts = newLineFacts()
    flap(facts, 6, now)
    flap(facts, 1, now + 29 * minute)
    flap(facts, 1, now + 58 * minute)
    expect(status(facts, now + 80 * minute).cause?.code).toBe('unstable')
  })

  test('a phone that takes its own place, over and over, never left', () => {
    const facts = newLineFacts()
    for (let turn = 0; turn < 10; turn++) {
      const contact = sampleContact({ id: turn, seenAt: now + turn * minute })
      if (turn > 0) end(facts, now + turn * minute, 'replaced', sampleContact({ id: turn - 1 }))
      bind(facts, contact, 0)
    }
    expect(status(facts, now + 10 * minute)).toMatchObject({ state: 'registered', cause: null })
  })
})

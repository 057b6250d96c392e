import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  kamailio,
  mainServer,
  monday,
  pushing,
  sampleAttempt,
  sampleContact,
  sampleEntry,
  sampleWorld,
} from '../../test/support/line-samples.ts'
import type { LoginServer } from '../directory/line.ts'
import { type LineType, lineTypes } from '../directory/line-type.ts'
import { bind, end, fail, type LineFacts, newLineFacts, renew } from './line-facts.ts'
import { lineStatus, nextChangeAt, type SignRule, signRule } from './line-state.ts'

const minute = 60_000
const plainTypes: readonly LineType[] = ['sip-phone', 'smartphone', 'softphone', 'video-phone', 'sip-phone-campaign']
const silentTypes: readonly LineType[] = ['forward', 'outbound-forward', 'from-call', 'conference', 'ivr', 'mobile', 'other']

function boundFacts(seenAt = monday): LineFacts {
  const facts = newLineFacts()
  bind(facts, sampleContact({ seenAt }), 0)
  return facts
}

describe('which sign a line gets', () => {
  const servers: readonly [string, LoginServer][] = [
    ['here', mainServer],
    ['elsewhere', kamailio],
    ['on a server that pushes', pushing],
  ]
  const rules: Readonly<Record<string, readonly [readonly LineType[], 'password' | 'ip', readonly [SignRule, SignRule, SignRule]]>> = {
    'types that phones sign in to': [plainTypes, 'password', ['live', 'ask', 'pushed']],
    'the same, whatever their auth says': [plainTypes, 'ip', ['live', 'ask', 'pushed']],
    'sip-trunk': [['sip-trunk'], 'password', ['ask', 'ask', 'pushed']],
    'sip-trunk-2': [['sip-trunk-2'], 'password', ['live', 'asked', 'pushed']],
    'trunks known by their address': [['sip-trunk', 'sip-trunk-2'], 'ip', ['not-needed', 'not-needed', 'not-needed']],
    'types without registration': [silentTypes, 'password', ['not-needed', 'not-needed', 'not-needed']],
  }
  for (const [what, [types, auth, expected]] of Object.entries(rules)) {
    for (const type of types) {
      test.each(servers.map(([where, server], at) => [where, server, expected[at]] as const))(
        `${what}: ${type} %s`,
        (_where, loginServer, rule) => {
          expect(signRule(sampleEntry({ type, auth, loginServer }))).toBe(rule)
        },
      )
    }
  }

  test('every type is in the table', () => {
    expect(new Set([...plainTypes, ...silentTypes, 'sip-trunk', 'sip-trunk-2'])).toEqual(new Set(lineTypes))
  })

  test('a trunk whose server, even ours, is set to push is live', () => {
    expect(signRule(sampleEntry({ type: 'sip-trunk', loginServer: { ...mainServer, pushes: true } }))).toBe('live')
  })

  test('a binding here says nothing of a line that needs none, or that signs in elsewhere', () => {
    expect(lineStatus(sampleEntry({ type: 'ivr' }), boundFacts(), sampleWorld()).sign).toBe('not-needed')
    expect(lineStatus(sampleEntry({ loginServer: kamailio }), boundFacts(), sampleWorld()).sign).toBe('ask')
  })
})

describe('a line that signs in here', () => {
  test('with a binding it is registered, known since the phone was last heard', () => {
    const facts = boundFacts()
    renew(facts, 1, monday + 5 * minute, 600, 0)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + 6 * minute }))).toEqual({
      sign: 'registered',
      state: 'registered',
      since: monday,
      knownAt: monday + 5 * minute,
      cause: null,
    })
  })

  test('without one it is not, and that is known now', () => {
    const status = lineStatus(sampleEntry(), newLineFacts(), sampleWorld({ now: monday + 7 }))
    expect(status).toMatchObject({
      sign: 'unregistered',
      state: 'never',
      since: monday - 86_400_000,
      knownAt: monday + 7,
      cause: { code: 'never-connected' },
    })
  })

  test.each([
    ['signed-off', 'left', 'signed-off'],
    ['signed-off-by-portal', 'left', 'signed-off-by-portal'],
    ['line-closed', 'left', 'signed-off-by-portal'],
    ['connection-lost', 'left', 'connection-lost'],
    ['expired', 'expired', 'expired'],
  ] as const)('after %s it is %s because of %s', (how, state, code) => {
    const facts = boundFacts()
    end(facts, monday + 10 * minute, how, sampleContact())
    const status = lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + 11 * minute }))
    expect(status).toMatchObject({ sign: 'unregistered', state, since: monday + 10 * minute, cause: { code } })
  })

  test('it stays registered while another of its phones is', () => {
    const facts = boundFacts()
    bind(facts, sampleContact({ id: 2, seenAt: monday + minute }), 0)
    end(facts, monday + 2 * minute, 'signed-off', sampleContact())
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + 3 * minute }))).toMatchObject({
      sign: 'registered',
      since: monday,
      cause: null,
    })
  })

  test('a binding whose time ran out is over even if nobody says so', () => {
    const at = (now: number) => lineStatus(sampleEntry(), boundFacts(), sampleWorld({ now })).sign
    expect(at(monday + 600_000 + 9_999)).toBe('registered')
    expect(at(monday + 600_000 + 10_000)).toBe('unregistered')
    expect(lineStatus(sampleEntry(), boundFacts(), sampleWorld({ now: monday + 700_000 }))).toMatchObject({
      state: 'expired',
      since: monday + 600_000,
      cause: { code: 'expired' },
    })
  })

  test('it is late after 1.2 of its own periods, not of the granted time', () => {
    const facts = boundFacts()
    renew(facts, 1, monday + 100_000, 600, 0)
    renew(facts, 1, monday + 200_000, 600, 0)
    const at = (now: number) => lineStatus(sampleEntry(), facts, sampleWorld({ now }))
    expect(at(monday + 319_999).state).toBe('registered')
    expect(at(monday + 320_000)).toMatchObject({ sign: 'registered', state: 'late', since: monday + 320_000, cause: null })
    renew(facts, 1, monday + 330_000, 600, 0)
    expect(at(monday + 330_000).state).toBe('registered')
  })

  test('a phone that registers twice as it starts has not shown its period yet', () => {
    const facts = boundFacts()
    renew(facts, 1, monday + 1000, 600, 0)
    renew(facts, 1, monday + 301_000, 600, 0)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + 890_000 })).state).toBe('registered')
  })

  test('it is late only when all its phones are', () => {
    const facts = boundFacts()
    for (const at of [100_000, 200_000]) renew(facts, 1, monday + at, 600, 0)
    bind(facts, sampleContact({ id: 2, seenAt: monday + 250_000 }), 0)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + 400_000 })).state).toBe('registered')
  })

  test('its own renewals being refused is a doubt, another phone failing is none', () => {
    const facts = boundFacts()
    fail(facts, sampleAttempt({ at: monday + minute, callId: 'another', port: 9999 }), 'wrong-password', null, true)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + minute })).cause).toBeNull()
    fail(facts, sampleAttempt({ at: monday + 2 * minute, callId: 'call-1' }), 'wrong-password', null, true)
    const world = sampleWorld({ now: monday + 2 * minute })
    expect(lineStatus(sampleEntry(), facts, world)).toMatchObject({
      sign: 'registered',
      cause: { code: 'wrong-password', lastAt: new Date(monday + 2 * minute).toISOString() },
    })
    renew(facts, 1, monday + 3 * minute, 600, 0)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + 3 * minute })).cause).toBeNull()
  })

  test('an attempt tied to it by a guess is never a doubt about its own phone', () => {
    const facts = boundFacts()
    fail(facts, sampleAttempt({ at: monday + minute, port: 5060, username: '2O2' }), 'wrong-username', 'address', true)
    expect(lineStatus(sampleEntry(), facts, sampleWorld({ now: monday + minute })).cause).toBeNull()
  })
})

describe('what we do not know', () => {
  test('while we start, nothing but a binding that was told', () => {
    const world = sampleWorld({ sip: 'starting' })
    expect(lineStatus(sampleEntry(), newLineFacts(), world)).toMatchObject({
      sign: 'no-data',
      state: 'no-data',
      since: null,
      knownAt: null,
    })
    expect(lineStatus(sampleEntry(), boundFacts(), world).sign).toBe('registered')
  })

  test('while the SIP role is lost every live line has no data, and what was last known is said', () => {
    const world = sampleWorld({ now: monday + 3 * minute, sip: 'lost', run: 1, outages: [{ from: monday + 2 * minute, to: null }] })
    const outageFrom = new Date(monday + 2 * minute).toISOString()
    expect(lineStatus(sampleEntry(), newLineFacts(), world)).toMatchObject({
      sign: 'no-data',
      state: 'no-data',
      since: monday + 2 * minute,
      knownAt: monday + 2 * minute,
      cause: { code: 'server-outage', evidence: { outageFrom } },
      lastKnown: { sign: 'unregistered', state: 'never', at: monday + 2 * minute },
    })
    expect(lineStatus(sampleEntry({ disabledAt: monday }), newLineFacts(), world).sign).toBe('no-data')
    expect(lineStatus(sampleEntry({ type: 'forward' }), newLineFacts(), world).sign).toBe('not-needed')
    expect(lineStatus(sampleEntry({ loginServer: kamailio }), newLineFacts(), world).sign).toBe('ask')
  })

  describe('a binding that ran out while we were down', () => {
    const outages = [{ from: monday + 5 * minute, to: monday + 15 * minute }]
    const facts = boundFacts()
    end(facts, monday + 15 * minute, 'expired', sampleContact())
    const at = (now: number) => lineStatus(sampleEntry(), facts, sampleWorld({ now, outages }))

    test('is no ✕ for one granted period and a minute', () => {
      expect(at(monday + 15 * minute)).toMatchObject({
        sign: 'no-data',
        cause: {
          code: 'server-outage',
          evidence: { outageFrom: new Date(monday + 5 * minute).toISOString(), outageTo: new Date(monday + 15 * minute).toISOString() },
        },
        lastKnown: { sign: 'registered', at: monday + 5 * minute },
      })
      expect(at(monday + 26 * minute - 1).sign).toBe('no-data')
    })

    test('is ✕ thereafter, since its time ran out', () => {
      expect(at(monday + 26 * minute)).toMatchObject({ sign: 'unregistered', state: 'expired', since: monday + 10 * minute })
    })

    test('is the same before the registrar has come to end it', () => {
      expect(lineStatus(sampleEntry(), boundFacts(), sampleWorld({ now: monday + 15 * minute, outages })).sign).toBe('no-data')
    })

    test('is no ✕ either when only an earlier run of ours knew of that outage, and a second one came since', () => {
      const later = boundFacts()
      end(later, monday + 15 * minute, 'expired', sampleContact())
      const second = [{ from: monday + 18 * minute, to: monday + 19 * minute }]
      const shown = (now: number) => lineStatus(sampleEntry(), later, sampleWorld({ now, outages: second })).sign
      expect(shown(monday + 20 * minute)).toBe('no-data')
      expect(shown(monday + 26 * minute)).toBe('unregistered')
      expect(nextChangeAt(later, sampleWorld({ now: monday + 20 * minute, outages: second }))).toBe(monday + 26 * minute)
    })

    test.each([
      ['ended before', monday - 20 * minute, 'expired'],
      ['signed off', monday, 'signed-off'],
    ] as const)('but not one that %s', (_what, seenAt, how) => {
      const other = boundFacts(seenAt)
      end(other, seenAt + 6 * minute, how, sampleContact({ seenAt }))
      expect(lineStatus(sampleEntry(), other, sampleWorld({ now: monday + 15 * minute, outages })).sign).toBe('unregistered')
    })
  })
})

describe('lines that are asked for', () => {
  const trunk = sampleEntry({ type: 'sip-trunk' })
  const away = sampleEntry({ loginServer: kamailio })
  const polled = sampleEntry({ type: 'sip-trunk-2', loginServer: kamailio })

  test('nobody asked yet', () => {
    for (const entry of [trunk, away]) {
      expect(lineStatus(entry, boundFacts(), sampleWorld())).toEqual({
        sign: 'ask',
        state: 'not-asked',
        since: null,
        knownAt: null,
        cause: null,
      })
    }
    expect(lineStatus(polled, newLineFacts(), sampleWorld()).sign).toBe('no-data')
    expect(lineStatus(sampleEntry({ loginServer: pushing }), newLineFacts(), sampleWorld()).sign).toBe('no-data')
  })

  test('an answer stands for ten minutes with its time, then it is grey', () => {
    const facts = { ...newLineFacts(), answer: { at: monday, registered: true } }
    const at = (now: number) => lineStatus(away, facts, sampleWorld({ now }))
    expect(at(monday + 10 * minute - 1)).toMatchObject({ sign: 'registered', knownAt: monday })
    expect(at(monday + 10 * minute)).toMatchObject({
      sign: 'ask',
      state: 'not-asked',
      knownAt: monday,
      lastKnown: { sign: 'registered', at: monday },
    })
  })

  test('a no from elsewhere has no cause of ours, but for a line that we closed', () => {
    const facts = { ...newLineFacts(), answer: { at: monday, registered: false } }
    expect(lineStatus(away, facts, sampleWorld())).toMatchObject({ sign: 'unregistered', state: 'left', cause: null })
    expect(lineStatus({ ...away, disabledAt: monday - 1 }, facts, sampleWorld())).toMatchObject({
      state: 'disabled',
      cause: { code: 'disabled' },
    })
  })

  test('what we ask every minute is unknown after three rounds of silence', () => {
    const facts = { ...newLineFacts(), answer: { at: monday, registered: true } }
    expect(lineStatus(polled, facts, sampleWorld({ now: monday + 3 * minute - 1 })).sign).toBe('registered')
    expect(lineStatus(polled, facts, sampleWorld({ now: monday + 3 * minute }))).toMatchObject({
      sign: 'no-data',
      lastKnown: { sign: 'registered' },
    })
    expect(lineStatus(sampleEntry({ loginServer: pushing }), facts, sampleWorld({ now: monday + 300 * minute })).sign).toBe('registered')
  })

  test('while an answer from memory stands the sign follows the phone', () => {
    const facts = { ...boundFacts(), answer: { at: monday + minute, registered: true } }
    expect(lineStatus(trunk, facts, sampleWorld({ now: monday + 2 * minute }))).toMatchObject({
      sign: 'registered',
      knownAt: monday + minute,
    })
    end(facts, monday + 3 * minute, 'signed-off', sampleContact())
    expect(lineStatus(trunk, facts, sampleWorld({ now: monday + 4 * minute }))).toMatchObject({
      sign: 'unregistered',
      knownAt: monday + 3 * minute,
    })
    expect(lineStatus(trunk, facts, sampleWorld({ now: monday + 11 * minute })).sign).toBe('ask')
  })
})

test('until the next change that is foreseen, time alone changes nothing', () => {
  const step = fc.record({
    what: fc.constantFrom('bind', 'renew', 'end', 'fail', 'answer'),
    id: fc.integer({ min: 1, max: 2 }),
    after: fc.integer({ min: 0, max: 20 * minute }),
    granted: fc.constantFrom(60, 600, 3600),
    how: fc.constantFrom('expired', 'signed-off', 'connection-lost', 'replaced'),
    home: fc.boolean(),
  })
  const outage = fc.record({ from: fc.integer({ min: -60, max: 60 }), length: fc.integer({ min: 0, max: 30 }) })
  const entries = fc.constantFrom(
    sampleEntry(),
    sampleEntry({ type: 'sip-trunk' }),
    sampleEntry({ loginServer: kamailio }),
    sampleEntry({ type: 'sip-trunk-2', loginServer: kamailio }),
  )
  fc.assert(
    fc.property(
      entries,
      fc.array(step, { maxLength: 25 }),
      fc.option(outage),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
      (entry, steps, down, fractions) => {
        const facts = newLineFacts()
        let now = monday
        for (const { what, id, after, granted, how, home } of steps) {
          now += after
          const contact = sampleContact({ id, seenAt: now, granted })
          if (what === 'bind') bind(facts, contact, 0)
          else if (what === 'renew') renew(facts, id, now, granted, 0)
          else if (what === 'end') end(facts, now, how, facts.contacts.find((one) => one.fact.id === id)?.fact ?? contact)
          else if (what === 'fail') fail(facts, sampleAttempt({ at: now, callId: `call-${id}` }), 'wrong-password', null, home)
          else facts.answer = { at: now, registered: home }
        }
        const outages =
          down === null ? [] : [{ from: now + down.from * minute, to: Math.min(now, now + (down.from + down.length) * minute) }]
        const told = (at: number) => {
          const { sign, state, since, cause } = lineStatus(entry, facts, sampleWorld({ now: at, outages }))
          return { sign, state, since, code: cause?.code }
        }
        const next = nextChangeAt(facts, sampleWorld({ now, outages }))
        const end2 = next === Number.POSITIVE_INFINITY ? now + 40 * 24 * 60 * minute : next
        for (const fraction of [...fractions, 1]) {
          const at = Math.min(end2 - 1, Math.floor(now + (end2 - now) * fraction))
          if (at >= now) expect(told(at)).toEqual(told(now))
        }
      },
    ),
    { numRuns: 500 },
  )
})

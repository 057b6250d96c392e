import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Binding } from './binding.ts'
import { type BindingRules, type Decision, decideBindings, type Wanted, type WantedContact } from './decide-bindings.ts'

const start = 1_800_000_000_000
let nextId = 1
const rules: BindingRules = {
  lineId: 7,
  maxContacts: 3,
  expiresMin: 60,
  expiresMax: 3600,
  liftBrief: false,
  strictCSeq: false,
  isUnreachable: () => false,
  shorten: (seconds) => seconds,
  shared: (text) => text,
  nextId: () => nextId++,
}

function contact(over: Partial<WantedContact> = {}): WantedContact {
  return { uri: 'sip:1001@192.0.2.1:5060', echo: '', instance: '', regId: 0, q: 1000, expires: 600, ...over }
}

function wanted(over: Partial<Wanted> & { at?: number; ip?: string } = {}): Wanted {
  const { at = start, ip = '192.0.2.1', ...rest } = over
  return {
    contacts: [contact()],
    callId: 'call-a',
    cseq: 1,
    origin: {
      transport: 'udp',
      ip,
      port: 5060,
      connection: 0,
      path: '',
      userAgent: 'Test',
      nonceId: 'n',
      nonceCount: 1,
      seenAt: at,
    },
    ...rest,
  }
}

function changed(decision: Decision) {
  if (decision.kind !== 'changed') throw new Error(`decided ${decision.kind}`)
  return decision
}

function holding(...steps: Wanted[]): readonly Binding[] {
  return steps.reduce<readonly Binding[]>((held, step) => changed(decideBindings(held, step, { ...rules, maxContacts: 99 })).bindings, [])
}

describe('a contact', () => {
  test('that is new is added with the seconds it asked for', () => {
    const { bindings, changes } = changed(decideBindings([], wanted(), rules))
    expect(changes.map((change) => change.kind)).toEqual(['added'])
    expect(bindings[0]).toMatchObject({ lineId: 7, granted: 600, expiresAt: start + 600_000, boundAt: start })
  })

  test('that comes again with a higher CSeq is renewed and keeps its id and its beginning', () => {
    const held = holding(wanted())
    const { bindings, changes } = changed(decideBindings(held, wanted({ cseq: 2, at: start + 5000 }), rules))
    expect(changes.map((change) => change.kind)).toEqual(['renewed'])
    expect(bindings[0]).toMatchObject({ id: held[0]?.id, boundAt: start, seenAt: start + 5000, cseq: 2 })
  })

  test('with the same Call-ID and no higher CSeq is out of order and changes nothing', () => {
    const held = holding(wanted({ cseq: 5 }))
    expect(decideBindings(held, wanted({ cseq: 5 }), rules).kind).toBe('out-of-order')
    expect(decideBindings(held, wanted({ cseq: 4 }), rules).kind).toBe('out-of-order')
  })

  test('with another Call-ID is taken whatever its CSeq: the phone was restarted', () => {
    const held = holding(wanted({ cseq: 500 }))
    const { bindings } = changed(decideBindings(held, wanted({ callId: 'call-b', cseq: 1 }), rules))
    expect(bindings).toHaveLength(1)
    expect(bindings[0]).toMatchObject({ callId: 'call-b', cseq: 1, id: held[0]?.id })
  })

  test('trap 14: whose port moved behind a NAT stays one binding, by its Call-ID', () => {
    const held = holding(wanted())
    const moved = wanted({ cseq: 2, contacts: [contact({ uri: 'sip:1001@192.0.2.1:6070' })] })
    const { bindings, changes } = changed(decideBindings(held, moved, rules))
    expect(bindings.map((binding) => binding.uri)).toEqual(['sip:1001@192.0.2.1:6070'])
    expect(changes.map((change) => change.kind)).toEqual(['renewed'])
  })

  test('of a Call-ID that several bindings share is one more: it does not tell which of them moved', () => {
    const held = holding(wanted({ contacts: [contact(), contact({ uri: 'sip:1001@192.0.2.1:5062' })] }))
    const third = wanted({ cseq: 2, contacts: [contact({ uri: 'sip:1001@192.0.2.1:5064' })] })
    expect(changed(decideBindings(held, third, rules)).bindings).toHaveLength(3)
  })

  test('of the same instance replaces the old one, even with another Call-ID and URI', () => {
    const held = holding(wanted({ contacts: [contact({ instance: 'urn:uuid:1', regId: 1 })] }))
    const again = wanted({ callId: 'other', contacts: [contact({ uri: 'sip:x@198.51.100.9', instance: 'urn:uuid:1', regId: 1 })] })
    expect(changed(decideBindings(held, again, rules)).bindings).toHaveLength(1)
  })

  test('of another instance is another phone, even at the same URI', () => {
    const held = holding(wanted({ contacts: [contact({ instance: 'urn:uuid:1' })] }))
    const other = wanted({ callId: 'other', contacts: [contact({ instance: 'urn:uuid:2' })] })
    expect(changed(decideBindings(held, other, rules)).bindings).toHaveLength(2)
  })

  test('trap 13: that differs only in the case of its host is the same (RFC 3261 §19.1.4)', () => {
    const held = holding(wanted({ contacts: [contact({ uri: 'sip:1001@Phone.Example:5060' })] }))
    const again = wanted({ callId: 'other', contacts: [contact({ uri: 'sip:1001@phone.example:5060' })] })
    expect(changed(decideBindings(held, again, rules)).bindings).toHaveLength(1)
  })

  test('with expires 0 ends, and the sign-off leaves its Call-ID and CSeq on what ended', () => {
    const held = holding(wanted())
    const { bindings, changes } = changed(decideBindings(held, wanted({ cseq: 2, contacts: [contact({ expires: 0 })] }), rules))
    expect(bindings).toHaveLength(0)
    expect(changes).toMatchObject([{ kind: 'ended', how: 'signed-off', binding: { cseq: 2, callId: 'call-a' } }])
  })

  test('with expires 0 that is not held changes nothing', () => {
    expect(changed(decideBindings([], wanted({ contacts: [contact({ expires: 0 })] }), rules))).toMatchObject({ bindings: [], changes: [] })
  })

  test('pair of a moved phone, new address and old one with expires 0, leaves one binding', () => {
    const held = holding(wanted())
    const both = [contact({ uri: 'sip:1001@203.0.113.7:9999' }), contact({ expires: 0 })]
    expect(changed(decideBindings(held, wanted({ cseq: 2, contacts: both }), rules)).bindings.map((b) => b.uri)).toEqual([
      'sip:1001@203.0.113.7:9999',
    ])
  })
})

describe('how long', () => {
  test.each([
    ['less than the least is refused with it', 59, 'interval-too-brief'],
    ['one second is refused', 1, 'interval-too-brief'],
    ['the least is granted', 60, 60],
    ['an hour is granted', 3600, 3600],
    ['more than the most is granted as the most', 86_400, 3600],
    ['the greatest number of RFC 3261 is granted as the most', 4_294_967_295, 3600],
  ])('%s (%i s)', (_, expires, want) => {
    const decision = decideBindings([], wanted({ contacts: [contact({ expires })] }), rules)
    if (typeof want === 'string') expect(decision).toEqual({ kind: want, least: 60 })
    else expect(changed(decision).bindings[0]?.granted).toBe(want)
  })

  test('a least above an hour does not refuse an hour (RFC 3261 §10.3 step 7)', () => {
    expect(
      decideBindings([], wanted({ contacts: [contact({ expires: 3600 })] }), { ...rules, expiresMin: 7200, expiresMax: 9000 }).kind,
    ).toBe('changed')
  })
})

describe('Contact: *', () => {
  test('ends every binding', () => {
    const held = holding(wanted(), wanted({ callId: 'b', contacts: [contact({ uri: 'sip:b@198.51.100.2' })] }))
    const { bindings, changes } = changed(decideBindings(held, wanted({ contacts: 'star', callId: 'c' }), rules))
    expect(bindings).toHaveLength(0)
    expect(changes).toHaveLength(2)
  })

  test('trap 6: of the same Call-ID without a higher CSeq fails as a whole (step 6)', () => {
    const held = holding(wanted({ callId: 'b', contacts: [contact({ uri: 'sip:b@198.51.100.2' })] }), wanted({ cseq: 9 }))
    expect(decideBindings(held, wanted({ contacts: 'star', cseq: 9 }), rules).kind).toBe('out-of-order')
  })
})

test('one contact more than the line may have is refused, a renewal of a full line is not', () => {
  const contacts = ['a', 'b', 'c'].map((name) => wanted({ callId: name, contacts: [contact({ uri: `sip:${name}@192.0.2.1` })] }))
  const held = holding(...contacts)
  expect(decideBindings(held, wanted({ callId: 'd', contacts: [contact({ uri: 'sip:d@192.0.2.1' })] }), rules)).toEqual({
    kind: 'too-many-contacts',
    limit: 3,
  })
  expect(decideBindings(held, wanted({ callId: 'a', cseq: 2, contacts: [contact({ uri: 'sip:a@192.0.2.1' })] }), rules).kind).toBe(
    'changed',
  )
})

test('trap 2: the requester’s own contacts come first, and all others after them', () => {
  const held = holding(wanted(), wanted({ callId: 'b', contacts: [contact({ uri: 'sip:b@198.51.100.2' })] }))
  const { bindings } = changed(decideBindings(held, wanted({ cseq: 2 }), rules))
  expect(bindings.map((binding) => binding.uri)).toEqual(['sip:1001@192.0.2.1:5060', 'sip:b@198.51.100.2'])
})

describe('whatever phones send', () => {
  const aContact = fc.record({
    uri: fc.constantFrom('sip:a@192.0.2.1', 'sip:a@192.0.2.1:5070', 'sip:b@192.0.2.2', 'sips:c@host.example'),
    instance: fc.constantFrom('', '', 'urn:uuid:1', 'urn:uuid:2'),
    regId: fc.constantFrom(0, 1, 2),
    expires: fc.constantFrom(0, 30, 60, 600, 9999),
  })
  const aStep = fc.record({
    contacts: fc.oneof(
      { weight: 1, arbitrary: fc.constant('star' as const) },
      { weight: 9, arbitrary: fc.array(aContact, { minLength: 1, maxLength: 3 }) },
    ),
    callId: fc.constantFrom('call-a', 'call-b'),
    cseq: fc.integer({ min: 1, max: 12 }),
  })
  type Step = typeof aStep extends fc.Arbitrary<infer T> ? T : never
  const asWanted = (step: Step, at: number) =>
    wanted({ ...step, at, contacts: step.contacts === 'star' ? 'star' : step.contacts.map((over) => contact(over)) })

  test('what is held is always what was held, changed by the changes told, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 20 }), (steps) => {
        let held: readonly Binding[] = []
        steps.forEach((step, at) => {
          const decision = decideBindings(held, asWanted(step, start + at * 1000), rules)
          if (decision.kind !== 'changed') return
          const replayed = new Map(held.map((binding) => [binding.id, binding]))
          for (const change of decision.changes) {
            if (change.kind === 'ended') expect(replayed.delete(change.binding.id)).toBe(true)
            else {
              expect(replayed.has(change.binding.id)).toBe(change.kind === 'renewed')
              replayed.set(change.binding.id, change.binding)
            }
          }
          expect(new Set(decision.bindings)).toEqual(new Set(replayed.values()))
          held = decision.bindings
        })
      }),
    )
  })

  test('no line holds more than it may, no id stands twice, no grant is above the most', () => {
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 30 }), (steps) => {
        let held: readonly Binding[] = []
        steps.forEach((step, at) => {
          const decision = decideBindings(held, asWanted(step, start + at), rules)
          if (decision.kind === 'changed') held = decision.bindings
          expect(held.length).toBeLessThanOrEqual(rules.maxContacts)
          expect(new Set(held.map((binding) => binding.id)).size).toBe(held.length)
          for (const binding of held) expect(binding.granted).toBeLessThanOrEqual(rules.expiresMax)
        })
      }),
    )
  })

  test('no address stands twice where phones tell no instance, and each that goes is told', () => {
    const anonymous = ({ contacts, ...rest }: Wanted): Wanted => ({
      ...rest,
      contacts: contacts === 'star' ? contacts : contacts.map((one) => ({ ...one, instance: '', regId: 0 })),
    })
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 30 }), (steps) => {
        let held: readonly Binding[] = []
        steps.forEach((step, at) => {
          const decision = decideBindings(held, anonymous(asWanted(step, start + at)), rules)
          if (decision.kind === 'changed') held = decision.bindings
          expect(new Set(held.map((binding) => binding.uri)).size).toBe(held.length)
        })
      }),
    )
  })

  test('the held bindings given in are never touched', () => {
    fc.assert(
      fc.property(fc.array(aStep, { minLength: 1, maxLength: 10 }), (steps) => {
        let held: readonly Binding[] = []
        steps.forEach((step, at) => {
          const before = structuredClone(held)
          const decision = decideBindings(held, asWanted(step, start + at), rules)
          expect(held).toEqual(before)
          if (decision.kind === 'changed') held = decision.bindings
        })
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readReginfo } from '../../test/support/read-reginfo.ts'
import type { Binding } from '../registrar/binding.ts'
import { contactEvents, contactId, type PendingEvents } from './contact-event.ts'
import { aorOf, type Reginfo, reginfoBody } from './reginfo.ts'

const now = 1_800_000_000_000
const binding = (id: number, more: Partial<Binding> = {}): Binding => ({
  id,
  lineId: 1,
  uri: `sip:1001@192.0.2.${id}:5060`,
  echo: '',
  instance: '',
  regId: 0,
  q: 1000,
  callId: `c${id}@phone`,
  cseq: id,
  expiresAt: now + 599_001,
  granted: 600,
  transport: 'udp',
  ip: `192.0.2.${id}`,
  port: 5060,
  connection: 0,
  path: '',
  userAgent: '',
  boundAt: now - 90_500,
  seenAt: now,
  nonceId: '',
  nonceCount: 0,
  ...more,
})
const write = (more: Partial<Reginfo> = {}) =>
  reginfoBody({
    version: 3,
    state: 'full',
    aor: 'sip:1001@sip.test',
    lineId: 1,
    bindings: [],
    changed: new Map(),
    forgotten: false,
    now,
    ...more,
  })
const read = (more: Partial<Reginfo> = {}) => readReginfo(write(more))
const ended = (one: Binding): PendingEvents =>
  new Map(contactEvents({ kind: 'ended', binding: one, how: 'expired' }).map((event) => [event.id, event]))

describe('a full document', () => {
  test('has every contact with all that is known of it', () => {
    const one = binding(1, { q: 250, echo: ';q=0.25;+sip.instance="<urn:uuid:0-1>";reg-id=1;methods="INVITE, ACK";audio' })
    expect(read({ bindings: [one, binding(2)] })).toEqual({
      version: 3,
      state: 'full',
      aor: 'sip:1001@sip.test',
      registrationId: 'a1',
      registrationState: 'active',
      contacts: [
        {
          id: contactId(one),
          state: 'active',
          event: 'registered',
          expires: 600,
          durationRegistered: 90,
          q: '0.25',
          callId: 'c1@phone',
          cseq: 1,
          uri: one.uri,
          params: [
            ['+sip.instance', '"<urn:uuid:0-1>"'],
            ['reg-id', '1'],
            ['methods', '"INVITE, ACK"'],
            ['audio', ''],
          ],
        },
        expect.objectContaining({ id: contactId(binding(2)), q: undefined, params: [] }),
      ],
    })
  })

  test('of a line that holds nothing says init', () => {
    expect(read()).toMatchObject({ registrationState: 'init', contacts: [] })
  })

  test('passes over what has run out, before anybody ended it', () => {
    expect(read({ bindings: [binding(1, { expiresAt: now })] })).toMatchObject({ registrationState: 'init', contacts: [] })
  })

  test('still tells what ended since the last one', () => {
    const { registrationState, contacts } = read({ bindings: [binding(2)], changed: ended(binding(1)) })
    expect(registrationState).toBe('active')
    expect(contacts).toMatchObject([
      { state: 'active', uri: binding(2).uri },
      { state: 'terminated', event: 'expired', uri: binding(1).uri, expires: undefined },
    ])
  })

  test('leaves the parameters of further contacts out before it is too long for a datagram', () => {
    const long = Array.from({ length: 20 }, (_, at) => binding(at + 1, { echo: `;x="${'a'.repeat(1000)}"` }))
    const { contacts } = read({ bindings: long })
    expect(contacts).toHaveLength(20)
    expect(contacts.filter(({ params }) => params.length > 0).length).toBeLessThan(6)
    expect(write({ bindings: long }).length).toBeLessThan(12_000)
  })
})

describe('a partial document', () => {
  test('has only what changed', () => {
    expect(read({ state: 'partial', bindings: [binding(2)], changed: ended(binding(1)) })).toMatchObject({
      registrationState: 'active',
      contacts: [{ state: 'terminated', uri: binding(1).uri }],
    })
  })

  test('says nothing of a contact that came and has run out since: its end is told when it is stored', () => {
    const added = contactEvents({ kind: 'added', binding: binding(1) })
    const changed = new Map(added.map((event) => [event.id, event]))
    expect(read({ state: 'partial', bindings: [binding(1, { expiresAt: now })], changed }).contacts).toEqual([])
    expect(read({ state: 'partial', bindings: [binding(1)], changed }).contacts).toMatchObject([{ event: 'registered' }])
  })

  test('says terminated when the last contact is gone', () => {
    expect(read({ state: 'partial', changed: ended(binding(1)) }).registrationState).toBe('terminated')
  })
})

test('the id of the registration is that of the line, and the address is escaped where a URI needs it', () => {
  expect(aorOf('1001', 'sip.test')).toBe('sip:1001@sip.test')
  expect(aorOf('a b#ü%', 'sip.test')).toBe('sip:a%20b%23%C3%BC%25@sip.test')
  expect(read({ lineId: 12 }).registrationId).toBe('a12')
})

test('whatever a phone wrote, the document is well-formed XML in UTF-8 and says what was meant', () => {
  const wire = fc.array(fc.integer({ min: 32, max: 255 }), { maxLength: 60 }).map((codes) => String.fromCharCode(...codes))
  const letters = fc.string({ unit: fc.constantFrom('a', '&', '<', '>', '"', "'", ';', '\u00e9', '\t', '\u0001', ']]>'), maxLength: 40 })
  const text = fc.oneof(wire, letters)
  fc.assert(
    fc.property(text, text, text, (uri, echo, callId) => {
      const [contact] = read({ bindings: [binding(1, { uri, echo: `;p=${echo}`, callId })] }).contacts
      expect(contact).toBeDefined()
      if (/^[\x20-\x7e]*$/.test(uri)) expect(contact?.uri).toBe(uri)
    }),
    { numRuns: 500 },
  )
})

test('a name in UTF-8 stays what it is', () => {
  const uri = Buffer.from('sip:電話@192.0.2.1').toString('latin1')
  expect(read({ bindings: [binding(1, { uri })] }).contacts[0]?.uri).toBe('sip:電話@192.0.2.1')
})

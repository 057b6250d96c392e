import { describe, expect, test } from 'vitest'
import type { Binding, BindingChange, EndHow } from '../registrar/binding.ts'
import { addPending, contactEvents, contactId, mostPending, type PendingEvents } from './contact-event.ts'

const held: Binding = {
  id: 7,
  lineId: 1,
  uri: 'sip:1001@192.0.2.10:5060',
  echo: ';q=0.5',
  instance: '',
  regId: 0,
  q: 500,
  callId: 'c@phone',
  cseq: 4,
  expiresAt: 2_000,
  granted: 60,
  transport: 'udp',
  ip: '192.0.2.10',
  port: 5060,
  connection: 0,
  path: '',
  userAgent: 'Phone 1',
  boundAt: 1_000,
  seenAt: 1_000,
  nonceId: 'n',
  nonceCount: 1,
}
const told = (change: BindingChange) => contactEvents(change).map(({ state, event }) => `${state} ${event}`)
const renewed = (more: Partial<Binding>): BindingChange => ({ kind: 'renewed', before: held, binding: { ...held, ...more } })

describe('what a change is to those who watch', () => {
  test('a new binding is registered', () => {
    expect(told({ kind: 'added', binding: held })).toEqual(['active registered'])
  })

  test.each<[EndHow, string]>([
    ['signed-off', 'unregistered'],
    ['replaced', 'unregistered'],
    ['expired', 'expired'],
    ['signed-off-by-portal', 'deactivated'],
    ['connection-lost', 'deactivated'],
    ['evicted', 'rejected'],
    ['line-closed', 'rejected'],
  ])('an end as %s is %s', (how, event) => {
    expect(told({ kind: 'ended', binding: held, how })).toEqual([`terminated ${event}`])
  })

  test('a plain renewal is nothing, whatever counts on in it', () => {
    const counted = {
      cseq: 5,
      expiresAt: 9_000,
      granted: 300,
      seenAt: 4_000,
      nonceId: 'm',
      nonceCount: 2,
      callId: 'd@phone',
      userAgent: 'Phone 2',
    }
    expect(told(renewed(counted))).toEqual([])
  })

  test.each<[string, Partial<Binding>]>([
    ['priority', { echo: ';q=0.9', q: 900 }],
    ['transport', { transport: 'tcp' }],
    ['address', { ip: '192.0.2.11' }],
    ['port', { port: 5061 }],
    ['connection', { connection: 3 }],
    ['path', { path: '<sip:edge.example;lr>' }],
  ])('a renewal with another %s is refreshed, and stays the same contact', (_, more) => {
    expect(told(renewed(more))).toEqual(['active refreshed'])
    expect(contactId({ ...held, ...more })).toBe(contactId(held))
  })

  test('a renewal at another URI is another contact, and the old one is gone (RFC 3680 §5.1)', () => {
    const uri = 'sip:1001@192.0.2.10:5062'
    const events = contactEvents(renewed({ uri }))
    expect(events.map(({ id, state, event }) => [id, state, event])).toEqual([
      [contactId(held), 'terminated', 'unregistered'],
      [contactId({ ...held, uri }), 'active', 'registered'],
    ])
    expect(contactId({ ...held, uri })).not.toBe(contactId(held))
  })
})

describe('what waits', () => {
  const pending = (...changes: BindingChange[]): PendingEvents => {
    const all: PendingEvents = new Map()
    for (const change of changes) for (const event of contactEvents(change)) addPending(all, event)
    return all
  }

  test('a contact that was registered and then refreshed is told as registered, in its newest shape', () => {
    const [event] = pending({ kind: 'added', binding: held }, renewed({ port: 5061 })).values()
    expect(event).toMatchObject({ event: 'registered', binding: { port: 5061 } })
  })

  test('a contact that came and went is told as gone', () => {
    const events = [...pending({ kind: 'added', binding: held }, { kind: 'ended', binding: held, how: 'expired' }).values()]
    expect(events).toMatchObject([{ state: 'terminated', event: 'expired' }])
  })

  test('too many are said to be too many', () => {
    const all: PendingEvents = new Map()
    const add = (id: number) => addPending(all, { id: `${id}`, binding: held, state: 'terminated', event: 'expired' })
    for (let id = 0; id < mostPending; id++) expect(add(id)).toBe(true)
    expect(add(0)).toBe(true)
    expect(add(mostPending)).toBe(false)
  })
})

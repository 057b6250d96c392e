/** Properties of watching as a whole: what is told is the registrar's truth, and can be read. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openRegEvents } from '../../test/support/open-reg-events.ts'
import { watchedLines as lines, openWatched } from '../../test/support/open-watched.ts'
import { Watcher } from '../../test/support/read-reginfo.ts'
import { Requester } from '../sip/endpoint/requester.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import { parseDatagram } from '../sip/message/parse.ts'

test('whatever happens, who takes every document knows what the registrar holds', () => {
  const uri = fc.integer({ min: 0, max: 5 }).map((at) => `sip:p${at}@192.0.2.${20 + at}:5060`)
  const step = fc.oneof(
    fc.record({ kind: fc.constant('register' as const), uri, expires: fc.constantFrom(0, 60, 120, 600) }),
    // The same phone at another address: its binding moves.
    fc.record({ kind: fc.constant('move' as const), uri, expires: fc.constant(600) }),
    fc.record({ kind: fc.constant('pass' as const), seconds: fc.constantFrom(1, 4, 6, 30, 90) }),
    fc.record({ kind: fc.constant('answer' as const) }),
    fc.record({ kind: fc.constant('refresh' as const) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { subscribe, register, pass, watcher, toTag, takeAll, held, world } = openWatched(7200)
      for (const one of steps) {
        if (one.kind === 'register') register(one.uri, one.expires)
        else if (one.kind === 'move') register(one.uri, one.expires, 'moving@phone')
        else if (one.kind === 'pass') pass(one.seconds)
        else if (one.kind === 'answer') takeAll()
        else subscribe({ toTag, expires: 7200 })
      }
      // A binding may run out in the last second: that is told within the next ones.
      for (let round = 0; round < 6 && (round < 3 || watcher.uris.join() !== held().join()); round++) {
        takeAll()
        pass(6)
      }
      takeAll()
      expect(watcher.uris).toEqual(held())
      expect(new Set(world.registrar.held.of(1).bindings.map(({ id }) => id)).size).toBe(watcher.contacts.size)
    }),
    { numRuns: 200 },
  )
})

test('whatever a proven phone writes, its NOTIFY can be read, is one message, and says what it should', () => {
  const piece = fc.constantFrom(
    'a',
    ' ',
    '\t',
    '"',
    '<',
    '>',
    ';',
    ',',
    ':',
    '@',
    '=',
    '?',
    'sip:',
    'reg',
    ';tag=',
    '\u0001',
    '\u00ff',
    '%41',
  )
  const value = fc.string({ unit: piece, maxLength: 4 })
  const wishes = fc.record(
    {
      callId: value.map((text) => `c${text}`),
      fromTag: value.map((text) => `f${text}`),
      contact: value.map((text) => `<sip:a@192.0.2.10;p=${text}>`),
      event: value.map((text) => `reg;id=${text}`),
      rows: value.map((text) => [`Record-Route: <sip:edge;p=${text}>${text}`]),
    },
    { requiredKeys: [] },
  )
  let notifies = 0
  fc.assert(
    fc.property(wishes, (wish) => {
      const written: string[] = []
      const requester = openRequester((text) => written.push(text))
      const { subscribe } = openRegEvents(lines, { ask: requester.ask })
      try {
        subscribe(wish)
      } catch (error) {
        // What the parser refuses never comes here.
        expect(String(error)).toContain('the test wrote no request')
      }
      for (const text of written) {
        notifies++
        const bytes = Buffer.from(text, 'latin1')
        const message = parseDatagram(bytes, bytes.length)
        expect(message.kind).toBe('request')
        if (message.kind !== 'request') return
        expect(message.method).toBe('NOTIFY')
        expect(message.all(HeaderId.SubscriptionState)).toEqual(['active;expires=600'])
        for (const header of [HeaderId.Event, HeaderId.From, HeaderId.To, HeaderId.Contact]) expect(message.all(header)).toHaveLength(1)
        expect(new Watcher().take(message.body).state).toBe('full')
      }
    }),
    { numRuns: 500 },
  )
  expect(notifies).toBeGreaterThan(50)
})

function openRequester(send: (text: string) => void): Requester {
  return new Requester({
    wheel: { at: () => {} },
    now: () => 0,
    monotonic: () => 0,
    random: (count) => Buffer.alloc(count, 9),
    sentBy: () => '192.0.2.1:5060',
    send,
  })
}

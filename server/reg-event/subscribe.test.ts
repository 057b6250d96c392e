import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SipRequest } from '../sip/message/message.ts'
import { parseDatagram } from '../sip/message/parse.ts'
import { readSubscribe, type SubscribeRequest } from './subscribe.ts'

const usual: Readonly<Record<string, string>> = {
  Via: 'SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1;rport',
  'Max-Forwards': '70',
  From: '"Desk" <sip:1001@sip.test>;tag=f1',
  To: '<sip:1001@sip.test>',
  'Call-ID': 'c1@phone',
  CSeq: '5 SUBSCRIBE',
  Contact: '<sip:1001@192.0.2.10:5060;line=7>',
  Event: 'reg',
  Expires: '600',
}

/** A row set to null is left out. */
function request(more: Record<string, string | null> = {}, uri = 'sip:1001@sip.test'): SipRequest {
  const rows = Object.entries({ ...usual, ...more }).filter(([, value]) => value !== null)
  const text = `SUBSCRIBE ${uri} SIP/2.0\r\n${rows.map(([name, value]) => `${name}: ${value}\r\n`).join('')}Content-Length: 0\r\n\r\n`
  const bytes = Buffer.from(text, 'latin1')
  const message = parseDatagram(bytes, bytes.length)
  if (message.kind !== 'request') throw new Error(`the test wrote no request: ${text}`)
  return message
}

const read = (more: Record<string, string | null> = {}, uri?: string) => readSubscribe(request(more, uri), 'sip.test')
const wanted = (more: Record<string, string | null> = {}, uri?: string): SubscribeRequest => {
  const got = read(more, uri)
  if ('status' in got) throw new Error(`${got.status} ${got.reason}`)
  return got
}

test('a plain one is read whole', () => {
  expect(read()).toEqual({
    eventId: '',
    expires: 600,
    target: 'sip:1001@192.0.2.10:5060;line=7',
    route: '',
    callId: 'c1@phone',
    cseq: 5,
    from: '"Desk" <sip:1001@sip.test>;tag=f1',
    to: '<sip:1001@sip.test>',
    fromTag: 'f1',
    toTag: '',
    user: '1001',
    domain: 'sip.test',
  })
})

test.each<[string, Record<string, string | null>, number, string]>([
  ['another event', { Event: 'presence' }, 489, 'Allow-Events: reg'],
  ['a template of the event', { Event: 'reg.winfo' }, 489, 'Allow-Events: reg'],
  ['the event in other letters', { Event: 'Reg' }, 489, 'Allow-Events: reg'],
  ['no event', { Event: null }, 489, 'Allow-Events: reg'],
  ['an Accept that excludes the document', { Accept: 'application/pidf+xml, text/*' }, 406, 'Accept: application/reginfo+xml'],
  ['an empty Accept', { Accept: '' }, 406, 'Accept: application/reginfo+xml'],
  ['less than a minute', { Expires: '59' }, 423, 'Min-Expires: 60'],
  ['an extension that nobody knows', { Require: 'eventlist' }, 420, 'Unsupported: eventlist'],
  ['no Contact', { Contact: null }, 400, ''],
  ['two Contacts', { Contact: '<sip:a@192.0.2.1>, <sip:b@192.0.2.1>' }, 400, ''],
  ['a Contact that is no SIP address', { Contact: '<tel:+81312345678>' }, 400, ''],
  ['a Contact *', { Contact: '*' }, 400, ''],
  ['no tag in From', { From: '<sip:1001@sip.test>' }, 400, ''],
  ['a bad Record-Route', { 'Record-Route': '<sip:edge' }, 400, ''],
  ['more than is kept', { From: `"${'a'.repeat(2100)}" <sip:1001@sip.test>;tag=f` }, 400, ''],
])('%s is refused', (_, rows, status, header) => {
  expect(read(rows)).toMatchObject({ status, headers: header === '' ? '' : `${header}\r\n` })
})

test.each<[string, Record<string, string | null>, Partial<SubscribeRequest>]>([
  ['no Expires is the default of the package', { Expires: null }, { expires: 3761 }],
  ['a minute is enough', { Expires: '60' }, { expires: 60 }],
  ['more than two hours are two hours', { Expires: '86400' }, { expires: 7200 }],
  ['Expires: 0 is no interval that is too brief', { Expires: '0' }, { expires: 0 }],
  ['an Accept that names the document among others', { Accept: 'application/pidf+xml, Application/Reginfo+XML;q=0.5' }, {}],
  ['an Accept of anything', { Accept: '*/*' }, {}],
  ['the event with an id', { Event: 'reg ;id=a7 ;x=y' }, { eventId: 'a7' }],
  ['the compact name of Event', { Event: null, o: 'reg' }, {}],
  ['a contact with headers loses them', { Contact: '<sip:1001@192.0.2.10?Subject=x>' }, { target: 'sip:1001@192.0.2.10' }],
  ['Record-Route is kept in its order', { 'Record-Route': '<sip:a;lr>, <sip:b;lr>' }, { route: '<sip:a;lr>, <sip:b;lr>' }],
  ['a tag in To is a dialog', { To: '<sip:1001@sip.test>;tag=t9' }, { toTag: 't9' }],
])('%s', (_, rows, part) => {
  expect(wanted(rows)).toMatchObject(part)
})

describe('whose registrations', () => {
  test('Request-URI says it, since that is what a request is about (RFC 3680 §4)', () => {
    expect(wanted({}, 'sip:1002@SIP.test')).toMatchObject({ user: '1002', domain: 'sip.test' })
  })
  test('To says it where Request-URI names only the domain', () => {
    expect(wanted({}, 'sip:sip.test')).toMatchObject({ user: '1001' })
  })
  test('To says it in a dialog, where Request-URI is our Contact', () => {
    expect(wanted({ To: '<sip:1001@sip.test>;tag=t' }, 'sip:9@192.0.2.1')).toMatchObject({ user: '1001' })
  })
})

test('whatever the rows hold, nothing that is kept could begin a row of its own, and nothing throws', () => {
  const value = fc.string({
    unit: fc.constantFrom('a', ' ', '\t', '"', '<', '>', ';', ',', ':', '@', '=', 'sip:', 'reg', 'tag', '\u0001', '\u007f', '\u00ff'),
    maxLength: 30,
  })
  const name = fc.constantFrom('From', 'To', 'Contact', 'Event', 'Record-Route', 'Expires', 'Accept', 'Call-ID')
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (rows) => {
      let message: SipRequest
      try {
        message = request(rows)
      } catch {
        return
      }
      const got = readSubscribe(message, 'sip.test')
      const texts = 'status' in got ? [] : [got.eventId, got.target, got.route, got.callId, got.from, got.to]
      for (const text of texts) expect(text).not.toMatch(/[^\t\x20-\x7e\x80-\xff]/)
    }),
    { numRuns: 1000 },
  )
})

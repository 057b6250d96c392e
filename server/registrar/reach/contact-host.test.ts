import { describe, expect, test } from 'vitest'
import type { Flow } from '../../sip/transport/flow.ts'
import { type AskedContacts, greatestExpiry, isAtSource } from './contact-host.ts'

test.each([
  ['sip:1001@192.0.2.7', '192.0.2.7', true],
  ['sip:1001@192.0.2.7:5060', '192.0.2.7', true],
  ['sip:192.0.2.7;transport=udp', '192.0.2.7', true],
  ['sips:a@192.0.2.7?x=y', '192.0.2.7', true],
  ['sip:a:b@192.0.2.7', '192.0.2.7', true],
  ['sip:1001@192.0.2.70', '192.0.2.7', false],
  ['sip:1001@10.0.0.7:5060', '192.0.2.7', false],
  ['sip:192.0.2.7@10.0.0.1', '192.0.2.7', false],
  ['sip:1001@phone.example.jp', '192.0.2.7', false],
  ['sip:1001@[2001:db8::7]:5060', '2001:db8::7', true],
  ['sip:1001@[2001:db8::7]', '2001:db8::7', true],
  ['sip:1001@[2001:db8::71]', '2001:db8::7', false],
  ['sip:1001@[2001:db8::7]x', '2001:db8::7', false],
  ['sip:', '192.0.2.7', false],
])('%s, heard from %s, says where it is: %s', (uri, ip, wanted) => {
  expect(isAtSource(uri, ip)).toBe(wanted)
})

describe('the greatest expiry', () => {
  const wanted = (uri: string, path = ''): AskedContacts => ({ contacts: [{ uri }], path })
  const flow: Flow = { transport: 'udp', remoteIp: '192.0.2.7', remotePort: 5060, connection: 0, local: 0 }

  test.each<[string, number, AskedContacts, Flow]>([
    ['is shorter for a phone behind a NAT', 120, wanted('sip:a@10.0.0.1'), flow],
    ['is shorter if one contact is', 120, { contacts: [{ uri: 'sip:a@192.0.2.7' }, { uri: 'sip:a@x' }], path: '' }, flow],
    ['is that of all for a phone at its own address', 3600, wanted('sip:a@192.0.2.7:5060'), flow],
    ['is that of all over a stream', 3600, wanted('sip:a@10.0.0.1'), { ...flow, transport: 'tls', connection: 1 }],
    ['is that of all behind an edge', 3600, wanted('sip:a@10.0.0.1', '<sip:edge;lr>'), flow],
  ])('%s', (_, most, request, from) => {
    expect(greatestExpiry(request, from, 3600, 120)).toBe(most)
    expect(greatestExpiry(request, from, 3600, 0)).toBe(3600)
    expect(greatestExpiry(request, from, 60, 120)).toBe(60)
  })
})

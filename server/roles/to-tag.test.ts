import { expect, test } from 'vitest'
import type { SipRequest } from '../sip/message/message.ts'
import { parseDatagram } from '../sip/message/parse.ts'
import { toTagMaker } from './to-tag.ts'

function request(callId: string, from = '<sip:a@sip.test>;tag=1'): SipRequest {
  const bytes = Buffer.from(
    [
      'OPTIONS sip:sip.test SIP/2.0',
      'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx',
      `From: ${from}`,
      'To: <sip:a@sip.test>',
      `Call-ID: ${callId}`,
      'CSeq: 1 OPTIONS',
      '',
      '',
    ].join('\r\n'),
    'latin1',
  )
  const message = parseDatagram(bytes, bytes.length)
  if (message.kind !== 'request') throw new Error(message.kind)
  return message
}

const toTag = toTagMaker(Buffer.alloc(32, 1))

test('the same request gets the same tag, whatever came in between', () => {
  const first = toTag(request('call-1'))
  toTag(request('c'.repeat(1000)))
  expect(toTag(request('call-1'))).toBe(first)
  expect(first).toMatch(/^[0-9a-f]{16}$/)
})

test('another Call-ID, another From, another key: another tag', () => {
  const tags = [
    toTag(request('call-1')),
    toTag(request('call-2')),
    toTag(request('call-1', '<sip:a@sip.test>;tag=2')),
    toTag(request('call-1<sip:a@sip.test>', ';tag=1')),
    toTagMaker(Buffer.alloc(32, 2))(request('call-1')),
  ]
  expect(new Set(tags).size).toBe(tags.length)
})

test('values of any length have a tag', () => {
  for (const length of [1, 3, 4, 500, 510, 511, 512, 513, 3000]) expect(toTag(request('x'.repeat(length)))).toHaveLength(16)
})

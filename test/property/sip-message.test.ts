import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildResponse } from '../../server/sip/message/build-response.ts'
import { readContacts } from '../../server/sip/message/contact.ts'
import { type Framed, FrameStream } from '../../server/sip/message/frame-stream.ts'
import { HeaderId } from '../../server/sip/message/header-name.ts'
import { readNameAddr } from '../../server/sip/message/name-addr.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'
import { compareUris, readUri } from '../../server/sip/message/uri.ts'
import { readVia, readVias } from '../../server/sip/message/via.ts'
import { allFixtures, describeMessage } from '../torture/describe-message.ts'

const latin1 = (max: number) => fc.uint8Array({ maxLength: max }).map((bytes) => Buffer.from(bytes).toString('latin1'))
/** Text that is near to what headers look like, so that a random one gets deep into a reader. */
const headerish = fc
  .array(
    fc.constantFrom(
      '<',
      '>',
      '"',
      '\\',
      ';',
      ',',
      '=',
      ':',
      '@',
      '?',
      '%41',
      ' ',
      '\t',
      '*',
      'sip',
      'SIP',
      '/',
      '2.0',
      'UDP',
      '[',
      ']',
      '::1',
      'a',
      '7',
      'expires',
      'q',
      'tag',
      'rport',
      'received',
      'branch',
      '\xff',
    ),
  )
  .map((parts) => parts.join(''))
const anyText = fc.oneof(latin1(60), headerish)

const startLines = fc.constantFrom(
  'REGISTER sip:e SIP/2.0',
  'SIP/2.0 200 OK',
  'OPTIONS sip:e SIP/3.0',
  'GET / HTTP/1.1',
  '',
  'REGISTER  sip:e SIP/2.0',
  'ACK sip:e SIP/2.0',
)
const lines = fc.constantFrom(
  'Via: SIP/2.0/UDP h;rport',
  'v: SIP/2.0/TCP h, SIP/2.0/UDP i',
  'From: <sip:1@e>;tag=1',
  'To: <sip:1@e>',
  'Call-ID: a',
  'CSeq: 1 REGISTER',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  'l: 3',
  'Content-Length: -1',
  'Contact: *',
  'Subject: a',
  ' folded',
  '\tfolded',
  'nonsense',
  '',
  'x:',
)
const whole = fc
  .tuple(
    startLines,
    fc.subarray(['Via: SIP/2.0/UDP h;rport', 'From: <sip:1@e>;tag=1', 'To: <sip:1@e>', 'Call-ID: a', 'CSeq: 1 REGISTER', 'l: 3']),
    fc.array(lines, { maxLength: 6 }),
    fc.constantFrom('\r\n', '\n'),
    fc.constantFrom('', 'abc', '\r\n\r\n', 'abcdef'),
  )
  .map(([start, needed, more, end, body]) => [start, ...needed, ...more, '', body].join(end))

/** Everything that a Framed holds, as plain data. */
function plain(framed: Framed): unknown {
  switch (framed.kind) {
    case 'request':
      return { ...framed, body: framed.body }
    case 'response':
      return { ...framed, body: framed.body }
    case 'parse-error':
      return { ...framed, request: framed.request && plain(framed.request) }
    case 'keepalive':
      return framed
  }
}

describe('any bytes', () => {
  it('are a value as a datagram', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          latin1(400),
          whole,
          fc.tuple(whole, latin1(40)).map((parts) => parts.join('')),
        ),
        (text) => {
          expect(describeMessage(Buffer.from(text, 'latin1'))).toBeTypeOf('string')
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('are a value to the reader of every header', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const uri = readUri(a)
        const other = readUri(b)
        if (uri !== undefined && other !== undefined) expect(compareUris(uri, other)).toBe(compareUris(other, uri))
        if (uri !== undefined) expect(compareUris(uri, uri)).toBe(true)
        readVias([a, b])
        const address = readNameAddr(a)
        if (address !== undefined) expect(a).toContain(address.uri)
        const contacts = readContacts([a])
        if (Array.isArray(contacts)) for (const contact of contacts) expect(a).toContain(contact.uri)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('a stream', () => {
  it('gives the same however it is cut', () => {
    fc.assert(
      fc.property(fc.array(whole, { minLength: 1, maxLength: 3 }), fc.array(fc.nat(2000), { maxLength: 6 }), (messages, cuts) => {
        const bytes = Buffer.from(messages.join(''), 'latin1')
        const once = new FrameStream().push(bytes).map(plain)
        const pieces = new FrameStream()
        const seen: unknown[] = []
        let from = 0
        for (const cut of [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
          // A copy, as a socket gives: what waits may not rest on it.
          const chunk = Buffer.from(bytes.subarray(from, cut))
          seen.push(...pieces.push(chunk).map(plain))
          chunk.fill(0)
          from = cut
        }
        expect(seen).toEqual(once)
      }),
      { numRuns: 1500 },
    )
  })

  it('gives the torture messages the same cut at every byte and sent byte by byte', () => {
    for (const { bytes } of allFixtures()) {
      const once = new FrameStream().push(bytes).map(plain)
      for (let cut = 1; cut < bytes.length; cut += bytes.length > 1500 ? 37 : 1) {
        const stream = new FrameStream()
        const seen = [...stream.push(bytes.subarray(0, cut)), ...stream.push(bytes.subarray(cut))]
        expect(seen.length).toBe(once.length)
        if (cut % 50 === 1) expect(seen.map(plain)).toEqual(once)
      }
      const slow = new FrameStream()
      expect([...bytes].flatMap((byte) => slow.push(Buffer.of(byte))).map(plain)).toEqual(once)
    }
  })
})

describe('an answer', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9.-]{1,20}$/)

  it('reads back with the Via, From, To, Call-ID and CSeq of its request', () => {
    fc.assert(
      fc.property(
        fc.array(token, { minLength: 1, maxLength: 4 }),
        token,
        token,
        fc.nat(2 ** 31 - 1),
        fc.boolean(),
        (hosts, user, callId, cseq, rport) => {
          const vias = hosts.map((host, at) => `Via: SIP/2.0/UDP ${host};branch=z9hG4bK${at}${rport && at === 0 ? ';rport' : ''}`)
          const text = [
            'REGISTER sip:e SIP/2.0',
            ...vias,
            `f: <sip:${user}@e>;tag=1`,
            `t: <sip:${user}@e>`,
            `i: ${callId}`,
            `CSeq: ${cseq} REGISTER`,
            '',
            '',
          ].join('\r\n')
          const request = parseDatagram(Buffer.from(text), text.length)
          if (request.kind !== 'request') throw new Error(request.kind)
          const out = Buffer.from(buildResponse(request, 200, 'OK', { remoteIp: '2001:db8::7', remotePort: 4711 }, 'ours', ''), 'latin1')
          const answer = parseDatagram(out, out.length)
          if (answer.kind !== 'response') throw new Error(answer.kind)
          expect([answer.status, answer.cseq, answer.cseqMethod]).toEqual([200, cseq, 'REGISTER'])
          for (const header of [HeaderId.From, HeaderId.CallId, HeaderId.CSeq]) expect(answer.all(header)).toEqual(request.all(header))
          expect(answer.first(HeaderId.To)).toBe(`<sip:${user}@e>;tag=ours`)
          expect(answer.all(HeaderId.Via).slice(1)).toEqual(request.all(HeaderId.Via).slice(1))
          expect(readVia(answer.first(HeaderId.Via) ?? '')).toMatchObject({
            host: hosts[0],
            branch: 'z9hG4bK0',
            received: '2001:db8::7',
            rport: rport ? '4711' : undefined,
          })
        },
      ),
    )
  })
})

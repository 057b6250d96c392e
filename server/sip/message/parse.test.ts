import { describe, expect, it } from 'vitest'
import { HeaderId } from './header-name.ts'
import { limits } from './limits.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { parseDatagram } from './parse.ts'
import type { ParseError, ParseReason } from './parse-error.ts'

const head = [
  'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1',
  'From: <sip:201@example.com>;tag=1',
  'To: <sip:201@example.com>',
  'Call-ID: a@192.0.2.1',
  'CSeq: 7 REGISTER',
]
const startLine = 'REGISTER sip:example.com SIP/2.0'

function text(lines: readonly string[], start = startLine, body = '', lineEnd = '\r\n'): string {
  return [start, ...lines, '', body].join(lineEnd)
}

function parse(message: string) {
  const bytes = Buffer.from(message, 'latin1')
  return parseDatagram(bytes, bytes.length)
}

function request(message: string): SipRequest {
  const parsed = parse(message)
  if (parsed.kind !== 'request') throw new Error(`no request but ${JSON.stringify(parsed)}`)
  return parsed
}

function error(message: string): ParseError {
  const parsed = parse(message)
  if (parsed.kind !== 'parse-error') throw new Error(`no error but ${parsed.kind}`)
  return parsed
}

describe('a request', () => {
  it('gives method, Request-URI, CSeq and the values of its headers', () => {
    const message = request(text([...head, 'Contact: <sip:201@192.0.2.1>', 'X-Own: 1', 'Contact: <sip:201@192.0.2.2>']))
    expect([message.method, message.uri, message.cseq]).toEqual(['REGISTER', 'sip:example.com', 7])
    expect(message.first(HeaderId.CallId)).toBe('a@192.0.2.1')
    expect(message.count(HeaderId.Contact)).toBe(2)
    expect(message.all(HeaderId.Contact)).toEqual(['<sip:201@192.0.2.1>', '<sip:201@192.0.2.2>'])
    expect(message.first(HeaderId.Expires)).toBeUndefined()
    expect([message.other('x-own'), message.other('x-ow'), message.other('x-own1')]).toEqual(['1', undefined, undefined])
  })

  it('trap 42: may use compact names, any case and blanks about the colon', () => {
    const compact = [
      'v : SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'F\t:<sip:1@e>;tag=1',
      't:  <sip:1@e>  ',
      'I:x',
      'cseq:7 REGISTER',
      'L: 0',
    ]
    const message = request(text(compact))
    expect(message.first(HeaderId.To)).toBe('<sip:1@e>')
    expect(message.first(HeaderId.From)).toBe('<sip:1@e>;tag=1')
  })

  it('trap 43: may fold a header: the line end and the blanks about it are one space', () => {
    expect(request(text([...head, 'Subject: one \r\n\t two\r\n three'])).first(HeaderId.Subject)).toBe('one two three')
  })

  it('trap 43: may end its lines with LF only', () => {
    const message = request(text([...head, 'Subject: a\n b', 'Content-Length: 2'], startLine, 'xy', '\n'))
    expect([message.first(HeaderId.Subject), message.body]).toEqual(['a b', 'xy'])
  })

  it('may follow empty lines', () => {
    expect(request(`\r\n\r\n${text(head)}`).cseq).toBe(7)
  })

  it('trap 44: ends its body where Content-Length says, and at the end of the datagram without one', () => {
    expect(request(text([...head, 'Content-Length: 3'], startLine, 'abcdef')).body).toBe('abc')
    expect(request(text(head, startLine, 'abcdef')).body).toBe('abcdef')
  })

  it('trap 50: may name its version in any case and lack Max-Forwards', () => {
    expect(request(text(head, 'REGISTER sip:example.com sip/2.0')).method).toBe('REGISTER')
  })

  it('keeps every byte: what is not ASCII comes out as one character a byte', () => {
    expect(request(text([...head, 'Subject: \xe3\x81\x82\xff'])).first(HeaderId.Subject)).toBe('\xe3\x81\x82\xff')
  })

  it('is not read beyond the given length', () => {
    const bytes = Buffer.from(`${text(head)}garbage`, 'latin1')
    const message = parseDatagram(bytes, bytes.length - 7) as SipRequest
    expect(message.body).toBe('')
  })
})

describe('a response', () => {
  it('gives status, reason and CSeq', () => {
    const message = parse(text(head, 'SIP/2.0 401 Un authorized')) as SipResponse
    expect([message.status, message.reason, message.cseq, message.cseqMethod]).toEqual([401, 'Un authorized', 7, 'REGISTER'])
  })

  it.each(['SIP/2.0 99 x', 'SIP/2.0 700 x', 'SIP/2.0 4010 x', 'SIP/2.0', 'SIP/2.0 20x', 'SIP/3.0 200 OK'])(
    '%j is an error without an answer',
    (line) => {
      expect(error(text(head, line)).answer).toBeNull()
    },
  )
})

describe('a message with a fault', () => {
  const without = (name: string) => head.filter((line) => !line.startsWith(name))
  const cases: [string, string, ParseReason, 400 | 413 | 414 | 505 | null][] = [
    ['another version', text(head, 'REGISTER sip:example.com SIP/3.0'), 'bad-version', 505],
    ['a blank in the Request-URI', text(head, 'REGISTER sip:exa mple.com SIP/2.0'), 'bad-start-line', 400],
    ['two blanks in the start line', text(head, 'REGISTER  sip:example.com SIP/2.0'), 'bad-start-line', 400],
    ['no Request-URI', text(head, 'REGISTER SIP/2.0'), 'bad-start-line', 400],
    ['< > about the Request-URI', text(head, 'REGISTER <sip:example.com> SIP/2.0'), 'bad-start-line', 400],
    ['another protocol', text(head, 'GET / HTTP/1.1'), 'not-sip', null],
    ['a long Request-URI', text(head, `REGISTER sip:${'a'.repeat(limits.uri)} SIP/2.0`), 'uri-too-long', 414],
    ['a line without a colon', text([...head, 'nonsense']), 'bad-header', 400],
    ['a name that is no token', text([...head, 'a(b: c']), 'bad-header', 400],
    ['no name', text([...head, ': c']), 'bad-header', 400],
    ['a lone CR in a value', text([...head, 'Subject: a\rEvil: b']), 'bad-header', 400],
    ['no From', text(without('From')), 'missing-header', 400],
    ['no To', text(without('To')), 'missing-header', 400],
    ['no Call-ID', text(without('Call-ID')), 'missing-header', 400],
    ['an empty Call-ID', text([...without('Call-ID'), 'Call-ID:  ']), 'missing-header', 400],
    ['no CSeq', text(without('CSeq')), 'missing-header', 400],
    ['no Via', text(without('Via')), 'missing-header', null],
    ['trap 47: two To', text([...head, 't: <sip:2@e>']), 'duplicate-header', 400],
    ['trap 47: two From', text([...head, 'From: <sip:2@e>']), 'duplicate-header', 400],
    ['trap 47: two Call-ID', text([...head, 'i: b']), 'duplicate-header', 400],
    ['trap 47: two CSeq', text([...head, 'CSeq: 7 REGISTER']), 'duplicate-header', 400],
    ['trap 47: two Max-Forwards', text([...head, 'Max-Forwards: 7', 'Max-Forwards: 7']), 'duplicate-header', 400],
    ['trap 47: two Content-Length', text([...head, 'l: 0', 'Content-Length: 0']), 'duplicate-header', 400],
    [
      'trap 47: two From of which the first is empty',
      text([...without('From'), 'From:', 'From: <sip:2@e>;tag=1']),
      'duplicate-header',
      400,
    ],
    ['trap 47: two Expires', text([...head, 'Expires: 60', 'Expires: 0']), 'duplicate-header', 400],
    ['a CSeq of another method', text([...without('CSeq'), 'CSeq: 7 INVITE']), 'cseq-method', 400],
    ['a CSeq above 2^31-1', text([...without('CSeq'), 'CSeq: 2147483648 REGISTER']), 'bad-cseq', 400],
    ['a CSeq without a number', text([...without('CSeq'), 'CSeq: REGISTER']), 'bad-cseq', 400],
    ['a CSeq without a method', text([...without('CSeq'), 'CSeq: 7']), 'bad-cseq', 400],
    ['a negative Content-Length', text([...head, 'Content-Length: -1']), 'bad-content-length', 400],
    ['a Content-Length that is a word', text([...head, 'Content-Length: x']), 'bad-content-length', 400],
    ['a body shorter than Content-Length', text([...head, 'Content-Length: 5'], startLine, 'abcd'), 'body-too-short', 400],
    ['a huge Content-Length', text([...head, `Content-Length: ${'9'.repeat(40)}`]), 'body-too-short', 400],
    ['no empty line', [startLine, ...head, ''].join('\r\n'), 'no-end-of-headers', 400],
    ['more rows than allowed', text([...head, ...new Array(limits.rows).fill('X: 1')]), 'too-many-headers', 413],
    ['a value longer than allowed', text([...head, `X: ${'a'.repeat(limits.value)}`]), 'header-too-long', 413],
  ]

  it('a row with a lone CR is not there for whoever answers: it would be a line end to other readers', () => {
    const bytes = Buffer.from(text([...without('From'), 'From: <sip:1@e>;tag=1\rEvil: b']), 'latin1')
    const message = parseDatagram(bytes, bytes.length)
    if (message.kind !== 'parse-error') throw new Error(message.kind)
    expect([message.reason, message.answer, message.request?.first(HeaderId.From)]).toEqual(['bad-header', 400, undefined])
  })

  it.each(cases)('%s', (_, message, reason, answer) => {
    const parsed = error(message)
    expect([parsed.reason, parsed.answer]).toEqual([reason, answer])
    expect(parsed.close).toBe(false)
    if (answer !== null) expect(parsed.request?.first(HeaderId.Via)).toBe('SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1')
  })

  it('gets no answer if it is an ACK', () => {
    const ack = [...without('CSeq'), 'CSeq: 7 ACK', 'To: <sip:2@e>']
    expect(error(text(ack, 'ACK sip:example.com SIP/2.0')).answer).toBeNull()
  })

  it('just at a limit has none', () => {
    expect(request(text([...head, ...new Array(limits.rows - head.length).fill('X: 1')])).cseq).toBe(7)
    expect(request(text([...head, `X: ${'a'.repeat(limits.value - 3)}`])).cseq).toBe(7)
  })

  it('larger than any datagram is refused before it is read', () => {
    const parsed = parseDatagram(Buffer.alloc(70_000, 65), 70_000) as ParseError
    expect([parsed.reason, parsed.answer, parsed.request]).toEqual(['message-too-large', null, undefined])
  })
})

describe('what keeps a path open', () => {
  it.each([
    ['', 'empty'],
    ['\r\n', 'crlf'],
    ['\n', 'crlf'],
    ['\r\n\r\n', 'ping'],
    ['\0\0\0\0', 'zeros'],
    ['\0', 'zeros'],
    ['jaK', 'jak'],
    ['\x00\x01\x00\x00\x21\x12\xa4\x42abcdefghijkl', 'stun'],
  ])('%j is a keepalive: %s', (bytes, what) => {
    expect(parse(bytes)).toEqual({ kind: 'keepalive', what })
  })

  it.each(['jaKob', '\0\0x', '\x00\x01\x00\x00\x21\x12\xa4\x43abcdefghijkl', 'hello', '\xff\xfe'])('%j is none: silence', (bytes) => {
    expect(error(bytes).answer).toBeNull()
  })
})

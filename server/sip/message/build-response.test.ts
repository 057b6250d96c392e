import { describe, expect, it } from 'vitest'
import { buildResponse } from './build-response.ts'
import type { SipRequest } from './message.ts'
import { parseDatagram } from './parse.ts'

const source = { remoteIp: '192.0.2.9', remotePort: 1024 }

function request(...lines: string[]): SipRequest {
  const bytes = Buffer.from(['OPTIONS sip:e SIP/2.0', ...lines, '', ''].join('\r\n'), 'latin1')
  const message = parseDatagram(bytes, bytes.length)
  if (message.kind === 'request') return message
  if (message.kind === 'parse-error' && message.request !== undefined) return message.request
  throw new Error('no request')
}

describe('an answer', () => {
  it('carries every Via in order, From, To with our tag, Call-ID, CSeq, and the headers given, with long names', () => {
    const asked = request(
      'v: SIP/2.0/UDP h;rport',
      'f: <sip:1@e>;tag=1',
      'i: a',
      'CSeq: 7 OPTIONS',
      't: "x" <sip:1@e>',
      'v: SIP/2.0/UDP i, SIP/2.0/UDP j',
    )
    expect(buildResponse(asked, 200, 'OK', source, 'ours', 'Expires: 60\r\nContact: <sip:1@h>\r\n').split('\r\n')).toEqual([
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP h;rport=1024;received=192.0.2.9',
      'Via: SIP/2.0/UDP i, SIP/2.0/UDP j',
      'From: <sip:1@e>;tag=1',
      'To: "x" <sip:1@e>;tag=ours',
      'Call-ID: a',
      'CSeq: 7 OPTIONS',
      'Expires: 60',
      'Contact: <sip:1@h>',
      'Content-Length: 0',
      '',
      '',
    ])
  })

  it.each([
    ['<sip:1@e>;tag=theirs', '<sip:1@e>;tag=theirs'],
    ['sip:1@e;tag=theirs', 'sip:1@e;tag=theirs'],
    ['<sip:1@e;tag=no>', '<sip:1@e;tag=no>;tag=ours'],
    ['<sip:1@e>;x=">"', '<sip:1@e>;x=">";tag=ours'],
    ['sip:1@e', 'sip:1@e;tag=ours'],
  ])('adds our tag to To only if it has none: %s', (to, expected) => {
    const asked = request('Via: SIP/2.0/UDP h', 'From: <sip:1@e>;tag=1', `To: ${to}`, 'Call-ID: a', 'CSeq: 7 OPTIONS')
    expect(buildResponse(asked, 200, 'OK', source, 'ours', '')).toContain(`\r\nTo: ${expected}\r\n`)
  })

  it('to a faulty request carries what could be read, a malformed Via as it came', () => {
    expect(buildResponse(request('Via: nonsense', 'CSeq: 7 OPTIONS'), 400, 'Bad Request', source, 'ours', '')).toBe(
      'SIP/2.0 400 Bad Request\r\nVia: nonsense\r\nCSeq: 7 OPTIONS\r\nContent-Length: 0\r\n\r\n',
    )
  })

  it('never carries a fold or a line of the sender that is no header', () => {
    const asked = request('Via: SIP/2.0/UDP h', 'From: <sip:1@e>;tag=1', 'To: "a\r\n Evil: 1" <sip:1@e>', 'Call-ID: a', 'CSeq: 7 OPTIONS')
    expect(
      buildResponse(asked, 200, 'OK', source, 'ours', '')
        .split('\r\n')
        .filter((line) => line.startsWith('Evil') || line.startsWith(' ')),
    ).toEqual([])
  })
})

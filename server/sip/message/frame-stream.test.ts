import { describe, expect, it } from 'vitest'
import { type Framed, FrameStream } from './frame-stream.ts'
import { limits } from './limits.ts'

const head = ['Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1', 'From: <sip:1@e>;tag=1', 'To: <sip:1@e>', 'Call-ID: a', 'CSeq: 7 REGISTER']

function message(...more: string[]): string {
  return ['REGISTER sip:e SIP/2.0', ...head, ...more, '', ''].join('\r\n')
}

function seen(framed: Framed): string {
  switch (framed.kind) {
    case 'request':
      return `request ${framed.cseq} ${framed.body}`
    case 'response':
      return `response ${framed.status}`
    case 'keepalive':
      return framed.what
    case 'parse-error':
      return `${framed.reason} ${framed.answer}${framed.close ? ' close' : ''}`
  }
}

function push(stream: FrameStream, text: string): string[] {
  return stream.push(Buffer.from(text, 'latin1')).map(seen)
}

describe('a stream', () => {
  it('gives one message after another, each with its own body', () => {
    const stream = new FrameStream()
    expect(
      push(stream, `${message('Content-Length: 3')}abc${message('l: 0')}SIP/2.0 200 OK\r\n${head.join('\r\n')}\r\nl:0\r\n\r\n`),
    ).toEqual(['request 7 abc', 'request 7 ', 'response 200'])
    expect(stream.waiting).toBe(0)
  })

  it('waits for the rest of half a message', () => {
    const stream = new FrameStream()
    const text = `${message('Content-Length: 3')}abc`
    expect(push(stream, text.substring(0, 40))).toEqual([])
    expect(stream.waiting).toBe(40)
    expect(push(stream, text.substring(40, text.length - 1))).toEqual([])
    expect(push(stream, text.substring(text.length - 1))).toEqual(['request 7 abc'])
  })

  it('does not keep the buffer that the socket reads into', () => {
    const stream = new FrameStream()
    const text = Buffer.from(message('Content-Length: 0'), 'latin1')
    const shared = Buffer.from(text.subarray(0, 50))
    stream.push(shared)
    shared.fill(0)
    expect(stream.push(text.subarray(50)).map(seen)).toEqual(['request 7 '])
  })

  it('sees a ping in CRLFCRLF and skips other line ends before a message', () => {
    const stream = new FrameStream()
    expect(push(stream, '\r\n\r\n')).toEqual(['ping'])
    expect(push(stream, '\r\n')).toEqual([])
    expect(push(stream, `${message('l: 0')}\r\n\r\n\r\n\r\n`)).toEqual(['request 7 ', 'ping', 'ping'])
  })

  it('goes on behind a message that is wrong but whose end is known', () => {
    const stream = new FrameStream()
    expect(push(stream, `${message('To: <sip:2@e>', 'Content-Length: 3')}abc${message('l: 0')}`)).toEqual([
      'duplicate-header 400',
      'request 7 ',
    ])
    expect(push(stream, message('l: 0').replace('SIP/2.0\r\n', 'SIP/3.0\r\n'))).toEqual(['bad-version 505'])
  })

  it.each([
    ['no Content-Length', message(), 'missing-content-length 400 close'],
    ['a negative Content-Length', message('Content-Length: -5'), 'bad-content-length 400 close'],
    ['two Content-Lengths', message('Content-Length: 5', 'l: 6'), 'duplicate-header 400 close'],
    ['a body that is too large', message(`Content-Length: ${limits.message}`), 'message-too-large 413 close'],
    ['another protocol', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'not-sip null close'],
    ['too many rows', message(...new Array(300).fill('X: 1'), 'Content-Length: 0'), 'too-many-headers 413 close'],
  ])('ends with %s', (_, text, expected) => {
    const stream = new FrameStream()
    expect(push(stream, text)).toEqual([expected])
    expect(push(stream, message('l: 0'))).toEqual([])
    expect(stream.waiting).toBe(0)
  })

  it('ends when a head grows beyond the limit without ending', () => {
    const stream = new FrameStream()
    const line = `X: ${'a'.repeat(997)}`
    expect(push(stream, ['REGISTER sip:e SIP/2.0', ...head, ...new Array(60).fill(line)].join('\r\n'))).toEqual([])
    expect(push(stream, `\r\n${new Array(6).fill(line).join('\r\n')}`)).toEqual(['message-too-large 413 close'])
    expect(push(stream, 'x')).toEqual([])
  })
})

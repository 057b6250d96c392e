import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { WebSocketDoor } from './websocket-door.ts'

const asked = {
  upgrade: 'websocket',
  connection: 'Upgrade',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'sip',
  host: 'sip.example.jp:8080',
}

/** The first row of the answer to a handshake with these headers, and its row about the subprotocol. */
function knock(door: WebSocketDoor, headers: Record<string, string | undefined>, method = 'GET'): string {
  const socket = new PassThrough()
  let answer = ''
  // What is written is only looked at: nobody speaks on behind it.
  socket.write = ((text: string | Buffer) => {
    answer += String(text)
    return true
  }) as typeof socket.write
  socket.end = ((text: string | Buffer) => {
    answer += String(text)
    return socket
  }) as typeof socket.end
  const request = { method, url: '/', headers: { ...asked, ...headers } } as unknown as IncomingMessage
  door.admit(request, Object.assign(socket, { setTimeout: () => socket, setNoDelay: () => socket }), Buffer.alloc(0), () => {})
  return `${answer.split('\r\n')[0]?.slice(9, 12)} ${/Sec-WebSocket-Protocol: (\S*)/.exec(answer)?.[1] ?? ''}`.trim()
}

test.each<[string, Record<string, string | undefined>, string]>([
  ['a program that names no origin', {}, '101 sip'],
  ['the portal’s page', { origin: 'https://portal.example.jp' }, '101 sip'],
  ['the portal’s page in other letters', { origin: 'HTTPS://Portal.Example.JP' }, '101 sip'],
  ['a page of this very host and port', { origin: 'http://sip.example.jp:8080' }, '101 sip'],
  ['a page of this host at another port', { origin: 'http://sip.example.jp' }, '403'],
  ['a page of a stranger', { origin: 'https://evil.example' }, '403'],
  ['a page whose name begins like ours', { origin: 'https://portal.example.jp.evil.example' }, '403'],
  ['a page of the portal’s name without TLS', { origin: 'http://portal.example.jp' }, '403'],
  ['a page of no origin', { origin: 'null' }, '403'],
  ['a page of what is no address', { origin: '://' }, '403'],
  ['an empty origin', { origin: '' }, '403'],
  ['no subprotocol', { 'sec-websocket-protocol': undefined }, '400'],
  ['another subprotocol', { 'sec-websocket-protocol': 'sips, xsip' }, '400'],
  ['sip among others', { 'sec-websocket-protocol': 'msrp,  sip' }, '101 sip'],
  ['SIP in capitals', { 'sec-websocket-protocol': 'SIP' }, '101 sip'],
  ['a version from before the RFC', { 'sec-websocket-version': '7' }, '400'],
  ['no key', { 'sec-websocket-key': undefined }, '400'],
])('%s', (_who, headers, answer) => {
  expect(knock(new WebSocketDoor(['https://portal.example.jp']), headers)).toBe(answer)
})

test('with * any page may come', () => {
  expect(knock(new WebSocketDoor(['*']), { origin: 'https://evil.example' })).toBe('101 sip')
  expect(knock(new WebSocketDoor(['*']), { origin: 'null' })).toBe('101 sip')
})

test('nothing but GET upgrades', () => {
  expect(knock(new WebSocketDoor([]), {}, 'POST')).toBe('405')
})

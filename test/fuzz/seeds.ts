/** What phones, servers, balancers and attackers send: where the fuzzer begins. */

import { registerText } from '../support/register-request.ts'
import { allFixtures } from '../torture/describe-message.ts'
import { proof } from './proof.ts'

const call = ['Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKabc;rport', 'Max-Forwards: 70', 'From: <sip:1001@sip.test>;tag=f']

function request(method: string, ...rows: string[]): Buffer {
  const head = [`${method} sip:sip.test SIP/2.0`, ...call, 'To: <sip:1001@sip.test>', 'Call-ID: c1', `CSeq: 7 ${method}`]
  return Buffer.from([...head, ...rows, '', ''].join('\r\n'), 'latin1')
}

/** A REGISTER whose proof is filled in when it is sent. */
function proven(line: number, cseq: number, rows: readonly string[]): Buffer {
  const user = `${1000 + line}`
  const text = registerText({
    user,
    cseq,
    callId: `call-${user}`,
    branch: `z9hG4bK${user}x${cseq}`,
    rows: [...rows, `Authorization: ${proof(line)}`],
  })
  return Buffer.from(text, 'latin1')
}

const instance = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000a95a0e128>"'

const registers = [
  proven(1, 1, ['Contact: <sip:1001@192.0.2.10:5060>', 'Expires: 600']),
  proven(1, 2, ['Contact: <sip:1001@192.0.2.10:5062;transport=tcp>;q=0.7;expires=120']),
  proven(1, 3, [`Contact: <sip:1001@192.0.2.10;ob>;reg-id=1;${instance}`, 'Supported: path, outbound, gruu']),
  proven(1, 4, [`m: "A, B" <sip:1001@192.0.2.11>;expires=600, <sip:1001@[2001:db8::1]:5061;transport=tls>;${instance};reg-id=2`]),
  proven(1, 5, ['Contact: *', 'Expires: 0']),
  proven(1, 6, ['Contact: sip:1001@192.0.2.10;expires=0']),
  proven(1, 7, []),
  proven(2, 1, ['Contact: <sip:1002@192.0.2.10:5060>;expires=60', 'Contact: <sip:%31002@192.0.2.10>;expires=3600;q=1.0']),
  proven(2, 2, ['Path: <sip:edge.example;lr;ob>', 'Contact: <sip:1002@192.0.2.10>', 'Supported: path', 'Require: path']),
  proven(2, 3, ['Contact: <sip:1002@x.invalid;transport=ws>', 'Expires: 4294967296']),
  proven(2, 4, ['Contact: <mailto:a@b>', 'Contact: <sips:1002@h>;expires="60"']),
  proven(3, 1, ['Contact: <sip:1003@192.0.2.10>', 'Expires: 10']),
]

const shapes = [
  Buffer.from(registerText()),
  Buffer.from(registerText({ user: 'nobody', rows: ['Contact: None'] })),
  request('OPTIONS', 'Accept: application/sdp', 'Content-Length: 0'),
  request(
    'SUBSCRIBE',
    'Event: reg',
    'Accept: application/reginfo+xml',
    'Expires: 600',
    'Contact: <sip:1001@192.0.2.10>',
    `Authorization: ${proof(1)}`,
  ),
  request('SUBSCRIBE', 'o: reg;id=7', 'Contact: <sip:1001@192.0.2.10>', 'Expires: 0'),
  request('INVITE', 'Contact: <sip:1001@192.0.2.10>', 'c: application/sdp', 'l: 4', '', 'v=0'),
  request('ACK', 'l: 0'),
  request('CANCEL', 'l: 0'),
  request('BYE', 'Route: <sip:p;lr>', 'l: 0'),
  request('MESSAGE', 'Content-Type: text/plain', 'Content-Length: 5', '', 'hello'),
  Buffer.from(
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKours\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n',
  ),
]

/** A STUN binding request with SOFTWARE and FINGERPRINT (RFC 8489 §5), and a bare one. */
export const stun = [
  Buffer.from('000100002112a442000102030405060708090a0b', 'hex'),
  Buffer.from('000100142112a442000102030405060708090a0b802200045465737480280004e57a3bcf00060000', 'hex'),
]

export const keepalives = [
  Buffer.from('\r\n\r\n'),
  Buffer.from('\r\n'),
  Buffer.alloc(4),
  Buffer.from('jaK'),
  Buffer.from('jaK\0'),
  Buffer.from(''),
  ...stun,
]

export const torture = allFixtures().map(({ bytes }) => bytes)

/** Everything that may come as a datagram or on a stream. */
export const everything: readonly Buffer[] = [...registers, ...shapes, ...keepalives, ...torture]

/** What gets behind the proof, and a little of the rest. */
export const mostlyProven: readonly Buffer[] = [...registers, ...registers, ...shapes, ...keepalives]

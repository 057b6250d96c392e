import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerStun } from './stun.ts'

const id = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex')

function request(attributes: Uint8Array = Buffer.alloc(0), type = 1, cookie = 0x2112a442): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(attributes.length, 2)
  head.writeUInt32BE(cookie, 4)
  id.copy(head, 8)
  return Buffer.concat([head, attributes])
}

function attribute(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type, 0)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)])
}

const answer = (bytes: Buffer, ip = '192.0.2.1', port = 32853) => answerStun(bytes, 0, bytes.length, ip, port)
/** An independent CRC-32, bit by bit. */
function fingerprintOf(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff ^ 0x5354554e) >>> 0
}
function withFingerprint(attributes: Buffer): Buffer {
  const whole = request(Buffer.concat([attributes, attribute(0x8028, Buffer.alloc(4))]))
  whole.writeUInt32BE(fingerprintOf(whole.subarray(0, -8)), whole.length - 4)
  return whole
}

describe('trap 37: a STUN Binding request', () => {
  // The addresses and their masked forms of RFC 5769 §2.2 and §2.3.
  test.each([
    ['192.0.2.1', '0101000c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643'],
    ['2001:db8:1234:5678:11:2233:4455:6677', '010100182112a442b7e7a701bc34d686fa87dfae002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9'],
  ])('from %s is answered with that address, masked', (ip, wanted) => {
    expect(answer(request(), ip)?.toString('hex')).toBe(wanted)
  })

  test.each([
    ['::1', '00000000000000000000000000000001'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001'],
    ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
    ['2001:db8::', '20010db8000000000000000000000000'],
  ])('is answered whichever way the address %s is written', (ip, bytes) => {
    const masked = answer(request(), ip)?.subarray(28) ?? Buffer.alloc(0)
    const mask = request().subarray(4, 20)
    expect(Buffer.from([...masked].map((byte, at) => byte ^ (mask[at] ?? 0))).toString('hex')).toBe(bytes)
  })

  test('is answered wherever it lies in what was read', () => {
    const bytes = Buffer.concat([Buffer.from('xyz'), request(), Buffer.from('more')])
    expect(answerStun(bytes, 3, 20, '192.0.2.1', 32853)).toEqual(answer(request()))
  })

  test('with a right fingerprint gets one in the answer; with a wrong one, nothing', () => {
    const asked = withFingerprint(attribute(0x8022, Buffer.from('phone')))
    const got = answer(asked) ?? Buffer.alloc(0)
    expect(got.length).toBe(40)
    expect(got.readUInt32BE(36)).toBe(fingerprintOf(got.subarray(0, 32)))
    asked[asked.length - 1] = (asked[asked.length - 1] ?? 0) ^ 1
    expect(answer(asked)).toBeUndefined()
  })

  test('may carry what need not be understood', () => {
    expect(answer(request(attribute(0x8022, Buffer.from('test vector'))))?.length).toBe(32)
  })

  test.each([
    ['an attribute that must be understood', request(attribute(0x0003, Buffer.alloc(4)))],
    ['an attribute longer than the message', request(Buffer.from('80220040', 'hex'))],
    ['half an attribute', request(Buffer.from('8022', 'hex'))],
    ['a length that is not its own', Buffer.concat([request(), Buffer.alloc(4)])],
    ['another cookie', request(undefined, 1, 0x2112a443)],
    ['an indication', request(undefined, 0x0011)],
    ['an answer', request(undefined, 0x0101)],
    ['a head cut off', request().subarray(0, 19)],
  ])('gets no answer with %s', (_, bytes) => {
    expect(answer(bytes)).toBeUndefined()
  })

  test.each(['', 'host', '1.2.3', '1.2.3.256', '1:2', ':::', '1:2:3:4:5:6:7:8:9', '12345::', '::1.2.3'])(
    'gets no answer where %j should be an address',
    (ip) => {
      expect(answer(request(), ip)).toBeUndefined()
    },
  )

  test('never makes a long answer, whatever its bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (body, ipv6) => {
        const got = answer(request(Buffer.from(body)), ipv6 ? '2001:db8::7' : '192.0.2.1')
        expect(got === undefined || got.length <= 20 + body.length + 24).toBe(true)
      }),
    )
  })
})

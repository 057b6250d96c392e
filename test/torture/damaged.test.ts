/** The torture messages cut and bent, and messages built to exhaust a reader: always a value, never an exception, never slow. */
import { describe, expect, it } from 'vitest'
import { FrameStream } from '../../server/sip/message/frame-stream.ts'
import { allFixtures, describeMessage } from './describe-message.ts'

const fixtures = allFixtures()

function request(...more: string[]): Buffer {
  const head = ['Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'From: <sip:1@e>;tag=1', 'To: <sip:1@e>', 'Call-ID: a', 'CSeq: 1 REGISTER']
  return Buffer.from(['REGISTER sip:e SIP/2.0', ...head, ...more, '', ''].join('\r\n'), 'latin1')
}

describe('a damaged message', () => {
  it.each(fixtures)('$name cut off at every byte is a value', ({ bytes }) => {
    for (let length = 0; length <= bytes.length; length++) expect(describeMessage(bytes.subarray(0, length))).toBeTypeOf('string')
  })

  it.each(fixtures)('$name with any one byte changed is a value', ({ bytes }) => {
    for (let at = 0; at < bytes.length; at++) {
      const bent = Buffer.from(bytes)
      for (const byte of [0, 10, 13, 32, 34, 44, 58, 59, 60, 255, (bent[at] as number) ^ 0x20]) {
        bent[at] = byte
        expect(describeMessage(bent)).toBeTypeOf('string')
      }
    }
  })

  it('with a header of 64 KiB is answered with 413', () => {
    expect(describeMessage(request(`Subject: ${'a'.repeat(65_000)}`))).toBe('header-too-long 413')
    expect(describeMessage(request(`Contact: <sip:1@h>${';a=b'.repeat(10_000)}`))).toBe('header-too-long 413')
    expect(describeMessage(request(`Subject: ${'a\r\n '.repeat(10_000)}`))).toBe('header-too-long 413')
    expect(describeMessage(request(...new Array(10_000).fill('a:b')))).toBe('too-many-headers 413')
  })

  it('with as many parameters as fit in a header is read or refused', () => {
    expect(describeMessage(request(`Contact: <sip:1@h>${';a'.repeat(4_000)}`))).toBe('REGISTER to=sip contacts=malformed vias=1')
    expect(describeMessage(request(`Via: SIP/2.0/UDP h${';a'.repeat(4_000)}`))).toBe('REGISTER to=sip contacts=0 vias=2')
    expect(describeMessage(request(`Contact: ${'<sip:1@h>,'.repeat(800)}<sip:1@h>`))).toBe('REGISTER to=sip contacts=malformed vias=1')
    expect(describeMessage(request(`Contact: ${'"'.repeat(8_000)}`))).toBe('REGISTER to=sip contacts=malformed vias=1')
    expect(describeMessage(request(`Contact: <sip:${'%41'.repeat(2_000)}@h>`))).toBe('REGISTER to=sip contacts=1 vias=1')
  })

  it('on a stream comes to a value or to waiting, however it is bent', () => {
    for (const { bytes } of fixtures) {
      for (let at = 0; at < bytes.length; at += 3) {
        const bent = Buffer.from(bytes)
        bent[at] = (bent[at] as number) ^ 0x20
        const stream = new FrameStream()
        expect(stream.push(bent).length + stream.waiting).toBeGreaterThanOrEqual(0)
        expect(stream.waiting).toBeLessThanOrEqual(bytes.length)
      }
    }
  })
})

/**
 * The IPv6 torture messages of RFC 5118. Three of them carry a Content-Length here that counts the body as it is printed; the
 * numbers in the RFC do not.
 */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readVia } from '../../server/sip/message/via.ts'
import { describeMessage, fixture } from './describe-message.ts'

const folder = 'rfc5118'

const expected: Record<string, string> = {
  'ipv6-good': 'REGISTER to=sip contacts=1 vias=1',
  // The colons of a bare address cannot be told from a port: the registrar answers 400.
  'ipv6-bad': 'REGISTER to=sip uri=bad contacts=1 vias=1',
  'port-ambiguous': 'REGISTER to=sip contacts=1 vias=1',
  'port-unambiguous': 'REGISTER to=sip contacts=1 vias=1',
  'via-received-param-with-delim': 'BYE to=sip contacts=0 vias=1',
  'via-received-param-no-delim': 'OPTIONS to=sip contacts=1 vias=1',
  'ipv6-in-sdp': 'INVITE to=sip contacts=1 vias=1',
  'mult-ip-in-header': 'BYE to=sip contacts=0 vias=3',
  'mult-ip-in-sdp': 'INVITE to=sip contacts=1 vias=1',
  'ipv4-mapped-ipv6': 'INVITE to=sip contacts=1 vias=2',
  'ipv6-bug-abnf-3-colons': 'OPTIONS to=sip contacts=0 vias=1',
  'ipv6-correct-abnf-2-colons': 'OPTIONS to=sip contacts=0 vias=1',
}

describe('RFC 5118', () => {
  it('is complete: every message has its line here', () => {
    const files = readdirSync(new URL(`${folder}/`, import.meta.url)).filter((name) => name.endsWith('.dat'))
    expect(files.sort()).toEqual(
      Object.keys(expected)
        .map((name) => `${name}.dat`)
        .sort(),
    )
  })

  it.each(Object.entries(expected))('%s: %s', (name, becomes) => {
    expect(describeMessage(fixture(folder, name))).toBe(becomes)
  })

  it('received is read with and without brackets', () => {
    expect(readVia('SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111')?.received).toBe('[2001:db8::9:255]')
    expect(readVia('SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3')?.received).toBe('2001:db8::9:255')
  })
})

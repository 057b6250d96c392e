import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { challengeHeader } from '../../server/sip/digest/challenge.ts'
import { readDigest } from '../../server/sip/digest/credentials.ts'
import { Nonces } from '../../server/sip/digest/nonce.ts'
import { digestResponse, ha1, verifyDigest } from '../../server/sip/digest/verify.ts'

const text = fc.string({ maxLength: 30, unit: 'grapheme-ascii' })
const quoted = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
const pieces = fc
  .array(fc.constantFrom('Digest ', 'realm', 'nonce', 'username', '=', '"', ',', ' ', '\\', "'", 'x', 'MD5', '\xff', '\t'))
  .map((parts) => parts.join(''))

describe('digest parameters', () => {
  it('of any text are a value', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces,
          pieces.map((rest) => `Digest ${rest}`),
        ),
        (value) => {
          const read = readDigest(value)
          expect(typeof read === 'string' ? ['malformed', 'other-scheme'].includes(read) : read.realm.length <= value.length).toBe(true)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('survive quoting, whatever they hold', () => {
    fc.assert(
      fc.property(text, text, text, (username, realm, uri) => {
        expect(readDigest(`Digest username=${quoted(username)} , realm=${quoted(realm)},uri=${quoted(uri)}`)).toMatchObject({
          username,
          realm,
          uri,
        })
      }),
    )
  })
})

describe('a proof', () => {
  it('holds for the right password and method and for no other', () => {
    fc.assert(
      fc.property(
        text,
        fc.string(),
        fc.string(),
        fc.constantFrom('MD5' as const, 'SHA-256' as const),
        fc.boolean(),
        (username, password, other, algorithm, qop) => {
          fc.pre(password !== other && password.isWellFormed() && other.isWellFormed())
          const credentials = readDigest(challengeHeader('e', 'abc', algorithm, false))
          if (typeof credentials === 'string') throw new Error(credentials)
          Object.assign(credentials, { username, uri: 'sip:e', nc: '00000001', cnonce: 'c', qop: qop ? 'auth' : '' })
          const secret = ha1(algorithm, username, 'e', password)
          credentials.response = digestResponse(algorithm, secret, 'REGISTER', credentials)
          expect(verifyDigest(credentials, 'REGISTER', secret)).toBe(true)
          expect(verifyDigest(credentials, 'INVITE', secret)).toBe(false)
          expect(verifyDigest(credentials, 'REGISTER', ha1(algorithm, username, 'e', other))).toBe(false)
        },
      ),
    )
  })
})

describe('a nonce', () => {
  const nonces = () => new Nonces({ current: { id: 7, key: Buffer.alloc(32, 7) } }, 60_000, Buffer.alloc(8, 1))

  it('is only ours if we made it', () => {
    const made = nonces()
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^07[0-9a-f]{48}$/)), (nonce) => {
        expect(made.check(nonce, 0, '192.0.2.1')).toEqual({ ours: false })
      }),
    )
  })

  it('is of the address that it was issued to, be it written as it may', () => {
    const made = nonces()
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV6(), fc.string(), (ip4, ip6, anything) => {
        for (const ip of [ip4, ip6, anything])
          expect(made.check(made.issue(1000, ip), 1000, ip)).toMatchObject({ ours: true, sameAddress: true })
        expect(made.check(made.issue(1000, ip4), 1000, ip6).ours).toBe(true)
      }),
    )
  })
})

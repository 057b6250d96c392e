import { expect, it } from 'vitest'
import { challengeHeader } from './challenge.ts'
import { readDigest } from './credentials.ts'

it('trap 22: a challenge quotes realm, nonce and qop, and leaves algorithm and stale bare', () => {
  expect(challengeHeader('sip.localhost', 'abc', 'MD5', false)).toBe('Digest realm="sip.localhost", nonce="abc", algorithm=MD5, qop="auth"')
  expect(challengeHeader('e', 'abc', 'SHA-256', true)).toBe('Digest realm="e", nonce="abc", algorithm=SHA-256, qop="auth", stale=true')
})

it('a realm with quotes and backslashes is read back as it was', () => {
  expect(readDigest(challengeHeader('a"b\\c', 'n', 'MD5', true))).toMatchObject({ realm: 'a"b\\c', stale: 'true' })
})

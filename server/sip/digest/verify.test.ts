import { describe, expect, it } from 'vitest'
import { DigestCredentials } from './credentials.ts'
import { digestAlgorithm, digestResponse, ha1, verifyDigest } from './verify.ts'

function credentials(fields: Partial<DigestCredentials>): DigestCredentials {
  return Object.assign(new DigestCredentials(), fields)
}

const uri = '/dir/index.html'
const rfc2617 = {
  username: 'Mufasa',
  realm: 'testrealm@host.com',
  nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  uri,
  response: '6629fae49393a05397450978507c4ef1',
  qop: 'auth',
  nc: '00000001',
  cnonce: '0a4f113b',
}
const rfc7616 = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  uri,
  qop: 'auth',
  nc: '00000001',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
}

describe('the examples of the RFCs', () => {
  it.each([
    ['RFC 2617 §3.5', 'Circle Of Life', rfc2617],
    ['RFC 2069, corrected', 'CircleOfLife', { ...rfc2617, qop: '', nc: '', cnonce: '', response: '1949323746fe6a43ef61f9606e7febea' }],
    ['RFC 7616 §3.9.1, MD5', 'Circle of Life', { ...rfc7616, algorithm: 'MD5', response: '8ca523f5e9506fed4657c9700eebdbec' }],
    [
      'RFC 7616 §3.9.1, SHA-256',
      'Circle of Life',
      { ...rfc7616, algorithm: 'SHA-256', response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1' },
    ],
  ])('%s', (_, password, fields) => {
    const algorithm = digestAlgorithm(credentials(fields).algorithm) ?? 'MD5'
    const secret = ha1(algorithm, fields.username, fields.realm, password)
    expect(digestResponse(algorithm, secret, 'GET', credentials(fields))).toBe(fields.response)
    expect(verifyDigest(credentials(fields), 'GET', secret)).toBe(true)
    expect(verifyDigest(credentials(fields), 'GET', ha1(algorithm, fields.username, fields.realm, `${password} `))).toBe(false)
    expect(verifyDigest(credentials(fields), 'REGISTER', secret)).toBe(false)
  })
})

describe('a proof', () => {
  const secret = ha1('MD5', 'Mufasa', 'testrealm@host.com', 'Circle Of Life')

  it.each([
    ['upper-case hex', { response: rfc2617.response.toUpperCase() }],
    ['the algorithm in lower case', { algorithm: 'md5' }],
    ['no algorithm', { algorithm: '' }],
  ])('holds with %s', (_, fields) => {
    expect(verifyDigest(credentials({ ...rfc2617, ...fields }), 'GET', secret)).toBe(true)
  })

  it.each([
    ['another digit', { response: rfc2617.response.replace(/1$/, '2') }],
    ['another first digit', { response: rfc2617.response.replace(/^6/, '7') }],
    ['no response', { response: '' }],
    ['a cut response', { response: rfc2617.response.substring(1) }],
    ['auth-int', { qop: 'auth-int' }],
    ['another count', { nc: '00000002' }],
    ['no count', { nc: '' }],
    ['no cnonce', { cnonce: '' }],
    ['another nonce', { nonce: 'x' }],
    ['another uri', { uri: '/dir/Index.html' }],
    ['an unknown algorithm', { algorithm: 'MD4' }],
    ['an algorithm with a session', { algorithm: 'MD5-sess' }],
    ['the algorithm of another hash', { algorithm: 'SHA-256' }],
    ['a character that only looks like a digit', { response: `${rfc2617.response.substring(1)}\u0136` }],
  ])('fails with %s', (_, fields) => {
    expect(verifyDigest(credentials({ ...rfc2617, ...fields }), 'GET', secret)).toBe(false)
  })

  it('hashes the uri and the qop as sent', () => {
    for (const fields of [{ uri: 'sip:E.example;transport=TLS', qop: 'AUTH' }, { uri: `sip:${'x'.repeat(200)}@e` }]) {
      const sent = credentials({ ...rfc2617, ...fields })
      sent.response = digestResponse('MD5', secret, 'REGISTER', sent)
      expect(verifyDigest(sent, 'REGISTER', secret)).toBe(true)
      expect(
        verifyDigest(
          Object.assign(sent, { uri: sent.uri.toLowerCase() === sent.uri ? `${sent.uri}x` : sent.uri.toLowerCase() }),
          'REGISTER',
          secret,
        ),
      ).toBe(false)
    }
  })

  it('is right for texts that are not ASCII: bytes of the wire and the UTF-8 of the directory meet', () => {
    // md5 of "受付:e:鍵", "REGISTER:sip:é@e" in UTF-8, and of both with the rest, made with another program.
    const own = ha1('MD5', '受付', 'e', '鍵')
    const wire = credentials({
      username: Buffer.from('受付').toString('latin1'),
      realm: 'e',
      nonce: 'n',
      uri: Buffer.from('sip:é@e').toString('latin1'),
    })
    expect(own).toBe('20831b02a89b7c778e741c51d63b80ea')
    expect(digestResponse('MD5', own, 'REGISTER', wire)).toBe('9663a6323179f4b19e8956886ffd2c28')
  })

  it('stays right when more addresses come by than are remembered', () => {
    const response = (at: number) => digestResponse('MD5', secret, 'REGISTER', credentials({ ...rfc2617, uri: `sip:${at}.example` }))
    const first = Array.from({ length: 200 }, (_, at) => response(at))
    expect(Array.from({ length: 200 }, (_, at) => response(at))).toEqual(first)
    expect(new Set(first).size).toBe(200)
  })
})

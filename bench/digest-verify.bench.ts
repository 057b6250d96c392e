/**
 * What the proof of one REGISTER costs: reading the credentials, knowing the nonce, verifying the response. Aim: nonce and
 * verification ≤ 2 µs. Below it, the ways to make a nonce's MAC that were weighed: SipHash in JavaScript against OpenSSL.
 */
import { createHmac, hash } from 'node:crypto'
import { challengeHeader } from '../server/sip/digest/challenge.ts'
import { DigestCredentials, readDigest } from '../server/sip/digest/credentials.ts'
import { Nonces } from '../server/sip/digest/nonce.ts'
import { SipHashKey, sipHash, sipTag } from '../server/sip/digest/siphash.ts'
import { digestResponse, ha1, verifyDigest } from '../server/sip/digest/verify.ts'
import { measure } from './measure.ts'

const now = 1_795_000_000_000
const ip = '192.0.2.17'
const nonces = new Nonces({ current: { id: 1, key: Buffer.alloc(32, 7) } }, 3_600_000, Buffer.alloc(8, 9))

interface Proof {
  readonly value: string
  readonly credentials: DigestCredentials
  readonly secret: string
}

function proof(at: number, algorithm: 'MD5' | 'SHA-256'): Proof {
  const credentials = Object.assign(new DigestCredentials(), {
    username: `0501234${at}`,
    realm: 'sip.example.com',
    nonce: nonces.issue(now, ip),
    uri: 'sip:sip.example.com',
    algorithm,
    qop: 'auth',
    nc: '0000000a',
    cnonce: `0a4f113b${at}`,
  })
  const secret = ha1(algorithm, credentials.username, credentials.realm, `secret ${at}`)
  credentials.response = digestResponse(algorithm, secret, 'REGISTER', credentials)
  const { username, realm, nonce, uri, response, qop, nc, cnonce } = credentials
  const value = `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, qop=${qop}, nc=${nc}, cnonce="${cnonce}"`
  return { value, credentials, secret }
}

const md5 = Array.from({ length: 64 }, (_, at) => proof(at, 'MD5'))
const sha256 = Array.from({ length: 64 }, (_, at) => proof(at, 'SHA-256'))
let kept = 0

function verify(proofs: readonly Proof[], call: number): void {
  const { value, secret } = proofs[call & 63] as Proof
  const credentials = readDigest(value)
  if (typeof credentials === 'string') throw new Error(credentials)
  const check = nonces.check(credentials.nonce, now, ip)
  if (check.ours && !check.expired && check.sameAddress && verifyDigest(credentials, 'REGISTER', secret)) kept++
  else throw new Error('a right proof was refused')
}

measure('read the credentials', (call) => {
  const credentials = readDigest((md5[call & 63] as Proof).value)
  if (typeof credentials !== 'string') kept += credentials.nonce.length
})
measure('check a nonce', (call) => {
  if (nonces.check((md5[call & 63] as Proof).credentials.nonce, now, ip).ours) kept++
})
measure('issue a challenge', (call) => {
  kept += challengeHeader('sip.example.com', nonces.issue(now + call, ip), 'MD5', false).length
})
measure('verify a response, MD5', (call) => {
  const { credentials, secret } = md5[call & 63] as Proof
  if (verifyDigest(credentials, 'REGISTER', secret)) kept++
})
measure('whole proof, MD5', (call) => verify(md5, call))
measure('whole proof, SHA-256', (call) => verify(sha256, call))

const words = new Int32Array(6)
const sipKey = new SipHashKey(Buffer.alloc(16, 7))
const hmacKey = Buffer.alloc(32, 7)
const text = '0165a1b2c3deadbeef0011223344556677'
measure('MAC of a nonce: SipHash in JavaScript', (call) => {
  words[0] = call
  sipHash(sipKey, words, 6)
  kept += sipTag.low & 1
})
measure('MAC of a nonce: crypto.hash sha256 of key and text', (call) => {
  kept += hash('sha256', `0123456789abcdef0123456789abcdef${text}${call & 7}`).length
})
measure(
  'MAC of a nonce: HMAC-SHA-256',
  (call) => {
    kept += createHmac('sha256', hmacKey)
      .update(`${text}${call & 7}`)
      .digest('hex').length
  },
  2_000,
)
if (kept === 0) throw new Error('nothing was measured')

/**
 * The digest of a request and its proof (RFC 7616 §3.4.1, RFC 2617 §3.2.2, RFC 8760). Hot path: digest-verify.bench.ts.
 * `crypto.hash` reads a string as UTF-8; text from the wire is one character a byte, so what is not ASCII is hashed as bytes.
 */
import { hash } from 'node:crypto'
import type { DigestCredentials } from './credentials.ts'

export type DigestAlgorithm = 'MD5' | 'SHA-256'

/** Our algorithm for the parameter as sent (any case; absent means MD5); undefined for one we do not speak, `-sess` among them. */
export function digestAlgorithm(text: string): DigestAlgorithm | undefined {
  if (text === 'MD5' || text === '') return 'MD5'
  if (text === 'SHA-256') return 'SHA-256'
  const upper = text.toUpperCase()
  return upper === 'MD5' || upper === 'SHA-256' ? upper : undefined
}

/**
 * H(username:realm:password) in lower-case hex. All three are JavaScript strings (from the directory) and are hashed as UTF-8; a user
 * name taken from the wire must go through `wireText` first.
 */
export function ha1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return hash(hashName(algorithm), `${username}:${realm}:${password}`)
}

/** The response that a client with this HA1 sends (lower-case hex); qop `auth`, or none as in RFC 2069. Texts as on the wire. */
export function digestResponse(algorithm: DigestAlgorithm, ha1Hex: string, method: string, credentials: DigestCredentials): string {
  const ha2 = digestOfUri(algorithm, method, credentials.uri)
  return hashWire(
    algorithm,
    credentials.qop === ''
      ? `${ha1Hex}:${credentials.nonce}:${ha2}`
      : `${ha1Hex}:${credentials.nonce}:${credentials.nc}:${credentials.cnonce}:${credentials.qop}:${ha2}`,
  )
}

/**
 * Whether the credentials prove the password behind `ha1Hex`, which must be of the credentials' own algorithm. The uri is hashed as
 * sent. false for auth-int, for other algorithms, and for qop without nc or cnonce. Costs the same whether it proves or not.
 */
export function verifyDigest(credentials: DigestCredentials, method: string, ha1Hex: string): boolean {
  const algorithm = digestAlgorithm(credentials.algorithm)
  if (algorithm === undefined || credentials.nonce === '' || credentials.uri === '') return false
  const qop = credentials.qop
  if (qop !== '') {
    if (qop !== 'auth' && qop.toLowerCase() !== 'auth') return false
    if (credentials.nc === '' || credentials.cnonce === '') return false
  }
  return sameHex(digestResponse(algorithm, ha1Hex, method, credentials), credentials.response)
}

/** H(method:uri) of the last few addresses: phones of one domain all send the same, as `REGISTER:sip:domain`. */
const knownUris = new Map<string, string>()
const mostKnownUris = 64
const longestKnownUri = 128

/** Nearly always the same as the last time. */
let lastMethod = ''
let lastUri = ''
let lastAlgorithm: DigestAlgorithm = 'MD5'
let lastHashed = ''

/** HA2 of `auth`: H(method:uri), lower-case hex, the uri as on the wire. */
export function digestOfUri(algorithm: DigestAlgorithm, method: string, uri: string): string {
  if (uri === lastUri && method === lastMethod && algorithm === lastAlgorithm && uri !== '') return lastHashed
  const hashed = hashedKnownUri(algorithm, method, uri)
  if (uri.length <= longestKnownUri) {
    lastMethod = method
    lastUri = Buffer.from(uri, 'latin1').toString('latin1')
    lastAlgorithm = algorithm
    lastHashed = hashed
  }
  return hashed
}

function hashedKnownUri(algorithm: DigestAlgorithm, method: string, uri: string): string {
  const text = `${method}:${uri}`
  if (uri.length > longestKnownUri) return hashWire(algorithm, text)
  const key = algorithm === 'MD5' ? text : `${algorithm} ${text}`
  const known = knownUris.get(key)
  if (known !== undefined) return known
  if (knownUris.size >= mostKnownUris) knownUris.clear()
  const hashed = hashWire(algorithm, text)
  // The copy keeps the message that the text was cut out of from living on in the map.
  knownUris.set(Buffer.from(key, 'latin1').toString('latin1'), hashed)
  return hashed
}

function hashWire(algorithm: DigestAlgorithm, text: string): string {
  const name = hashName(algorithm)
  return isAscii(text) ? hash(name, text) : hash(name, Buffer.from(text, 'latin1'))
}

function hashName(algorithm: DigestAlgorithm): string {
  switch (algorithm) {
    case 'MD5':
      return 'md5'
    case 'SHA-256':
      return 'sha256'
  }
}

/** Whether no character is above 127. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false
  return true
}

/** Compares hex digits without regard to case and without stopping at the first that differs. */
function sameHex(ours: string, theirs: string): boolean {
  if (ours.length !== theirs.length) return false
  let different = 0
  for (let at = 0; at < ours.length; at++) {
    const code = theirs.charCodeAt(at)
    different |= ours.charCodeAt(at) ^ (code >= 65 && code <= 70 ? code | 32 : code)
  }
  return different === 0
}

/** The challenge of a 401 (RFC 3261 §22.1, RFC 7616 §3.3). */
import type { DigestAlgorithm } from './verify.ts'

/** Value of WWW-Authenticate. qop quoted, algorithm and stale bare: what every phone reads. `realm` as it goes on the wire. */
export function challengeHeader(realm: string, nonce: string, algorithm: DigestAlgorithm, stale: boolean): string {
  return `Digest realm="${quotable(realm)}", nonce="${nonce}", algorithm=${algorithm}, qop="auth"${stale ? ', stale=true' : ''}`
}

function quotable(text: string): string {
  if (!text.includes('"') && !text.includes('\\')) return text
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}

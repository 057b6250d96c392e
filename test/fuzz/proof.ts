/**
 * Proofs that stay right while the message around them is changed: a seed carries a mark, and when it is sent the mark becomes credentials
 * with a fresh nonce. So mutated requests get behind the digest, where the bindings are decided.
 */
import { hash } from 'node:crypto'

export const provers = ['1001', '1002', '1003']
export const password = 'right'

/** The mark for line 1, 2 or 3; the forms differ as phones do. */
export function proof(line: number): string {
  return `Digest @PROOF${line}@`
}

export interface Filled {
  bytes: Buffer
  /** Lines whose right proof is in it. */
  lines: Set<number>
}

/** The input with its marks filled in; `nonce` makes one for each. */
export function fillProofs(input: Buffer, nonce: () => string): Filled {
  const lines = new Set<number>()
  if (!input.includes('@PROOF')) return { bytes: input, lines }
  const text = input.toString('latin1').replace(/@PROOF([1-3])@/g, (_mark, digit: string) => {
    const line = Number(digit)
    lines.add(line)
    return credentials(provers[line - 1] ?? '', nonce(), line === 3 ? 'SHA-256' : 'MD5')
  })
  return { bytes: Buffer.from(text, 'latin1'), lines }
}

function credentials(username: string, nonce: string, algorithm: 'MD5' | 'SHA-256'): string {
  const name = algorithm === 'MD5' ? 'md5' : 'sha256'
  const ha1 = hash(name, `${username}:sip.test:${password}`)
  const response = hash(name, `${ha1}:${nonce}:00000001:ab:auth:${hash(name, 'REGISTER:sip:sip.test')}`)
  return `username="${username}", realm="sip.test", nonce="${nonce}", uri="sip:sip.test", response="${response}", algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="ab"`
}

/** Which of the credentials of a REGISTER are meant for us. Hot path: register.bench.ts. */
import { type DigestCredentials, readDigest } from '../sip/digest/credentials.ts'
import type { Nonces } from '../sip/digest/nonce.ts'
import { digestAlgorithm } from '../sip/digest/verify.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import type { SipRequest } from '../sip/message/message.ts'

export interface OwnRealms {
  nonces: Pick<Nonces, 'check'>
  /** Realm of every challenge, lower case. */
  realm: string
  /** Other realms whose proof counts, lower case: names that phones were set up with. */
  realms: ReadonlySet<string>
}

/** A request has one for each algorithm that it was challenged with, not more. */
const mostRead = 8

/**
 * Those of another realm or scheme are somebody else's business (RFC 3261 §22.3); of several for us the strongest whose nonce is ours.
 * undefined if there are none.
 */
export function ownCredentials(request: SipRequest, now: number, ip: string, own: OwnRealms): DigestCredentials | undefined {
  if (!request.has(HeaderId.Authorization)) return undefined
  if (request.count(HeaderId.Authorization) === 1) {
    const credentials = readDigest(request.first(HeaderId.Authorization) ?? '')
    return typeof credentials !== 'string' && isOurs(credentials.realm, own) ? credentials : undefined
  }
  let best: DigestCredentials | undefined
  let bestRank = -1
  for (const value of request.all(HeaderId.Authorization).slice(0, mostRead)) {
    const credentials = readDigest(value)
    if (typeof credentials === 'string' || !isOurs(credentials.realm, own)) continue
    const rank = rankOf(credentials, now, ip, own)
    if (rank <= bestRank) continue
    best = credentials
    bestRank = rank
  }
  return best
}

function isOurs(realm: string, own: OwnRealms): boolean {
  if (realm === own.realm) return true
  const lower = realm.toLowerCase()
  return lower === own.realm || own.realms.has(lower)
}

function rankOf(credentials: DigestCredentials, now: number, ip: string, own: OwnRealms): number {
  const ours = own.nonces.check(credentials.nonce, now, ip).ours ? 4 : 0
  switch (digestAlgorithm(credentials.algorithm)) {
    case 'SHA-256':
      return ours + 2
    case 'MD5':
      return ours + 1
    case undefined:
      return ours
  }
}

/**
 * Who sent a request: RFC 3261 §22, §10.3 step 3, the same for every method that a line may ask of its registrar. Reads memory only, throws
 * nothing. Hot path: register.bench.ts.
 */
import type { DigestCredentials } from '../sip/digest/credentials.ts'
import { issuedAtOf } from '../sip/digest/nonce.ts'
import { isFreshCount, readNonceCount } from '../sip/digest/nonce-count.ts'
import { digestAlgorithm, verifyDigest } from '../sip/digest/verify.ts'
import { wireText } from '../sip/message/address-of-record.ts'
import { readContacts } from '../sip/message/contact.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { GuessLimits } from './guard/guess-limits.ts'
import type { HeldLine, HeldLines } from './held-lines.ts'
import type { LineBook, RegistrarLine } from './line-book.ts'
import type { Attempt, Outcome } from './outcome.ts'
import { type OwnRealms, ownCredentials } from './own-credentials.ts'

export interface ProofNeeds extends OwnRealms {
  lines: LineBook
  held: HeldLines
  /** Lower-case domains and addresses that are ours. */
  domains: ReadonlySet<string>
  guesses: Pick<GuessLimits, 'banOn' | 'refused' | 'failed' | 'succeeded' | 'watching' | 'renewed' | 'mayTell' | 'failedForeign'>
}

/** The right password for `line` with a nonce of ours. Good for one request: `useNonceCount` must still say so. */
export interface Proof {
  kind: 'proven'
  line: RegistrarLine
  /** The line that the request is about, if there is one: what it may not be unless it is `line` is the caller's matter. */
  toLine: RegistrarLine | undefined
  credentials: DigestCredentials
  /** The line's name as the phone wrote it, without a domain of ours. */
  named: string
  nonceId: string
  count: number
  /** The line has a phone signed in that used this nonce before. */
  signedIn: boolean
}

/** How a request without proof ends. */
export type Refusal = Extract<Outcome, { kind: 'challenged' | 'blocked' | 'wrong-password' | 'wrong-username' | 'unknown-user' }>

/** Looks for the proof in a request about `toUser`@`toDomain` (lower case); `now` in epoch ms. Failures are counted here. */
export function prove(request: SipRequest, flow: Flow, now: number, toUser: string, toDomain: string, use: ProofNeeds): Proof | Refusal {
  const toLine = use.lines.find(toUser)
  const credentials = ownCredentials(request, now, flow.remoteIp, use)
  if (credentials === undefined) return { kind: 'challenged', stale: false, strong: isStrong(toLine, toUser, use) }

  // Nearly always the name that To has: then it need not be looked up twice.
  const named = nameWithoutOwnDomain(wireText(credentials.username), use.domains)
  const line = named === toUser ? toLine : use.lines.find(named)
  const nonce = use.nonces.check(credentials.nonce, now, flow.remoteIp)
  const ip = flow.remoteIp
  const given = nonce.ours && nonce.sameAddress
  // A phone that is signed in goes on renewing, whoever else guesses at its address.
  const signedIn = given && !nonce.expired && use.held.findFor(line ?? use.lines.nobody)?.isSignedInBy(nonce.id) === true
  const ban = signedIn ? undefined : use.guesses.banOn(ip, named, now)
  // A right answer to a nonce that is not ours, or another address's, is news that a guesser must not get too often.
  const believed = ban === undefined && (given || use.guesses.mayTell(ip, named, now))
  const proven = provesPassword(credentials, request.method, line ?? use.lines.nobody, line !== undefined, believed, use)
  if (ban !== undefined) {
    if (given) use.guesses.refused(ban, (toLine ?? line)?.lineId ?? 0)
    return { kind: 'blocked', strong: isStrong(toLine, toUser, use) }
  }
  if (!given) {
    if (!proven) use.guesses.failedForeign(ip, named, now)
    return { kind: 'challenged', stale: proven, strong: isStrong(toLine, toUser, use) }
  }
  if (!proven || line === undefined) {
    const { response } = credentials
    const attempt = attemptOf(request, credentials, toUser, toDomain)
    use.guesses.failed({ ip, name: named, response, userAgent: attempt.userAgent, lineId: (toLine ?? line)?.lineId ?? 0 }, now)
    return whoFailed(line, toLine, attempt, isStrong(toLine, toUser, use))
  }
  if (nonce.expired) return { kind: 'challenged', stale: true, strong: line.strong }
  const count = credentials.qop === '' ? usedUp : readNonceCount(credentials.nc)
  return { kind: 'proven', line, toLine, credentials, named, nonceId: nonce.id, count, signedIn }
}

/** Takes the proof's nonce count for this request; false if it was used before, which earns a challenge with `stale`. */
export function useNonceCount({ nonceId, count, named, signedIn }: Proof, held: HeldLine, ip: string, use: ProofNeeds): boolean {
  if (!isFreshCount(count, held.nonceCount(nonceId, issuedAtOf(nonceId)))) return false
  use.held.forgetCard(held)
  held.useNonce(nonceId, count, issuedAtOf)
  if (!signedIn) use.guesses.succeeded(ip, named)
  else if (use.guesses.watching) use.guesses.renewed(ip)
  return true
}

/** Characters of a User-Agent that are kept. */
export const mostUserAgent = 200
/** Without qop there is no count (RFC 2069): such a nonce is good for one request. */
const usedUp = 0xffffffff

function isStrong(line: RegistrarLine | undefined, user: string, use: ProofNeeds): boolean {
  // Asked for every name: the hash takes a microsecond.
  const alike = use.lines.nobodyIsStrong(user)
  return line === undefined ? alike : line.strong
}

/** `user@domain of ours` is `user`. */
function nameWithoutOwnDomain(name: string, domains: ReadonlySet<string>): string {
  const at = name.lastIndexOf('@')
  return at > 0 && domains.has(name.slice(at + 1).toLowerCase()) ? name.slice(0, at) : name
}

/**
 * Whether the digest is right. A failure does the work of a first use once more than a success does, so that a name nobody has, a
 * line never used and a wrong password cost the same; and a right one that is not to be `believed` costs what a wrong one does.
 */
function provesPassword(
  credentials: DigestCredentials,
  method: string,
  line: RegistrarLine,
  exists: boolean,
  believed: boolean,
  use: ProofNeeds,
): boolean {
  const algorithm = digestAlgorithm(credentials.algorithm)
  const username = wireText(credentials.username)
  if (algorithm === undefined || (line.strong && algorithm === 'MD5')) {
    verifyDigest(credentials, method, use.lines.nobody.ha1('MD5', username, credentials.realm))
    return false
  }
  const fresh = !line.isDerived(algorithm, username, credentials.realm)
  const right = verifyDigest(credentials, method, line.ha1(algorithm, username, credentials.realm)) && exists && believed
  if (!right && exists && !fresh) use.lines.nobody.ha1(algorithm, username, credentials.realm)
  return right
}

/** To's or the digest's user name is exactly a line's: that line. */
function whoFailed(line: RegistrarLine | undefined, toLine: RegistrarLine | undefined, attempt: Attempt, strong: boolean): Refusal {
  if (toLine !== undefined && line !== toLine) return { kind: 'wrong-username', line: toLine, attempt, strong }
  if (line !== undefined) return { kind: 'wrong-password', line, attempt, strong }
  return { kind: 'unknown-user', attempt, strong }
}

/** What a request says of itself, for its line's owner. */
export function attemptOf(request: SipRequest, credentials: DigestCredentials, toUser: string, toDomain: string): Attempt {
  const contacts = readContacts(request.all(HeaderId.Contact))
  return {
    username: wireText(credentials.username),
    toUser,
    toDomain,
    userAgent: (request.first(HeaderId.UserAgent) ?? '').slice(0, mostUserAgent),
    instance: typeof contacts === 'string' ? '' : (contacts[0]?.instance ?? ''),
    callId: request.first(HeaderId.CallId) ?? '',
  }
}

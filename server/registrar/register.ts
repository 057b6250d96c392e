/**
 * One REGISTER from top to bottom, in the order of RFC 3261 §10.3. Reads memory only, waits for nothing, throws nothing:
 * whatever comes ends in one Outcome. Hot path: register.bench.ts.
 */
import type { DigestCredentials } from '../sip/digest/credentials.ts'
import { readDigest } from '../sip/digest/credentials.ts'
import { issuedAtOf, type Nonces } from '../sip/digest/nonce.ts'
import { isFreshCount, readNonceCount } from '../sip/digest/nonce-count.ts'
import { digestAlgorithm, verifyDigest } from '../sip/digest/verify.ts'
import { aorUser, wireText } from '../sip/message/address-of-record.ts'
import { readContacts } from '../sip/message/contact.ts'
import { readExpires } from '../sip/message/expires.ts'
import { HeaderId } from '../sip/message/header-name.ts'
import type { SipRequest } from '../sip/message/message.ts'
import { readNameAddr } from '../sip/message/name-addr.ts'
import { readUri } from '../sip/message/uri.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { Binding, BindingChange } from './binding.ts'
import { type BindingOrigin, decideBindings, type WantedContact } from './decide-bindings.ts'
import type { HeldLine, HeldLines } from './held-lines.ts'
import type { LineBook, RegistrarLine } from './line-book.ts'
import type { Attempt, Outcome } from './outcome.ts'

export interface RegistrarNeeds {
  lines: LineBook
  held: HeldLines
  nonces: Pick<Nonces, 'check'>
  /** Realm of every challenge, lower case. */
  realm: string
  /** Lower-case domains and addresses that are ours. */
  domains: ReadonlySet<string>
  expiresMin: number
  expiresDefault: number
  expiresMax: number
  nextId(): number
}

/** Judges one REGISTER; `now` in epoch ms. The caller stores the changes of `registered` before it answers. */
export function register(request: SipRequest, flow: Flow, now: number, use: RegistrarNeeds): Outcome {
  // Steps 2 and 5 as far as they need no proof: what cannot be read is refused before any work.
  const required = request.first(HeaderId.Require)
  if (required !== undefined && required !== '') return { kind: 'unsupported-extension', missing: required }
  const toAddress = readNameAddr(request.first(HeaderId.To) ?? '')
  const to = toAddress === undefined ? undefined : readUri(toAddress.uri)
  const toUser = to === undefined ? undefined : aorUser(to)
  if (to === undefined || toUser === undefined) return { kind: 'bad-request', why: 'Bad To' }
  const toDomain = 'host' in to ? to.host.toLowerCase() : use.realm
  const callId = request.first(HeaderId.CallId)
  const { cseq } = request
  if (callId === undefined || callId === '') return { kind: 'bad-request', why: 'Bad Call-ID' }

  // Step 3: proof.
  const toLine = use.lines.find(toUser)
  const credentials = ownCredentials(request, use.realm)
  if (credentials === undefined) return { kind: 'challenged', stale: false, strong: isStrong(toLine, toUser, use) }

  // Nearly always the name that To has: then it need not be looked up twice.
  const named = nameWithoutOwnDomain(wireText(credentials.username), use.domains)
  const line = named === toUser ? toLine : use.lines.find(named)
  const nonce = use.nonces.check(credentials.nonce, now, flow.remoteIp)
  const proven = provesPassword(credentials, line ?? use.lines.nobody, line !== undefined, use)
  if (!proven) {
    const strong = isStrong(toLine, toUser, use)
    if (!nonce.ours || !nonce.sameAddress) return { kind: 'challenged', stale: false, strong }
    return whoFailed(line, toLine, attemptOf(request, credentials, toUser, toDomain), strong)
  }
  if (line === undefined) return { kind: 'challenged', stale: false, strong: false }
  if (!nonce.ours || nonce.expired || !nonce.sameAddress) return { kind: 'challenged', stale: true, strong: line.strong }

  // A retransmission is answered before the nonce count is looked at: its count was used by itself.
  const rows = request.all(HeaderId.Contact)
  const contacts = rows.length === 0 ? [] : readContacts(rows)
  if (contacts === 'malformed') return { kind: 'bad-request', why: 'Bad Contact' }
  const held = use.held.of(line.lineId)
  if (toLine === line && isRepeated(held, callId, cseq, nonce.id, contacts === 'star' ? [] : contacts, contacts === 'star')) {
    return { kind: 'retransmitted', line, bindings: held.current }
  }
  const count = credentials.qop === '' ? usedUp : readNonceCount(credentials.nc)
  if (!isFreshCount(count, held.nonceCount(nonce.id, issuedAtOf(nonce.id)))) return { kind: 'challenged', stale: true, strong: line.strong }
  held.useNonce(nonce.id, count, issuedAtOf)

  // Steps 1, 4 and 5 that need the proof: may this user change this address-of-record?
  if (!use.domains.has(toDomain)) {
    return { kind: 'wrong-domain', line, attempt: attemptOf(request, credentials, toUser, toDomain) }
  }
  if (toLine !== line) return { kind: 'not-your-line', line: toLine ?? line, attempt: attemptOf(request, credentials, toUser, toDomain) }
  if (!line.open) return { kind: 'line-closed', line, attempt: attemptOf(request, credentials, toUser, toDomain) }

  // Step 6 and 7. Told is only what is stored.
  if (contacts !== 'star' && contacts.length === 0) return { kind: 'queried', line, bindings: held.bindings }
  const headerExpires = request.first(HeaderId.Expires)
  let wanted: WantedContact[] | 'star' = 'star'
  if (contacts === 'star') {
    if (headerExpires === undefined || readExpires(headerExpires) !== 0 || headerExpires.trim() !== '0') {
      return { kind: 'bad-request', why: 'Contact * needs Expires: 0' }
    }
  } else {
    wanted = []
    for (const contact of contacts) {
      if (contact.uri.length > mostUri || !isSipUri(contact.uri)) return { kind: 'bad-request', why: 'Bad Contact' }
      const asked = contact.expires ?? headerExpires
      wanted.push({
        uri: contact.uri,
        echo: contact.echo,
        instance: contact.instance,
        regId: contact.regId,
        q: contact.q ?? 1000,
        expires: asked === undefined ? use.expiresDefault : readExpires(asked),
      })
    }
  }
  const expired = expiredOf(held.current, now)
  const decision = decideBindings(
    expired.length === 0 ? held.current : held.current.filter((binding) => binding.expiresAt > now),
    { contacts: wanted, callId, cseq, origin: originOf(request, flow, now, nonce.id, count) },
    { lineId: line.lineId, maxContacts: line.maxContacts, expiresMin: use.expiresMin, expiresMax: use.expiresMax, nextId: use.nextId },
  )
  switch (decision.kind) {
    case 'changed':
      return {
        kind: 'registered',
        line,
        bindings: decision.bindings,
        changes: expired.length === 0 ? decision.changes : [...expired, ...decision.changes],
      }
    case 'interval-too-brief':
      return { kind: 'interval-too-brief', line, least: decision.least }
    case 'out-of-order':
      return { kind: 'out-of-order', line }
    case 'too-many-contacts':
      return {
        kind: 'too-many-contacts',
        line,
        limit: decision.limit,
        attempt: attemptOf(request, credentials, toUser, toDomain),
      }
  }
}

/** Characters of a contact's URI that are kept; a longer one is refused. */
const mostUri = 512
const mostUserAgent = 200
/** Without qop there is no count (RFC 2069): such a nonce is good for one request. */
const usedUp = 0xffffffff

function isStrong(line: RegistrarLine | undefined, user: string, use: RegistrarNeeds): boolean {
  return line === undefined ? use.lines.nobodyIsStrong(user) : line.strong
}

/** Credentials for our realm: those of another realm or scheme are somebody else's business (§22.3). */
function ownCredentials(request: SipRequest, realm: string): DigestCredentials | undefined {
  const rows = request.count(HeaderId.Authorization)
  if (rows === 0) return undefined
  for (const value of request.all(HeaderId.Authorization)) {
    const credentials = readDigest(value)
    if (typeof credentials !== 'string' && credentials.realm.toLowerCase() === realm) return credentials
  }
  return undefined
}

/** `user@domain of ours` is `user`. */
function nameWithoutOwnDomain(name: string, domains: ReadonlySet<string>): string {
  const at = name.lastIndexOf('@')
  return at > 0 && domains.has(name.slice(at + 1).toLowerCase()) ? name.slice(0, at) : name
}

/**
 * Whether the digest is right. A failure does the work of a first use once more than a success does, so that a name nobody has, a
 * line never used and a wrong password cost the same.
 */
function provesPassword(credentials: DigestCredentials, line: RegistrarLine, exists: boolean, use: RegistrarNeeds): boolean {
  const algorithm = digestAlgorithm(credentials.algorithm)
  const username = wireText(credentials.username)
  if (algorithm === undefined || (line.strong && algorithm === 'MD5')) {
    use.lines.nobody.ha1('MD5', username, credentials.realm)
    return false
  }
  const fresh = !line.isDerived(algorithm, username, credentials.realm)
  const right = verifyDigest(credentials, 'REGISTER', line.ha1(algorithm, username, credentials.realm)) && exists
  if (!right && exists && !fresh) use.lines.nobody.ha1(algorithm, username, credentials.realm)
  return right
}

/** To's or the digest's user name is exactly a line's: that line. */
function whoFailed(line: RegistrarLine | undefined, toLine: RegistrarLine | undefined, attempt: Attempt, strong: boolean): Outcome {
  if (toLine !== undefined && line !== toLine) return { kind: 'wrong-username', line: toLine, attempt, strong }
  if (line !== undefined) return { kind: 'wrong-password', line, attempt, strong }
  return { kind: 'unknown-user', attempt, strong }
}

function attemptOf(request: SipRequest, credentials: DigestCredentials, toUser: string, toDomain: string): Attempt {
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

/** The same request as one that was accepted: same Call-ID and CSeq, and its contacts stand as it left them. */
function isRepeated(
  held: HeldLine,
  callId: string,
  cseq: number,
  nonceId: string,
  contacts: readonly { uri: string }[],
  star: boolean,
): boolean {
  const bindings = held.current
  if (contacts.length > 0) {
    let repeated = true
    for (const contact of contacts) {
      let found = false
      for (const binding of bindings) {
        if (binding.cseq === cseq && binding.callId === callId && binding.uri === contact.uri) found = true
      }
      if (!found) repeated = false
    }
    if (repeated) return true
  }
  if (contacts.length === 0 && !star) return false
  const ended = held.lastEnded
  if (ended === null || ended.how !== 'signed-off') return false
  // A phone that counts CSeq from the beginning again has a new nonce: that is no repetition.
  return ended.binding.callId === callId && ended.binding.cseq === cseq && ended.binding.nonceId === nonceId
}

/** Bindings whose time ran out have ended, even where the expirer has not come by yet. */
function expiredOf(bindings: readonly Binding[], now: number): readonly BindingChange[] {
  let ended: BindingChange[] = none
  for (const binding of bindings) {
    if (binding.expiresAt > now) continue
    if (ended === none) ended = []
    ended.push({ kind: 'ended', binding, how: 'expired' })
  }
  return ended
}
const none: BindingChange[] = []

function isSipUri(uri: string): boolean {
  const scheme = uri.slice(0, 5).toLowerCase()
  return scheme.startsWith('sip:') || scheme === 'sips:'
}

function originOf(request: SipRequest, flow: Flow, now: number, nonceId: string, count: number): BindingOrigin {
  return {
    transport: flow.transport,
    ip: flow.remoteIp,
    port: flow.remotePort,
    connection: flow.connection,
    path: '',
    userAgent: (request.first(HeaderId.UserAgent) ?? '').slice(0, mostUserAgent),
    nonceId,
    nonceCount: count,
    seenAt: now,
  }
}

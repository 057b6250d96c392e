/** A phone whose every row a test may set: for what a well-behaved phone never sends. Digest as RFC 7616 and RFC 3261 §22. */
import { createHash, randomBytes } from 'node:crypto'
import { domain, type PhoneLogin } from './customer.ts'
import type { SipWire } from './sip-wire.ts'

export interface Challenge {
  realm: string
  nonce: string
  algorithm: string
  stale: boolean
}

/** What differs from a plain REGISTER of this phone. */
export interface Wish {
  /** Values of Contact rows; none asks only. Unless given: the phone's own. */
  contacts?: readonly string[]
  /** Header row Expires; '' leaves it out. */
  expires?: number | string
  callId?: string
  cseq?: number
  /** User and domain of To and From. */
  toUser?: string
  toDomain?: string
  via?: string
  /** Whole rows more, each ending in CRLF. */
  rows?: string
  userAgent?: string
}

/** What differs from the right answer to a challenge. */
export interface Proof {
  username?: string
  password?: string
  nonce?: string
  /** Nonce count as a number. */
  count?: number
  algorithm?: string
  realm?: string
}

export interface SipAnswer {
  status: number
  reason: string
  text: string
  /** Values of a header's rows in their order; the name in any case. */
  all(name: string): string[]
  first(name: string): string
  /** Names of the rows in their order. */
  names: string[]
}

export class WirePhone {
  readonly wire: SipWire
  readonly login: PhoneLogin
  readonly callId = `${randomBytes(8).toString('hex')}@test`
  readonly contact: string
  readonly #tag = randomBytes(4).toString('hex')
  cseq = 0
  challenge: Challenge | undefined
  count = 0
  /** The last request as it was sent. */
  sent = ''

  constructor(wire: SipWire, login: PhoneLogin) {
    this.wire = wire
    this.login = login
    this.contact = `<sip:${login.username}@${wire.localHost}:${wire.localPort}${transportParameter(wire)}>`
  }

  /** A REGISTER as text; `proof` answers the challenge that is held. */
  request(wish: Wish = {}, proof?: Proof): string {
    const { wire, login } = this
    const user = wish.toUser ?? login.username
    const address = `<sip:${user}@${wish.toDomain ?? domain}>`
    const branch = `z9hG4bK${randomBytes(8).toString('hex')}`
    const via = wish.via ?? `SIP/2.0/${wire.transport} ${wire.localHost}:${wire.localPort};branch=${branch};rport`
    const contacts = (wish.contacts ?? [this.contact]).map((contact) => `Contact: ${contact}\r\n`).join('')
    const expires = wish.expires === '' ? '' : `Expires: ${wish.expires ?? 600}\r\n`
    this.cseq = wish.cseq ?? this.cseq + 1
    return (
      `REGISTER sip:${domain} SIP/2.0\r\nVia: ${via}\r\nMax-Forwards: 70\r\nFrom: ${address};tag=${this.#tag}\r\nTo: ${address}\r\n` +
      `Call-ID: ${wish.callId ?? this.callId}\r\nCSeq: ${this.cseq} REGISTER\r\n${contacts}${expires}` +
      `User-Agent: ${wish.userAgent ?? 'wire-phone'}\r\n${wish.rows ?? ''}${proof === undefined ? '' : this.authorization(proof)}Content-Length: 0\r\n\r\n`
    )
  }

  /** Sends one request and reads one answer. */
  async exchange(text: string): Promise<SipAnswer> {
    this.sent = text
    this.wire.send(text)
    const answer = await this.wire.next()
    if (answer === undefined) throw new Error(`no answer to ${text}`)
    return readAnswer(answer)
  }

  /** Asks for a challenge and keeps it. */
  async fetchChallenge(wish: Wish = {}): Promise<Challenge> {
    const answer = await this.exchange(this.request(wish))
    return this.keepChallenge(answer)
  }

  keepChallenge(answer: SipAnswer): Challenge {
    this.challenge = readChallenge(answer)
    this.count = 0
    return this.challenge
  }

  /** A REGISTER with proof, after a challenge where none is held; a stale nonce is not tried again. */
  async register(wish: Wish = {}, proof: Proof = {}): Promise<SipAnswer> {
    if (this.challenge === undefined) await this.fetchChallenge(wish)
    return this.exchange(this.request(wish, proof))
  }

  /** The row that answers the challenge that is held, with the next count. */
  authorization(proof: Proof = {}, method = 'REGISTER'): string {
    const username = proof.username ?? this.login.username
    const realm = proof.realm ?? this.challenge?.realm ?? domain
    const nonce = proof.nonce ?? this.challenge?.nonce ?? ''
    const algorithm = proof.algorithm ?? this.challenge?.algorithm ?? 'MD5'
    this.count = proof.count ?? this.count + 1
    const count = this.count.toString(16).padStart(8, '0')
    const cnonce = randomBytes(4).toString('hex')
    const uri = `sip:${domain}`
    const hash = (text: string) =>
      createHash(algorithm === 'SHA-256' ? 'sha256' : 'md5')
        .update(text)
        .digest('hex')
    const secret = hash(`${username}:${realm}:${proof.password ?? this.login.password}`)
    const response = hash(`${secret}:${nonce}:${count}:${cnonce}:auth:${hash(`${method}:${uri}`)}`)
    return (
      `Authorization: Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", ` +
      `algorithm=${algorithm}, cnonce="${cnonce}", qop=auth, nc=${count}\r\n`
    )
  }
}

/** What a Contact says of its transport: `ws` for the secure one too (RFC 7118 §5.1). */
function transportParameter({ transport }: SipWire): string {
  switch (transport) {
    case 'UDP':
      return ''
    case 'TCP':
      return ';transport=tcp'
    case 'TLS':
      return ';transport=tls'
    case 'WS':
    case 'WSS':
      return ';transport=ws'
  }
}

export function readAnswer(text: string): SipAnswer {
  const [line = '', ...rows] = text.split('\r\n')
  const headers = rows
    .filter((row) => row.includes(':'))
    .map((row) => ({ name: row.slice(0, row.indexOf(':')), value: row.slice(row.indexOf(':') + 1).trim() }))
  const all = (name: string) => headers.filter((one) => one.name.toLowerCase() === name.toLowerCase()).map((one) => one.value)
  return {
    status: Number(line.slice(8, 11)),
    reason: line.slice(12),
    text,
    all,
    first: (name) => all(name)[0] ?? '',
    names: headers.map((one) => one.name),
  }
}

export function readChallenge(answer: SipAnswer): Challenge {
  const value = answer.first('WWW-Authenticate')
  const quoted = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(value)?.[1] ?? ''
  return {
    realm: quoted('realm'),
    nonce: quoted('nonce'),
    algorithm: /algorithm=([\w-]+)/.exec(value)?.[1] ?? '',
    stale: /stale=true/i.test(value),
  }
}

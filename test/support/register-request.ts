/** A REGISTER as a phone would write it, with a digest made by Node's own crypto: an opinion independent of server/sip/digest. */
import { createHash } from 'node:crypto'
import type { SipRequest } from '../../server/sip/message/message.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'

export interface RegisterWish {
  user?: string
  domain?: string
  /** Rows as they stand, e.g. `Contact: <sip:…>`; one contact unless given. */
  rows?: string[]
  callId?: string
  cseq?: number
  branch?: string
  userAgent?: string
  digest?: DigestWish
}

export interface DigestWish {
  username?: string
  password: string
  nonce: string
  realm?: string
  nc?: number
  algorithm?: 'MD5' | 'SHA-256'
  /** The method that is hashed. */
  method?: string
  /** The qop that is hashed, as the header will say it. */
  hashedQop?: string
  /** Leave qop out, as RFC 2069 did. */
  withoutQop?: boolean
}

export function registerText(wish: RegisterWish = {}): string {
  const { user = '1001', domain = 'sip.test', callId = 'call-a@phone', cseq = 1, branch = `z9hG4bK${callId}${cseq}` } = wish
  const rows = wish.rows ?? [`Contact: <sip:${user}@192.0.2.10:5060>`, 'Expires: 600']
  return [
    `REGISTER sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.10:5060;branch=${branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:${user}@${domain}>;tag=f`,
    `To: <sip:${user}@${domain}>`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq} REGISTER`,
    ...rows,
    `User-Agent: ${wish.userAgent ?? 'Test Phone 1.0'}`,
    ...(wish.digest === undefined ? [] : [`Authorization: ${authorization(wish.digest, user, domain)}`]),
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n')
}

export function registerRequest(wish: RegisterWish = {}): SipRequest {
  const bytes = Buffer.from(registerText(wish), 'latin1')
  const message = parseDatagram(bytes, bytes.length)
  if (message.kind !== 'request') throw new Error(`the test wrote no request: ${message.kind}`)
  return message
}

/** The value of an Authorization header. */
export function authorization(wish: DigestWish, user: string, domain: string): string {
  const { username = user, password, nonce, realm = 'sip.test', algorithm = 'MD5' } = wish
  const hash = (text: string) =>
    createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
      .update(text)
      .digest('hex')
  const uri = `sip:${domain}`
  const nc = (wish.nc ?? 1).toString(16).padStart(8, '0')
  const ha1 = hash(`${username}:${realm}:${password}`)
  const ha2 = hash(`${wish.method ?? 'REGISTER'}:${uri}`)
  const response = hash(
    wish.withoutQop === true ? `${ha1}:${nonce}:${ha2}` : `${ha1}:${nonce}:${nc}:abcd:${wish.hashedQop ?? 'auth'}:${ha2}`,
  )
  const counted = wish.withoutQop === true ? '' : `, qop=auth, nc=${nc}, cnonce="abcd"`
  return `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}${counted}`
}

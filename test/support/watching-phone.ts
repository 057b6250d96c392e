/** A phone that watches who is signed in on its line (RFC 3680): subscribes, answers each NOTIFY, and keeps the picture that it is told. */
import { randomBytes } from 'node:crypto'
import { domain } from './customer.ts'
import { type ReadReginfo, Watcher } from './read-reginfo.ts'
import { type Proof, readAnswer, type SipAnswer, type WirePhone } from './wire-phone.ts'

export interface WatchWish {
  expires?: number
  event?: string
  callId?: string
  /** Whose; the phone's own line unless given. */
  user?: string
  /** Instead of the tag that the last 200 had; '' begins anew. */
  toTag?: string
  /** Whole rows more, each ending in CRLF. */
  rows?: string
}

export interface SeenNotify {
  /** As it came. */
  text: string
  header: SipAnswer
  document: ReadReginfo
}

const tag = /;tag=([^;]+)/

export class WatchingPhone {
  readonly phone: WirePhone
  readonly watcher = new Watcher()
  readonly callId = `${randomBytes(8).toString('hex')}@watch`
  /** Our server's tag of the dialog. */
  toTag = ''
  /** Where the server wants the next SUBSCRIBE: Contact of the last 200. */
  remoteTarget = ''
  #cseq = 0

  constructor(phone: WirePhone) {
    this.phone = phone
  }

  /** A SUBSCRIBE as text. */
  request(wish: WatchWish = {}, proof?: Proof): string {
    const { wire, login, contact } = this.phone
    const user = wish.user ?? login.username
    const address = `<sip:${user}@${domain}>`
    const toTag = wish.toTag ?? this.toTag
    const target = toTag === '' ? `sip:${user}@${domain}` : this.remoteTarget
    return (
      `SUBSCRIBE ${target} SIP/2.0\r\nVia: SIP/2.0/${wire.transport} ${wire.localHost}:${wire.localPort};branch=z9hG4bK${randomBytes(8).toString('hex')};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: ${address};tag=watch\r\nTo: ${address}${toTag === '' ? '' : `;tag=${toTag}`}\r\n` +
      `Call-ID: ${wish.callId ?? this.callId}\r\nCSeq: ${++this.#cseq} SUBSCRIBE\r\nContact: ${contact}\r\nEvent: ${wish.event ?? 'reg'}\r\n` +
      `Expires: ${wish.expires ?? 600}\r\nAccept: application/reginfo+xml\r\n${wish.rows ?? ''}` +
      `${proof === undefined ? '' : this.phone.authorization(proof, 'SUBSCRIBE')}Content-Length: 0\r\n\r\n`
    )
  }

  /** Sends one with proof, after a challenge where none is held; the answer to it. */
  async subscribe(wish: WatchWish = {}, proof: Proof = {}): Promise<SipAnswer> {
    if (this.phone.challenge === undefined) this.phone.keepChallenge(await this.phone.exchange(this.request(wish)))
    const answer = await this.phone.exchange(this.request(wish, proof))
    if (answer.status === 200) {
      this.toTag = tag.exec(answer.first('To'))?.[1] ?? ''
      this.remoteTarget = answer.first('Contact').replace(/^<|>$/g, '')
    }
    return answer
  }

  /** The next NOTIFY, taken into the picture and answered with `status` (0: not at all); undefined if none comes in time. */
  async nextNotify(withinMs = 8000, status = 200): Promise<SeenNotify | undefined> {
    const text = await this.phone.wire.next(withinMs)
    if (text === undefined) return undefined
    if (!text.startsWith('NOTIFY ')) throw new Error(`not a NOTIFY: ${text}`)
    if (status > 0) this.phone.wire.send(this.answerTo(text, status))
    const end = text.indexOf('\r\n\r\n')
    return { text, header: readAnswer(text.slice(0, end)), document: this.watcher.take(text.slice(end + 4)) }
  }

  /** An answer to a NOTIFY as text. */
  answerTo(notify: string, status: number): string {
    const header = readAnswer(notify.slice(0, notify.indexOf('\r\n\r\n')))
    const rows = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${header.first(name)}\r\n`)
    return `SIP/2.0 ${status} Said\r\n${rows.join('')}Content-Length: 0\r\n\r\n`
  }
}

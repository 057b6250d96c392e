/**
 * Phones that sign in, renew, move and sign off as fast as they are answered, and remember what was promised to each: every 200 is kept, to be
 * compared with what the server holds. One request of a phone waits at a time; one that gets no answer is sent again, byte for byte.
 */
import { hash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { domain, type PhoneLogin } from './customer.ts'

/** What a 200 promised. */
export interface Promised {
  cseq: number
  /** Of the contact; null after a sign-off. */
  uri: string | null
  /** Seconds granted. */
  granted: number
  /** Between these two moments (epoch ms) the server took it. */
  sentAt: number
  answeredAt: number
}

export interface RecordedPhone {
  readonly login: PhoneLogin
  readonly callId: string
  /** The newest that was answered 200; null before the first. */
  promised: Promised | null
  /** Sent and not answered yet: the server may have taken it or not. */
  open: Promised | null
}

interface Phone extends RecordedPhone {
  readonly ha1: string
  nonce: string
  count: number
  cseq: number
  uri: string
  sent: Buffer
  resentAt: number
}

export interface Answers {
  ok: number
  challenged: number
  /** By status. */
  other: Record<number, number>
  resent: number
}

const resendAfterMs = 500

export class RecordedPhones {
  readonly #socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  readonly #phones: Phone[]
  readonly #ha2 = md5(`REGISTER:sip:${domain}`)
  #answers: Answers = noAnswers()
  #port = 0
  #running = false
  #resending: NodeJS.Timeout | undefined
  #idle: Phone[] = []
  #turns = 0

  private constructor(logins: readonly PhoneLogin[]) {
    this.#phones = logins.map((login, index) => ({
      login,
      callId: `${index}@recorded`,
      promised: null,
      open: null,
      ha1: md5(`${login.username}:${domain}:${login.password}`),
      nonce: '',
      count: 0,
      cseq: 0,
      uri: '',
      sent: Buffer.alloc(0),
      resentAt: 0,
    }))
  }

  static async open(logins: readonly PhoneLogin[]): Promise<RecordedPhones> {
    const phones = new RecordedPhones(logins)
    phones.#socket.on('error', () => {})
    phones.#socket.on('message', (bytes) => phones.#answered(bytes.toString('latin1')))
    phones.#socket.bind(0, '127.0.0.1')
    await once(phones.#socket, 'listening')
    return phones
  }

  get phones(): readonly RecordedPhone[] {
    return this.#phones
  }

  /** What was answered since the last call. */
  takeAnswers(): Answers {
    const answers = this.#answers
    this.#answers = noAnswers()
    return answers
  }

  /** Every phone renews once, `window` at a time; resolves when all were answered 200, or after `withinMs`. */
  async renewAll(port: number, window: number, withinMs: number): Promise<boolean> {
    this.#port = port
    this.#turns = this.#phones.length
    this.#begin(window)
    const until = performance.now() + withinMs
    while (performance.now() < until && (this.#turns > 0 || this.#phones.some(({ open }) => open !== null))) await pause(5)
    this.stop()
    return this.#phones.every(({ open, promised }) => open === null && promised !== null)
  }

  /** Goes on until `stop`, `window` at a time. */
  start(port: number, window: number): void {
    this.#port = port
    this.#turns = Number.POSITIVE_INFINITY
    this.#begin(window)
  }

  /** Answers that still come are taken in. */
  stop(): void {
    this.#running = false
    clearInterval(this.#resending)
  }

  close(): void {
    this.stop()
    this.#socket.close()
  }

  #begin(window: number): void {
    this.#running = true
    const waiting = this.#phones.filter(({ open }) => open !== null)
    this.#turns -= waiting.length
    for (const phone of waiting) this.#resend(phone)
    this.#idle = this.#phones.filter(({ open }) => open === null)
    for (let i = waiting.length; i < window; i++) this.#next()
    this.#resending = setInterval(() => {
      const now = performance.now()
      for (const phone of this.#phones) if (phone.open !== null && now - phone.resentAt > resendAfterMs) this.#resend(phone)
    }, 100)
  }

  #next(): void {
    if (!this.#running || this.#turns <= 0) return
    const phone = this.#idle.shift()
    if (phone === undefined) return
    this.#turns--
    // Nearly all renew as they are; some have moved, some sign off and come again.
    const dice = this.#turns === Number.POSITIVE_INFINITY ? Math.random() : 1
    const signsOff = dice < 0.03 && phone.promised?.uri != null
    if (phone.uri === '' || dice > 0.9)
      phone.uri = `sip:${phone.login.username}@127.0.0.1:${this.#socket.address().port};place=${phone.cseq}`
    this.#ask(phone, signsOff ? 0 : 300 + Math.floor(Math.random() * 600))
  }

  #ask(phone: Phone, expires: number): void {
    phone.cseq++
    const now = Date.now()
    phone.open = { cseq: phone.cseq, uri: expires === 0 ? null : phone.uri, granted: expires, sentAt: now, answeredAt: 0 }
    phone.sent = this.#request(phone, expires)
    this.#send(phone)
  }

  #resend(phone: Phone): void {
    this.#answers.resent++
    this.#send(phone)
  }

  #send(phone: Phone): void {
    phone.resentAt = performance.now()
    this.#socket.send(phone.sent, this.#port, '127.0.0.1', () => {})
  }

  #request(phone: Phone, expires: number): Buffer {
    const { login, cseq, callId } = phone
    const address = `<sip:${login.username}@${domain}>`
    return Buffer.from(
      `REGISTER sip:${domain} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK${callId.replace('@', '-')}-${cseq};rport\r\nMax-Forwards: 70\r\n` +
        `From: ${address};tag=${login.username}\r\nTo: ${address}\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} REGISTER\r\n` +
        `Contact: <${phone.uri}>\r\nExpires: ${expires}\r\nUser-Agent: recorded\r\n${this.#proof(phone)}Content-Length: 0\r\n\r\n`,
    )
  }

  #proof(phone: Phone): string {
    if (phone.nonce === '') return ''
    phone.count++
    const nc = phone.count.toString(16).padStart(8, '0')
    const response = md5(`${phone.ha1}:${phone.nonce}:${nc}:c0ffee:auth:${this.#ha2}`)
    return (
      `Authorization: Digest username="${phone.login.username}", realm="${domain}", nonce="${phone.nonce}", uri="sip:${domain}", ` +
      `response="${response}", algorithm=MD5, cnonce="c0ffee", qop=auth, nc=${nc}\r\n`
    )
  }

  #answered(text: string): void {
    const phone = this.#phones[Number(/\r\nCall-ID: (\d+)@/.exec(text)?.[1])]
    const open = phone?.open
    if (phone === undefined || open == null || Number(/\r\nCSeq: (\d+)/.exec(text)?.[1]) !== open.cseq) return
    const status = Number(text.slice(8, 11))
    if (status === 401) {
      this.#answers.challenged++
      phone.nonce = /nonce="([^"]+)"/.exec(text)?.[1] ?? ''
      phone.count = 0
      // Not taken, for certain: it is asked anew, with proof.
      this.#ask(phone, open.granted)
      return
    }
    if (status !== 200) {
      this.#answers.other[status] = (this.#answers.other[status] ?? 0) + 1
      return
    }
    this.#answers.ok++
    phone.promised = { ...open, answeredAt: Date.now() }
    phone.open = null
    this.#idle.push(phone)
    this.#next()
  }
}

function noAnswers(): Answers {
  return { ok: 0, challenged: 0, other: {}, resent: 0 }
}

function md5(text: string): string {
  return hash('md5', text)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A small SIP phone over UDP: signs in, renews, answers OPTIONS, signs off (RFC 3261 §10.2, digest MD5 and SHA-256). Shows and tests what a real one would do. */
import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'

export interface PhoneSettings {
  /** Address and port of the server. */
  host: string
  port: number
  domain: string
  username: string
  password: string
  /** User name for the digest where it differs from the address's. */
  digestUsername?: string
  userAgent: string
  /** Seconds asked for. */
  expires: number
  /** Local address to send from. */
  localHost?: string
  /** `urn:uuid:…` */
  instance?: string
}

export interface Answer {
  status: number
  /** Seconds granted, 0 if none. */
  granted: number
  /** Header rows in lower case name → first value. */
  headers: ReadonlyMap<string, string>
  text: string
}

/** Retransmission of a non-INVITE request over UDP (RFC 3261 §17.1.2.2): 500 ms doubling to 4 s. */
const resendAfterMs = [500, 1000, 2000, 4000, 4000]
const giveUpMs = 12_000

export class Phone {
  readonly settings: PhoneSettings
  #socket: Socket | undefined
  #localPort = 0
  #callId = `${randomBytes(8).toString('hex')}@phone`
  #tag = randomBytes(4).toString('hex')
  #cseq = 0
  #challenge: Map<string, string> | undefined
  #nonceCount = 0
  #waiting = new Map<string, (text: string) => void>()
  #timers = new Set<NodeJS.Timeout>()

  constructor(settings: PhoneSettings) {
    this.settings = settings
  }

  get localPort(): number {
    return this.#localPort
  }

  async open(): Promise<void> {
    const socket = createSocket(this.settings.host.includes(':') ? 'udp6' : 'udp4')
    this.#socket = socket
    socket.on('error', () => {})
    socket.on('message', (bytes) => this.#received(bytes.toString('latin1')))
    await new Promise<void>((resolve) => socket.bind(0, this.settings.localHost, resolve))
    this.#localPort = socket.address().port
  }

  /** Signs in or renews. Undefined: no answer came. */
  register(expires: number = this.settings.expires): Promise<Answer | undefined> {
    return this.#authenticated(
      `Contact: <sip:${this.settings.username}@${this.#shownHost()}:${this.#localPort}>${this.#instance()}\r\nExpires: ${expires}\r\n`,
    )
  }

  /** Signs this phone off (Expires: 0). */
  unregister(): Promise<Answer | undefined> {
    return this.register(0)
  }

  /** Sends a REGISTER with these header rows, answering one challenge. */
  async #authenticated(rows: string): Promise<Answer | undefined> {
    let answer = await this.#send(rows, this.#authorization())
    if (answer?.status === 401 && answer.headers.has('www-authenticate')) {
      this.#challenge = readChallenge(answer.headers.get('www-authenticate') ?? '')
      this.#nonceCount = 0
      answer = await this.#send(rows, this.#authorization())
    }
    return answer
  }

  /** The phone vanishes: no sign-off, no answer. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    this.#socket?.close()
    this.#socket = undefined
  }

  #shownHost(): string {
    return this.settings.localHost ?? '127.0.0.1'
  }

  #instance(): string {
    return this.settings.instance === undefined ? '' : `;+sip.instance="<${this.settings.instance}>"`
  }

  #authorization(): string {
    const challenge = this.#challenge
    if (challenge === undefined) return ''
    const { username, password, domain } = this.settings
    const name = this.settings.digestUsername ?? username
    const realm = challenge.get('realm') ?? ''
    const nonce = challenge.get('nonce') ?? ''
    const algorithm = challenge.get('algorithm') ?? 'MD5'
    const hash = (text: string) =>
      createHash(algorithm.toUpperCase() === 'SHA-256' ? 'sha256' : 'md5')
        .update(text)
        .digest('hex')
    const uri = `sip:${domain}`
    const count = (++this.#nonceCount).toString(16).padStart(8, '0')
    const cnonce = randomBytes(4).toString('hex')
    const response = hash(`${hash(`${name}:${realm}:${password}`)}:${nonce}:${count}:${cnonce}:auth:${hash(`REGISTER:${uri}`)}`)
    return `Authorization: Digest username="${name}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${response}", algorithm=${algorithm}, cnonce="${cnonce}", qop=auth, nc=${count}\r\n`
  }

  #send(rows: string, authorization: string): Promise<Answer | undefined> {
    const { host, port, domain, username, userAgent } = this.settings
    const branch = `z9hG4bK${randomBytes(6).toString('hex')}`
    const address = `<sip:${username}@${domain}>`
    const text =
      `REGISTER sip:${domain} SIP/2.0\r\nVia: SIP/2.0/UDP ${this.#shownHost()}:${this.#localPort};branch=${branch};rport\r\n` +
      `Max-Forwards: 70\r\nFrom: ${address};tag=${this.#tag}\r\nTo: ${address}\r\nCall-ID: ${this.#callId}\r\n` +
      `CSeq: ${++this.#cseq} REGISTER\r\n${rows}User-Agent: ${userAgent}\r\n${authorization}Content-Length: 0\r\n\r\n`
    return new Promise((resolve) => {
      const mine = new Set<NodeJS.Timeout>()
      const later = (ms: number, work: () => void) => {
        const timer = setTimeout(() => {
          mine.delete(timer)
          this.#timers.delete(timer)
          work()
        }, ms)
        mine.add(timer)
        this.#timers.add(timer)
      }
      const finish = (answer: Answer | undefined) => {
        this.#waiting.delete(branch)
        for (const timer of mine) {
          clearTimeout(timer)
          this.#timers.delete(timer)
        }
        resolve(answer)
      }
      const transmit = () => this.#socket?.send(Buffer.from(text, 'latin1'), port, host, () => {})
      let at = 0
      for (const wait of resendAfterMs) {
        at += wait
        later(at, transmit)
      }
      later(giveUpMs, () => finish(undefined))
      this.#waiting.set(branch, (reply) => finish(readAnswer(reply)))
      transmit()
    })
  }

  #received(text: string): void {
    const branch = /^(?:Via|v)\s*:.*?branch=([^;,\s]+)/im.exec(text)?.[1]
    if (branch !== undefined && /^SIP\/2\.0 [2-6]/.test(text)) this.#waiting.get(branch)?.(text)
    if (text.startsWith('OPTIONS '))
      this.#socket?.send(Buffer.from(this.#answerTo(text), 'latin1'), this.settings.port, this.settings.host, () => {})
  }

  /** The server asks whether this phone is there (§11.2). */
  #answerTo(request: string): string {
    const row = (name: string) => new RegExp(`^${name}:.*$`, 'im').exec(request)?.[0] ?? ''
    const rows = [
      row('Via'),
      row('From'),
      `${row('To')};tag=${this.#tag}`,
      row('Call-ID'),
      row('CSeq'),
      `User-Agent: ${this.settings.userAgent}`,
    ]
    return `SIP/2.0 200 OK\r\n${rows.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
  }
}

function readAnswer(text: string): Answer {
  const headers = new Map<string, string>()
  for (const row of text.split('\r\n').slice(1)) {
    const colon = row.indexOf(':')
    const name = row.slice(0, colon).trim().toLowerCase()
    if (colon > 0 && !headers.has(name)) headers.set(name, row.slice(colon + 1).trim())
  }
  const granted = Number(/;expires=(\d+)/.exec(headers.get('contact') ?? '')?.[1] ?? headers.get('expires') ?? 0)
  return { status: Number(text.slice(8, 11)), granted, headers, text }
}

function readChallenge(value: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const match of value.matchAll(/(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))/g))
    found.set(match[1]?.toLowerCase() ?? '', match[2] ?? match[3] ?? '')
  return found
}

/**
 * A steady stream of renewals from phones that are signed in, and how long each waited for its 200. A process of its own, so that what a
 * test does beside it costs it nothing; every request is made before the clock runs.
 */
import { createHash } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import os from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'

export interface LoadLogin {
  username: string
  password: string
}

export type ToLoad =
  | { kind: 'sign-in'; port: number; domain: string; logins: LoadLogin[] }
  | { kind: 'renew'; perSecond: number; seconds: number }

export interface LoadResult {
  sent: number
  /** No 200 came. */
  lost: number
  p50: number
  p99: number
  max: number
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex')
const lastAnswersMs = 1500

class Load {
  readonly #socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  readonly #port: number
  readonly #domain: string
  readonly #logins: readonly LoadLogin[]
  readonly #secrets: string[] = []
  #nonce = ''
  #round = 0
  #sentAt = new Float64Array(0)
  #took = new Float64Array(0)

  constructor(port: number, domain: string, logins: readonly LoadLogin[]) {
    this.#port = port
    this.#domain = domain
    this.#logins = logins
  }

  /** Every phone signs in once. */
  async signIn(): Promise<LoadResult> {
    this.#socket.bind(0, '127.0.0.1')
    await once(this.#socket, 'listening')
    this.#socket.send(this.#request(0, 0, 0), this.#port, '127.0.0.1')
    const [challenge] = await once(this.#socket, 'message')
    this.#nonce = /nonce="([^"]+)"/.exec(String(challenge))?.[1] ?? ''
    for (const { username, password } of this.#logins) this.#secrets.push(md5(`${username}:${this.#domain}:${password}`))
    this.#socket.on('message', (bytes) => this.#answered(bytes.toString('latin1')))
    return this.renew(1000, this.#logins.length / 1000)
  }

  async renew(perSecond: number, seconds: number): Promise<LoadResult> {
    const count = Math.floor(perSecond * seconds)
    const requests: Buffer[] = []
    for (let i = 0; i < count; i++) {
      const phone = i % this.#logins.length
      if (phone === 0) this.#round++
      requests.push(this.#request(phone, this.#round, i))
    }
    this.#sentAt = new Float64Array(count)
    this.#took = new Float64Array(count).fill(Number.NaN)
    const start = performance.now()
    for (let sent = 0; sent < count; ) {
      const due = Math.min(count, Math.floor(((performance.now() - start) * perSecond) / 1000))
      for (; sent < due; sent++) {
        this.#sentAt[sent] = performance.now()
        this.#socket.send(requests[sent] as Buffer, this.#port, '127.0.0.1')
      }
      await sleep(1)
    }
    const until = performance.now() + lastAnswersMs
    while (this.#took.some(Number.isNaN) && performance.now() < until) await sleep(10)
    const took = this.#took.filter((ms) => !Number.isNaN(ms)).sort()
    const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.POSITIVE_INFINITY
    return { sent: count, lost: count - took.length, p50: at(0.5), p99: at(0.99), max: at(1) }
  }

  close(): void {
    this.#socket.close()
  }

  #answered(text: string): void {
    const now = performance.now()
    const place = Number(/branch=z9hG4bK\w+-(\d+)/.exec(text)?.[1])
    if (text.startsWith('SIP/2.0 200') && Number.isNaN(this.#took[place])) this.#took[place] = now - (this.#sentAt[place] ?? now)
  }

  /** `place` comes back in the branch. Round 0 asks for the challenge. */
  #request(phone: number, round: number, place: number): Buffer {
    const username = this.#logins[phone]?.username ?? ''
    const address = `<sip:${username}@${this.#domain}>`
    const { port } = this.#socket.address()
    return Buffer.from(
      `REGISTER sip:${this.#domain} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bKload${round}x${phone}-${place};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: ${address};tag=load\r\nTo: ${address}\r\nCall-ID: load-${phone}@127.0.0.1\r\nCSeq: ${round + 1} REGISTER\r\n` +
        `Contact: <sip:${username}@127.0.0.1:${port}>\r\nExpires: 3600\r\nUser-Agent: load\r\n` +
        `${round === 0 ? '' : this.#authorization(phone, round)}Content-Length: 0\r\n\r\n`,
    )
  }

  #authorization(phone: number, round: number): string {
    const count = round.toString(16).padStart(8, '0')
    const uri = `sip:${this.#domain}`
    const response = md5(`${this.#secrets[phone]}:${this.#nonce}:${count}:load:auth:${md5(`REGISTER:${uri}`)}`)
    const username = this.#logins[phone]?.username ?? ''
    return `Authorization: Digest username="${username}", realm="${this.#domain}", nonce="${this.#nonce}", uri="${uri}", response="${response}", algorithm=MD5, cnonce="load", qop=auth, nc=${count}\r\n`
  }
}

try {
  // What measures must not wait itself, where the system lets us see to it.
  os.setPriority(-10)
} catch {
  // Not the superuser: then it waits now and then, in both measurements alike.
}

let load: Load | undefined
process.on('message', (message: ToLoad) => {
  void answer(message).then((figures) => process.send?.(figures))
})

function answer(message: ToLoad): Promise<unknown> {
  if (message.kind !== 'sign-in') return load?.renew(message.perSecond, message.seconds) ?? Promise.resolve()
  load = new Load(message.port, message.domain, message.logins)
  return load.signIn()
}
process.on('disconnect', () => load?.close())

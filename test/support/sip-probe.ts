/** Asks the server under test OPTIONS again and again, and keeps how long each answer took: what a phone would have waited. */
import { createSocket } from 'node:dgram'

export class SipProbe {
  readonly #socket = createSocket('udp4')
  readonly #sentAt = new Map<number, number>()
  readonly #timer: NodeJS.Timeout
  #last = 0
  /** ms of the slowest answer since `start`, questions that still wait among them. */
  #slowest = 0
  /** Monotonic ms of the first answer; 0 before. */
  firstAt = 0

  constructor(port: number, everyMs: number) {
    this.#socket.on('error', () => {})
    this.#socket.on('message', (bytes) => {
      const now = performance.now()
      if (this.firstAt === 0) this.firstAt = now
      const number = Number(/\r\nCSeq: (\d+)/.exec(bytes.toString('latin1'))?.[1])
      this.#slowest = Math.max(this.#slowest, now - (this.#sentAt.get(number) ?? now))
      this.#sentAt.delete(number)
    })
    this.#timer = setInterval(() => {
      const number = ++this.#last
      this.#sentAt.set(number, performance.now())
      this.#socket.send(optionsText(number), port, '127.0.0.1', () => {})
    }, everyMs)
  }

  /** Begins to measure anew; what was asked before does not count. */
  start(): void {
    this.#slowest = 0
    this.#sentAt.clear()
  }

  get slowestMs(): number {
    const now = performance.now()
    return Math.max(this.#slowest, ...[...this.#sentAt.values()].map((at) => now - at))
  }

  close(): void {
    clearInterval(this.#timer)
    this.#socket.close()
  }
}

function optionsText(number: number): string {
  return (
    `OPTIONS sip:probe@localhost SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKprobe${number};rport\r\nMax-Forwards: 70\r\n` +
    `From: <sip:probe@localhost>;tag=p\r\nTo: <sip:probe@localhost>\r\nCall-ID: probe@127.0.0.1\r\nCSeq: ${number} OPTIONS\r\nContent-Length: 0\r\n\r\n`
  )
}

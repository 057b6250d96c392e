/** A socket to the server under test on which a test writes what it likes, byte for byte, and reads what comes back. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import WebSocket, { type ClientOptions } from 'ws'

export interface SipWire {
  readonly transport: 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS'
  readonly localHost: string
  readonly localPort: number
  /** The other side has closed (streams). */
  readonly closed: boolean
  send(bytes: Buffer | string): void
  /** The next message; undefined if none comes in time. */
  next(withinMs?: number): Promise<string | undefined>
  close(): void
}

const answerWithinMs = 3000

/** What came and who waits for it. */
class Inbox {
  readonly #came: string[] = []
  readonly #waiting: ((text: string) => void)[] = []

  put(text: string): void {
    const first = this.#waiting.shift()
    if (first === undefined) this.#came.push(text)
    else first(text)
  }

  next(withinMs: number): Promise<string | undefined> {
    const text = this.#came.shift()
    if (text !== undefined) return Promise.resolve(text)
    return new Promise((resolve) => {
      const take = (came: string) => {
        clearTimeout(timer)
        resolve(came)
      }
      const timer = setTimeout(() => {
        const at = this.#waiting.indexOf(take)
        if (at >= 0) this.#waiting.splice(at, 1)
        resolve(undefined)
      }, withinMs)
      this.#waiting.push(take)
    })
  }
}

export async function openUdpWire(port: number, localHost = '127.0.0.1'): Promise<SipWire> {
  const socket = createSocket('udp4')
  const inbox = new Inbox()
  socket.on('error', () => {})
  socket.on('message', (bytes) => inbox.put(bytes.toString('latin1')))
  socket.bind(0, localHost)
  await once(socket, 'listening')
  return {
    transport: 'UDP',
    localHost,
    localPort: socket.address().port,
    closed: false,
    send: (bytes) => socket.send(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, port, '127.0.0.1', () => {}),
    next: (withinMs = answerWithinMs) => inbox.next(withinMs),
    close: () => socket.close(),
  }
}

/** Each message ends where its Content-Length says; a bare CRLF is the answer to a keepalive. */
export async function openTcpWire(port: number, localHost = '127.0.0.1'): Promise<SipWire> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: localHost, noDelay: true })
  await once(socket, 'connect')
  return streamWire('TCP', socket, localHost)
}

/** Takes any certificate. */
export async function openTlsWire(port: number, localHost = '127.0.0.1'): Promise<SipWire> {
  const below = connect({ port, host: '127.0.0.1', localAddress: localHost, noDelay: true })
  const socket = connectTls({ socket: below, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  return streamWire('TLS', socket, localHost)
}

/** A WebSocket to `url` that offers the subprotocol sip, as a browser does; takes any certificate. One message each way is one message. */
export async function openWebSocketWire(url: string, options: ClientOptions = {}): Promise<SipWire> {
  const websocket = new WebSocket(url, 'sip', { rejectUnauthorized: false, perMessageDeflate: true, ...options })
  const inbox = new Inbox()
  websocket.on('message', (bytes: Buffer) => inbox.put(bytes.toString('latin1')))
  await once(websocket, 'open')
  websocket.on('error', () => {})
  return {
    transport: url.startsWith('wss') ? 'WSS' : 'WS',
    // What a browser does not know it makes up (RFC 7118 §5.3).
    localHost: 'df7jal23ls0d.invalid',
    localPort: 5060,
    get closed() {
      return websocket.readyState === WebSocket.CLOSED
    },
    send: (bytes) => websocket.send(bytes),
    next: (withinMs = answerWithinMs) => inbox.next(withinMs),
    close: () => websocket.terminate(),
  }
}

function streamWire(transport: 'TCP' | 'TLS', socket: Socket, localHost: string): SipWire {
  const inbox = new Inbox()
  let waiting = ''
  let closed = false
  socket.on('error', () => {})
  socket.on('close', () => {
    closed = true
  })
  socket.on('data', (bytes: Buffer) => {
    waiting += bytes.toString('latin1')
    for (;;) {
      const head = waiting.startsWith('\r\n') ? 2 : waiting.indexOf('\r\n\r\n') + 4
      // -1 + 4: nothing whole yet.
      if (head === 3) return
      const length = head + Number(/\r\nContent-Length: *(\d+)/i.exec(waiting.slice(0, head))?.[1] ?? 0)
      if (waiting.length < length) return
      inbox.put(waiting.slice(0, length))
      waiting = waiting.slice(length)
    }
  })
  return {
    transport,
    localHost,
    localPort: socket.localPort ?? 0,
    get closed() {
      return closed
    },
    send: (bytes) => {
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    },
    next: (withinMs = answerWithinMs) => inbox.next(withinMs),
    close: () => socket.destroy(),
  }
}

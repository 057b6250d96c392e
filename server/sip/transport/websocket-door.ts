/**
 * The handshake of SIP over WebSocket (RFC 7118 §4, RFC 6455 §4.2): who may come in, and what was agreed. One for the port of its own
 * and for the path /sip of the portal.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { limits } from '../message/limits.ts'

/** The subprotocol that the peer must offer and that is agreed (RFC 7118 §4.1). */
const subprotocol = 'sip'

export class WebSocketDoor {
  readonly #origins: ReadonlySet<string>
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.message,
    // A message in a thousand pieces costs a hundred times its size: no phone cuts it so small.
    maxFragments: 64,
    maxBufferedChunks: 1024,
    // One message or ping a turn of the event loop: who sends many at once holds nobody else up.
    allowSynchronousEvents: false,
    handleProtocols: () => subprotocol,
  })

  /** Pages from these origins may come in besides those of the very host; `*`: all. */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins.map((origin) => origin.toLowerCase()))
  }

  /** Upgrades the request, or answers it with the reason and closes; false then. `opened` is called at most once. */
  admit(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (websocket: WebSocket) => void): boolean {
    socket.on('error', () => socket.destroy())
    if (!this.#mayCome(request))
      return refuse(socket, 403, 'Pages of this origin may not connect; REGISTA_WS_ORIGINS names those that may.')
    const offered = request.headers['sec-websocket-protocol'] ?? ''
    if (!offered.split(',').some((one) => one.trim().toLowerCase() === subprotocol))
      return refuse(socket, 400, 'The subprotocol sip must be offered.')
    this.#server.handleUpgrade(request, socket, head, opened)
    return true
  }

  /** Browsers name the page's origin; who names none is no browser. */
  #mayCome({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined) return true
    const named = origin.toLowerCase()
    return this.#origins.has('*') || this.#origins.has(named) || (host !== undefined && URL.parse(named)?.host === host.toLowerCase())
  }
}

function refuse(socket: Duplex, status: number, sentence: string): false {
  const rows = ['Connection: close', 'Content-Type: text/plain; charset=utf-8', `Content-Length: ${Buffer.byteLength(sentence)}`]
  // A peer that never ends its side would keep the socket for ever.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${rows.join('\r\n')}\r\n\r\n${sentence}`)
  return false
}

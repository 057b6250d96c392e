/** SIP over WebSocket on a port of its own (RFC 7118): plain, or secure where there is a certificate. */
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { parseDatagram } from '../message/parse.ts'
import type { Connection } from './connections.ts'
import type { Flow } from './flow.ts'
import { HandshakeGate, type HandshakeGateNeeds } from './handshake-gate.ts'
import type { StreamNeeds } from './stream-connection.ts'
import { StreamListener } from './stream-listener.ts'
import type { TlsIdentity } from './tls-identity.ts'
import type { WebSocketDoor } from './websocket-door.ts'
import { WebSocketPeer } from './websocket-peer.ts'

export interface WebSocketOptions extends StreamNeeds, HandshakeGateNeeds {
  host: string
  port: number
  door: WebSocketDoor
  /** Undefined: plain. */
  identity: TlsIdentity | undefined
  failed(error: Error): void
}

/** From connecting, or from the end of the TLS handshake, to the upgrade. */
const upgradeMs = 10_000
const largestHead = 8 * 1024

export class WebSocketTransport {
  readonly #listener: StreamListener
  /** Where it is secure. */
  readonly #server: HttpsServer | undefined

  private constructor(listener: StreamListener, server: HttpsServer | undefined) {
    this.#listener = listener
    this.#server = server
  }

  /** Listens; rejects with the system's error (EADDRINUSE, EACCES). */
  static async open(options: WebSocketOptions): Promise<WebSocketTransport> {
    const { identity, door, connections, after } = options
    const http = { maxHeaderSize: largestHead, keepAlive: true }
    const server =
      identity === undefined ? createHttpServer(http, upgradeRequired) : createHttpsServer({ ...http, ...identity }, upgradeRequired)
    const gate = identity === undefined ? undefined : new HandshakeGate(server as HttpsServer, options)
    const deadlines = new WeakMap<Socket, () => void>()
    const waitForUpgrade = (socket: Socket) => {
      const cancel = after(upgradeMs, () => socket.destroy())
      deadlines.set(socket, cancel)
      socket.on('close', cancel)
    }
    server.on('upgrade', (request, stream, head) => {
      const socket = stream as Socket
      const admitted = door.admit(request, socket, head, (websocket) => {
        deadlines.get(socket)?.()
        open(websocket, socket, identity === undefined ? 'ws' : 'wss', options)
      })
      if (!admitted) connections.numbers.websocketsRefused++
    })
    server.on('clientError', (_error, socket) => socket.destroy())
    const listener = await StreamListener.open({
      ...options,
      accepted(socket) {
        if (gate !== undefined) {
          gate.enter(socket, waitForUpgrade)
          return
        }
        waitForUpgrade(socket)
        server.emit('connection', socket)
      },
    })
    return new WebSocketTransport(listener, identity === undefined ? undefined : (server as HttpsServer))
  }

  get port(): number {
    return this.#listener.port
  }

  /** From the next handshake on this is the certificate; connections that are open stay. */
  identify(identity: TlsIdentity): void {
    this.#server?.setSecureContext(identity)
  }

  close(): Promise<void> {
    return this.#listener.close()
  }
}

const upgradeRequired: RequestListener = (_request, response) => {
  response.writeHead(426, { upgrade: 'websocket', connection: 'close, upgrade', 'content-type': 'text/plain; charset=utf-8' })
  response.end('SIP over WebSocket is spoken here.')
}

function open(websocket: WebSocket, socket: Socket, transport: 'ws' | 'wss', { connections, received, after }: WebSocketOptions): void {
  const { remoteAddress, remotePort } = socket
  if (remoteAddress === undefined || remotePort === undefined) {
    websocket.terminate()
    return
  }
  const flow: Flow = { transport, remoteIp: remoteAddress, remotePort, connection: connections.nextNumber(), local: 0 }
  const peer = new WebSocketPeer(websocket, socket, {
    slowReaders: connections.slowReaders,
    after,
    message: (bytes) => received(parseDatagram(bytes, bytes.length), flow),
    closed: () => connections.gone(connection),
  })
  const connection: Connection = { flow, send: (message) => peer.send(message), cut: () => peer.cut() }
  connections.opened(connection)
}

/**
 * A TCP port that phones connect to, whatever they speak there: lets in whom there is a seat for. Where the system has no file
 * descriptor left, libuv turns newcomers away until there is one again; nobody else notices.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { Connections } from './connections.ts'

export interface StreamListenerOptions {
  host: string
  port: number
  connections: Connections
  accepted(socket: Socket): void
  /** The port is lost for good. */
  failed(error: Error): void
}

/** The kernel asks a silent peer whether it is still there: a phone that lost its power is noticed without its help. */
const keepAliveMs = 60_000
/** Connections that the kernel holds until we take them: phones that all come back at once should not be turned away. */
const backlog = 4096

export class StreamListener {
  readonly #server: Server
  readonly #sockets: Set<Socket>

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server
    this.#sockets = sockets
  }

  /** Listens; rejects with the system's error (EADDRINUSE, EACCES). */
  static open(options: StreamListenerOptions): Promise<StreamListener> {
    const { connections, host, port, accepted, failed } = options
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
    const sockets = new Set<Socket>()
    server.on('connection', (socket: Socket) => {
      const { remoteAddress } = socket
      // Gone before it was looked at.
      const giveBack = remoteAddress !== undefined && connections.takeSeat(remoteAddress)
      socket.on('error', () => socket.destroy())
      if (giveBack === false) {
        socket.destroy()
        return
      }
      sockets.add(socket)
      socket.on('close', () => {
        sockets.delete(socket)
        giveBack()
      })
      accepted(socket)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, backlog, ipv6Only: true }, () => {
        server.off('error', reject)
        server.on('error', failed)
        resolve(new StreamListener(server, sockets))
      })
    })
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Stops listening and ends every connection, whatever it has become. */
  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

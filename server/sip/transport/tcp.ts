/** SIP over TCP (RFC 3261 §18.3): connections that phones open; each is a flow that answers go back on. */
import { createServer, type Server, type Socket } from 'node:net'
import { type Framed, FrameStream } from '../message/frame-stream.ts'
import type { Flow } from './flow.ts'

export interface TcpOptions {
  host: string
  port: number
  received(framed: Framed, flow: Flow): void
  closed(flow: Flow): void
  failed(error: Error): void
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
}

interface Connection {
  socket: Socket
  flow: Flow
}

const mostConnections = 50_000
/** A peer that has begun a message, or has just connected, and says nothing whole within this is closed. */
const wholeMessageMs = 30_000
/** A peer that was told to go and does not is closed after this. */
const goodbyeMs = 5000
/** A peer that does not read is closed when this much waits for it. */
const mostWaiting = 256 * 1024
const keepAliveMs = 60_000

export class TcpTransport {
  readonly #server: Server
  readonly #connections = new Map<number, Connection>()
  readonly #options: TcpOptions
  #lastConnection = 0

  private constructor(options: TcpOptions) {
    this.#options = options
    this.#server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }, (socket) => this.#accept(socket))
    this.#server.maxConnections = mostConnections
  }

  /** Listens; rejects with the system's error (EADDRINUSE, EACCES). */
  static open(options: TcpOptions): Promise<TcpTransport> {
    const transport = new TcpTransport(options)
    return new Promise((resolve, reject) => {
      transport.#server.once('error', reject)
      transport.#server.listen(options.port, options.host, () => {
        transport.#server.off('error', reject)
        transport.#server.on('error', options.failed)
        resolve(transport)
      })
    })
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Sends on the flow's connection; a connection that is gone loses it, as the network would. */
  send(bytes: Buffer, flow: Flow): void {
    const connection = this.#connections.get(flow.connection)
    if (connection === undefined) return
    connection.socket.write(bytes)
    if (connection.socket.writableLength > mostWaiting) connection.socket.destroy()
  }

  /** Stops listening and ends every connection. */
  close(): Promise<void> {
    for (const { socket } of this.#connections.values()) socket.destroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  #accept(socket: Socket): void {
    const { remoteAddress, remotePort } = socket
    // Gone before it was looked at.
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy()
      return
    }
    const flow: Flow = { transport: 'tcp', remoteIp: plainIp(remoteAddress), remotePort, connection: ++this.#lastConnection }
    const stream = new FrameStream()
    this.#connections.set(flow.connection, { socket, flow })
    const closeAfter = (ms: number) => this.#options.after(ms, () => socket.destroy())
    let cancel: (() => void) | undefined = closeAfter(wholeMessageMs)
    socket.on('data', (chunk: Buffer) => {
      const whole = stream.push(chunk)
      if (whole.length > 0) {
        cancel?.()
        cancel = undefined
      }
      if (stream.waiting > 0) cancel ??= closeAfter(wholeMessageMs)
      for (const framed of whole) {
        this.#options.received(framed, flow)
        if (framed.kind === 'parse-error' && framed.close) {
          // Where the next message would begin is not known any more.
          socket.end()
          socket.removeAllListeners('data').resume()
          cancel = closeAfter(goodbyeMs)
          return
        }
      }
    })
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      cancel?.()
      this.#connections.delete(flow.connection)
      this.#options.closed(flow)
    })
  }
}

/** An IPv4 peer of a socket bound to :: is shown as what it is. */
function plainIp(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address
}

/** SIP over UDP (RFC 3261 §18, RFC 3581): one socket, datagrams in and out on the same port. Hot path: whole-server.bench.ts. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { Flow } from './flow.ts'

/** Told of each datagram; `bytes` is the receiver's to keep. */
export type DatagramReceived = (bytes: Buffer, flow: Flow) => void

export interface UdpOptions {
  host: string
  /** 0 for any free one. */
  port: number
  received: DatagramReceived
  /** The socket failed for good. */
  failed(error: Error): void
}

/** Asked of the kernel, which gives what it allows: a burst of phones should not be dropped before we can read it. */
const receiveBuffer = 4 * 1024 * 1024

export class UdpTransport {
  readonly #socket: Socket
  #sendErrors = 0

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Binds the socket; rejects with the system's error (EADDRINUSE, EACCES). */
  static open(options: UdpOptions): Promise<UdpTransport> {
    const type = isIPv6(options.host) ? 'udp6' : 'udp4'
    const socket = createSocket({ type, recvBufferSize: receiveBuffer, sendBufferSize: receiveBuffer, lookup: literalAddress })
    const transport = new UdpTransport(socket)
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
        options.received(bytes, { transport: 'udp', remoteIp: from.address, remotePort: from.port, connection: 0 })
      })
      socket.bind(options.port, options.host, () => {
        socket.off('error', reject)
        socket.on('error', options.failed)
        resolve(transport)
      })
    })
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Datagrams that the system refused to send (an address that cannot be reached, a full buffer). */
  get sendErrors(): number {
    return this.#sendErrors
  }

  /** Sends one datagram to where a packet came from. What the network loses the phone asks for again. */
  send(bytes: Buffer, flow: Flow): void {
    // Port 0 is nobody's: the system would throw.
    if (flow.remotePort === 0) return
    this.#socket.send(bytes, 0, bytes.length, flow.remotePort, flow.remoteIp, this.#sent)
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#sendErrors++
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }
}

/** Only literal addresses are ever sent to: resolving them needs no thread pool, and so no turn of the loop. */
function literalAddress(host: string, _options: unknown, callback: (error: Error | null, address: string, family: number) => void): void {
  callback(null, host, host.includes(':') ? 6 : 4)
}

/**
 * SIP over UDP (RFC 3261 §18, RFC 3581): one socket, datagrams in and out on the same port. On Linux an IPv4 socket reads and sends
 * in batches (datagram-batch.ts); Node only tells when there is something to read. Hot path: udp.bench.ts.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { isIPv4, isIPv6 } from 'node:net'
import { batchSize, bindDatagramSocket, DatagramBatch, ipv4Number, ipv4Text, loadSystemCalls } from './datagram-batch.ts'
import type { Flow } from './flow.ts'

/** Told of each datagram: `length` bytes of `bytes` from `start` on, good only during the call. */
export type DatagramReceived = (bytes: Buffer, flow: Flow, start: number, length: number) => void

/**
 * Takes a datagram, or leaves it to `received` (false): the bytes as there; the IPv4 address it came from as its bytes lie in memory, the port,
 * and the number of the socket.
 */
export type DatagramTaken = (bytes: Buffer, start: number, length: number, address: number, port: number, local: number) => boolean

export interface UdpOptions {
  host: string
  /** 0 for any free one. */
  port: number
  /** Number of this socket among ours: the `local` of its flows. */
  local: number
  /** Node's own way of reading and sending, where the other one would do. */
  oneByOne?: boolean
  received: DatagramReceived
  /** Asked before `received`, where datagrams are read in batches. */
  taken?: DatagramTaken
  /** Calls back at the end of this turn of the event loop. */
  endOfTurn(work: () => void): void
  /** The socket failed for good. */
  failed(error: Error): void
}

/** Asked of the kernel, which gives what it allows: a burst of phones should not be dropped before we can read it. */
const socketBuffer = 4 * 1024 * 1024
/** Datagrams read in one turn of the loop before everything else gets its turn. */
const mostInATurn = 512

export class UdpTransport {
  readonly #socket: Socket
  readonly #options: UdpOptions
  #batch: DatagramBatch | undefined
  #sendErrors = 0
  #readInTurn = 0
  #closed = false

  private constructor(socket: Socket, options: UdpOptions) {
    this.#socket = socket
    this.#options = options
  }

  /** Binds the socket; rejects with the system's error (EADDRINUSE, EACCES). */
  static async open(options: UdpOptions): Promise<UdpTransport> {
    const type = isIPv6(options.host) ? 'udp6' : 'udp4'
    const system = options.oneByOne === true || !isIPv4(options.host) ? undefined : await loadSystemCalls()
    const fd = system === undefined ? -1 : bindDatagramSocket(system, options.host, options.port)
    const socket = createSocket({
      type,
      recvBufferSize: socketBuffer,
      sendBufferSize: socketBuffer,
      // Each family has a socket of its own: an IPv4 peer is seen and answered as one.
      ipv6Only: type === 'udp6',
      lookup: literalAddress,
    })
    const transport = new UdpTransport(socket, options)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.on('message', transport.#read)
      const bound = () => {
        socket.off('error', reject)
        socket.on('error', options.failed)
        resolve()
      }
      if (system === undefined) socket.bind(options.port, options.host, bound)
      else {
        transport.#batch = new DatagramBatch(fd, system)
        socket.bind({ fd }, bound)
      }
    })
    return transport
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Datagrams that the system refused to send (an address that cannot be reached, a full buffer). */
  get sendErrors(): number {
    return this.#sendErrors
  }

  /** Sends one datagram, a character a byte, to where a packet came from. What the network loses the phone asks for again. */
  send(message: string | Buffer, flow: Flow): void {
    // Port 0 is nobody's: the system would throw. So it would when the socket is gone, whose number may be another one's by now.
    if (flow.remotePort === 0 || this.#closed) return
    const batch = this.#batch
    if (batch !== undefined) {
      const first = batch.waiting === 0
      if (batch.add(typeof message === 'string' ? message : message.toString('latin1'), flow.remoteIp, flow.remotePort)) {
        // What is answered in one go leaves in one go.
        if (first) queueMicrotask(this.#flush)
        return
      }
    }
    const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
    this.#socket.send(bytes, 0, bytes.length, flow.remotePort, flow.remoteIp, this.#sent)
  }

  /**
   * The same with bytes that lie in `bytes`, to an IPv4 address as its bytes lie in memory. False where datagrams are not sent in batches, or this
   * one is too long.
   */
  sendBytes(bytes: Buffer, start: number, end: number, address: number, port: number): boolean {
    const batch = this.#batch
    if (port === 0 || this.#closed) return true
    if (batch === undefined) return false
    const first = batch.waiting === 0
    if (!batch.addBytes(bytes, start, end, address, port)) return false
    if (first) queueMicrotask(this.#flush)
    return true
  }

  /** Node hands over one datagram: the rest of what waits is read in batches. */
  readonly #read = (bytes: Buffer, from: RemoteInfo): void => {
    const { received, taken, local, endOfTurn } = this.#options
    const batch = this.#batch
    // It lies where the next batch will: nothing is there now.
    const start = batch === undefined ? 0 : batch.start(0)
    const isTaken =
      taken !== undefined &&
      batch !== undefined &&
      bytes.copy(batch.bytes, start) > 0 &&
      taken(batch.bytes, start, bytes.length, ipv4Number(from.address), from.port, local)
    if (!isTaken) {
      received(bytes, { transport: 'udp', remoteIp: from.address, remotePort: from.port, connection: 0, local }, 0, bytes.length)
    }
    if (batch === undefined) return
    if (this.#readInTurn === 0) endOfTurn(this.#nextTurn)
    this.#readInTurn++
    while (this.#readInTurn < mostInATurn && !this.#closed) {
      const count = batch.receive()
      this.#readInTurn += count
      for (let slot = 0; slot < count; slot++) {
        const length = batch.lengthOf(slot)
        if (length < 0) continue
        if (taken?.(batch.bytes, batch.start(slot), length, batch.addressOf(slot), batch.portOf(slot), local) === true) continue
        const remoteIp = ipv4Text(batch.addressOf(slot))
        const flow: Flow = { transport: 'udp', remoteIp, remotePort: batch.portOf(slot), connection: 0, local }
        received(batch.bytes, flow, batch.start(slot), length)
      }
      if (count < batchSize) return
    }
  }

  readonly #nextTurn = (): void => {
    this.#readInTurn = 0
  }

  readonly #flush = (): void => {
    if (this.#batch !== undefined && !this.#closed) this.#sendErrors += this.#batch.send()
  }

  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.#sendErrors++
  }

  /** Sends what waits, then closes. */
  close(): Promise<void> {
    this.#flush()
    this.#closed = true
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }
}

/** Only literal addresses are ever sent to: resolving them needs no thread pool, and so no turn of the loop. */
function literalAddress(host: string, _options: unknown, callback: (error: Error | null, address: string, family: number) => void): void {
  callback(null, host, host.includes(':') ? 6 : 4)
}

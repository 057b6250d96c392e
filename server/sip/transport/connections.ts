/**
 * All connections of phones, over whatever stream: who sends on which, and how many there may be in all and from one network. Those
 * that have proven nothing yet make room first.
 */
import { networkText, readNetwork } from '../digest/address-network.ts'
import type { Flow, TransportName } from './flow.ts'
import { SlowReaders } from './slow-reader.ts'

export interface Connection {
  readonly flow: Flow
  /** Sends a message, a character a byte. A peer that does not read is cut off. */
  send(message: string | Buffer): void
  /** Ends it at once; what waits is lost. */
  cut(): void
}

export interface ConnectionLimits {
  readonly inAll: number
  /** From one IPv4 address, or one /64 of IPv6: an office behind one address must fit in. */
  readonly fromOneNetwork: number
}

/** Counted since the start. */
export interface StreamNumbers {
  /** Not let in: too many there, or too many from that network. */
  connectionsRefused: number
  /** Cut because another wanted in and they had proven nothing. */
  connectionsDisplaced: number
  tlsHandshakes: number
  tlsHandshakesFailed: number
  websocketsRefused: number
}

export class Connections {
  readonly slowReaders = new SlowReaders()
  readonly numbers: StreamNumbers = {
    connectionsRefused: 0,
    connectionsDisplaced: 0,
    tlsHandshakes: 0,
    tlsHandshakesFailed: 0,
    websocketsRefused: 0,
  }
  readonly #limits: ConnectionLimits
  #closed: (flow: Flow) => void
  readonly #open = new Map<number, Connection>()
  /** The oldest first. */
  readonly #unproven = new Map<number, Connection>()
  readonly #seats = new Map<string, number>()
  readonly #byTransport: Record<Exclude<TransportName, 'udp'>, number> = { tcp: 0, tls: 0, ws: 0, wss: 0 }
  #seatsTaken = 0
  #lastNumber = 0

  /** `closed` is told of each connection that is over, once. */
  constructor(limits: ConnectionLimits, closed: (flow: Flow) => void) {
    this.#limits = limits
    this.#closed = closed
  }

  /** Connections by transport. */
  get counts(): Readonly<Record<Exclude<TransportName, 'udp'>, number>> {
    return this.#byTransport
  }

  get size(): number {
    return this.#open.size
  }

  /**
   * Asks for a seat for a peer that has just connected; false if there is none. Who got one gives it back with the answer's
   * function when the peer is gone, whatever became of it.
   */
  takeSeat(ip: string): (() => void) | false {
    readNetwork(ip)
    const network = networkText()
    const there = this.#seats.get(network) ?? 0
    if (there >= this.#limits.fromOneNetwork || (this.#seatsTaken >= this.#limits.inAll && !this.#displace())) {
      this.numbers.connectionsRefused++
      return false
    }
    this.#seats.set(network, there + 1)
    this.#seatsTaken++
    return () => {
      const now = (this.#seats.get(network) ?? 1) - 1
      if (now === 0) this.#seats.delete(network)
      else this.#seats.set(network, now)
      this.#seatsTaken--
    }
  }

  /** A number that no connection of this run has had. */
  nextNumber(): number {
    return ++this.#lastNumber
  }

  /** It is open: messages for its flow go to it. */
  opened(connection: Connection): void {
    const { transport } = connection.flow
    this.#open.set(connection.flow.connection, connection)
    this.#unproven.set(connection.flow.connection, connection)
    if (transport !== 'udp') this.#byTransport[transport]++
  }

  /** Its peer has shown who it is: it is not displaced by newcomers any more. */
  proven(flow: Flow): void {
    this.#unproven.delete(flow.connection)
  }

  /** It is over. */
  gone({ flow }: Connection): void {
    if (!this.#open.delete(flow.connection)) return
    this.#unproven.delete(flow.connection)
    if (flow.transport !== 'udp') this.#byTransport[flow.transport]--
    this.#closed(flow)
  }

  /** Sends on the flow's connection; one that is gone loses it, as the network would. */
  send(message: string | Buffer, flow: Flow): void {
    this.#open.get(flow.connection)?.send(message)
  }

  /** Cuts the flow's connection, if it is there: nobody answers on it any more, say. */
  cut(flow: Flow): void {
    this.#open.get(flow.connection)?.cut()
  }

  /** Cuts all, and tells nobody: it is we who end. */
  close(): void {
    this.#closed = () => {}
    for (const connection of [...this.#open.values()]) connection.cut()
  }

  /** Cuts the oldest connection that has proven nothing; false if there is none. */
  #displace(): boolean {
    const [first] = this.#unproven.values()
    if (first === undefined) return false
    this.#unproven.delete(first.flow.connection)
    this.numbers.connectionsDisplaced++
    first.cut()
    return true
  }
}

/**
 * Lets TLS handshakes begin a few a turn of the event loop, when the peer has begun to speak: each costs a signature, a hundred times
 * what a refresh does, and phones on other transports must not wait for a thousand of them.
 */
import type { Socket } from 'node:net'
import type { Server, TLSSocket } from 'node:tls'
import type { Connections } from './connections.ts'

export interface HandshakeGateNeeds {
  connections: Connections
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
  /** Calls back at the end of this turn of the event loop. */
  endOfTurn(work: () => void): void
  /** A peer did not get through: a code of the TLS library, `not-tls` or `broken-off`. */
  handshakeFailed(ip: string, why: string): void
}

/** Handshakes begun in one turn of the loop. */
const mostInATurn = 2
/** From connecting to the end of the handshake. */
const handshakeMs = 15_000
/** First byte of a TLS handshake (RFC 8446 §5.1). */
const handshakeRecord = 22

interface Coming {
  socket: Socket
  ip: string
  why: string
  secured(socket: TLSSocket): void
}

export class HandshakeGate {
  readonly #server: Server
  readonly #needs: HandshakeGateNeeds
  readonly #waiting: Coming[] = []
  readonly #coming = new Map<string, Coming>()
  #begins = false

  /** `server` does the handshakes; it listens nowhere. */
  constructor(server: Server, needs: HandshakeGateNeeds) {
    this.#server = server
    this.#needs = needs
    server.on('secureConnection', (socket: TLSSocket) => {
      const coming = this.#coming.get(keyOf(socket))
      if (coming === undefined) {
        socket.destroy()
        return
      }
      this.#coming.delete(keyOf(socket))
      needs.connections.numbers.tlsHandshakes++
      coming.secured(socket)
    })
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
      const coming = this.#coming.get(keyOf(socket))
      if (coming !== undefined && error.code !== undefined) coming.why = error.code
      socket.destroy()
    })
  }

  /** Takes a socket that has just connected; `secured` is told when the handshake is done. */
  enter(socket: Socket, secured: (socket: TLSSocket) => void): void {
    const key = keyOf(socket)
    const coming: Coming = { socket, ip: socket.remoteAddress ?? '', why: 'broken-off', secured }
    const cancel = this.#needs.after(handshakeMs, () => {
      if (this.#coming.has(key)) socket.destroy()
    })
    this.#coming.set(key, coming)
    socket.on('close', () => {
      cancel()
      // Who got through is not in there any more.
      if (this.#coming.get(key) !== coming) return
      this.#coming.delete(key)
      this.#needs.connections.numbers.tlsHandshakesFailed++
      this.#needs.handshakeFailed(coming.ip, coming.why)
    })
    const look = () => {
      const begun = socket.read() as Buffer | null
      if (begun === null) return
      socket.off('readable', look)
      if (begun[0] !== handshakeRecord) {
        coming.why = 'not-tls'
        socket.destroy()
        return
      }
      socket.unshift(begun)
      this.#waiting.push(coming)
      if (!this.#begins) {
        this.#begins = true
        this.#needs.endOfTurn(this.#begin)
      }
    }
    socket.on('readable', look)
    socket.on('end', () => socket.destroy())
  }

  readonly #begin = (): void => {
    let begun = 0
    while (begun < mostInATurn) {
      const coming = this.#waiting.shift()
      if (coming === undefined) break
      if (coming.socket.destroyed) continue
      begun++
      this.#server.emit('connection', coming.socket)
    }
    this.#begins = this.#waiting.length > 0
    if (this.#begins) this.#needs.endOfTurn(this.#begin)
  }
}

function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`
}

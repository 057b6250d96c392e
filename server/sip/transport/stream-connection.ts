/**
 * One connection that carries SIP as a stream of bytes (RFC 3261 §18.3), over TCP or TLS alike: cuts messages out of it, and ends it
 * when the peer says nothing whole, loses the thread or does not read.
 */
import type { Socket } from 'node:net'
import { type Framed, FrameStream } from '../message/frame-stream.ts'
import type { Connection, Connections } from './connections.ts'
import type { Flow } from './flow.ts'
import { SlowReader } from './slow-reader.ts'

/** What every kind of stream is given. */
export interface StreamNeeds {
  connections: Connections
  received(framed: Framed, flow: Flow): void
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
}

/** A peer that has begun a message, or has just connected, and says nothing whole within this is closed. */
const wholeMessageMs = 30_000
/** A peer that was told to go and does not is closed after this. */
const goodbyeMs = 5000

export class StreamConnection implements Connection {
  readonly flow: Flow
  readonly #socket: Socket
  readonly #needs: StreamNeeds
  readonly #frames = new FrameStream()
  readonly #reader: SlowReader
  #cancel: (() => void) | undefined

  constructor(socket: Socket, flow: Flow, needs: StreamNeeds) {
    this.flow = flow
    this.#socket = socket
    this.#needs = needs
    this.#reader = new SlowReader(socket, {
      others: needs.connections.slowReaders,
      after: needs.after,
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    })
    this.#closeAfter(wholeMessageMs)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#cancel?.()
      needs.connections.gone(this)
    })
    needs.connections.opened(this)
  }

  send(message: string | Buffer): void {
    if (this.#socket.writableEnded) return
    this.#socket.write(message, 'latin1')
    this.#reader.wrote()
  }

  cut(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const whole = this.#frames.push(chunk)
    if (whole.length > 0) {
      this.#cancel?.()
      this.#cancel = undefined
    }
    if (this.#frames.waiting > 0 && this.#cancel === undefined) this.#closeAfter(wholeMessageMs)
    for (const framed of whole) {
      this.#needs.received(framed, this.flow)
      if (framed.kind === 'parse-error' && framed.close) {
        // Where the next message would begin is not known any more.
        this.#socket.end()
        this.#socket.removeAllListeners('data').resume()
        this.#cancel?.()
        this.#closeAfter(goodbyeMs)
        return
      }
    }
  }

  #closeAfter(ms: number): void {
    this.#cancel = this.#needs.after(ms, () => this.#socket.destroy())
  }
}

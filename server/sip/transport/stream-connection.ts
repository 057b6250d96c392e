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
  /** Calls back at the end of this turn of the event loop. */
  endOfTurn(work: () => void): void
}

/** A peer that has begun a message, or has just connected, and says nothing whole within this is closed. */
const wholeMessageMs = 30_000
/** A peer that was told to go and does not is closed after this. */
const goodbyeMs = 5000
/** Served of one connection in one turn of the event loop: who sends thousands at a stretch holds nobody else up. */
const mostInATurn = 32
const nothing = Buffer.alloc(0)

export class StreamConnection implements Connection {
  readonly flow: Flow
  readonly #socket: Socket
  readonly #needs: StreamNeeds
  readonly #frames = new FrameStream()
  readonly #reader: SlowReader
  #cancel: (() => void) | undefined
  /** Why nothing is taken from the peer: it does not read, more is to be served. */
  #holds = 0
  /** More is to be served, but the peer has to read first. */
  #waits = false

  constructor(socket: Socket, flow: Flow, needs: StreamNeeds) {
    this.flow = flow
    this.#socket = socket
    this.#needs = needs
    this.#reader = new SlowReader(socket, {
      others: needs.connections.slowReaders,
      after: needs.after,
      pause: () => this.#pause(),
      resume: () => {
        this.#resume()
        if (!this.#waits) return
        this.#waits = false
        this.#goOn()
      },
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
    if (!this.#serve(chunk)) return
    this.#pause()
    this.#needs.endOfTurn(this.#goOn)
  }

  /** The next of what the peer sent at a stretch. */
  readonly #goOn = (): void => {
    if (this.#socket.destroyed) return
    if (this.#holds > 1) this.#waits = true
    else if (this.#serve(nothing)) this.#needs.endOfTurn(this.#goOn)
    else this.#resume()
  }

  /** Whether there may be more to serve. */
  #serve(chunk: Buffer): boolean {
    const whole = this.#frames.push(chunk, mostInATurn)
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
        return false
      }
    }
    return whole.length === mostInATurn && this.#frames.waiting > 0
  }

  #pause(): void {
    if (this.#holds++ === 0) this.#socket.pause()
  }

  #resume(): void {
    if (--this.#holds === 0) this.#socket.resume()
  }

  #closeAfter(ms: number): void {
    this.#cancel = this.#needs.after(ms, () => this.#socket.destroy())
  }
}

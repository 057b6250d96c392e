/**
 * Watches over a peer that may not read what is sent to it: while anything waits for it nothing more is taken from it, and when it does
 * not catch up in time, or too much waits, it is cut. So a peer that never reads costs a bounded amount, and nobody else's time.
 */
import type { Socket } from 'node:net'

export interface SlowReaderNeeds {
  others: SlowReaders
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
  /** Stops taking from the peer, and takes again. */
  pause(): void
  resume(): void
}

/** A peer is cut when so many bytes wait for it here; the system holds more. */
const mostWaiting = 256 * 1024
const catchUpWithinMs = 20_000
/** So many at a time are waited for. */
const mostStalled = 1000

/** All that are behind at present. */
export class SlowReaders {
  readonly #behind = new Set<SlowReader>()
  /** Cut since the start. */
  cut = 0

  /** One has fallen behind; when too many have, the one that fell behind first is cut. */
  add(reader: SlowReader): void {
    this.#behind.add(reader)
    const [first] = this.#behind
    if (this.#behind.size > mostStalled) first?.cut()
  }

  remove(reader: SlowReader): void {
    this.#behind.delete(reader)
  }
}

export class SlowReader {
  readonly #socket: Socket
  readonly #needs: SlowReaderNeeds
  #cancel: (() => void) | undefined

  constructor(socket: Socket, needs: SlowReaderNeeds) {
    this.#socket = socket
    this.#needs = needs
    socket.on('drain', () => {
      if (this.#cancel === undefined) return
      this.#forget()
      needs.resume()
    })
    socket.on('close', () => this.#forget())
  }

  /** To be called after each write to the socket. */
  wrote(): void {
    const socket = this.#socket
    if (!socket.writableNeedDrain || socket.destroyed) return
    if (socket.writableLength > mostWaiting) {
      this.cut()
      return
    }
    if (this.#cancel !== undefined) return
    this.#needs.pause()
    this.#cancel = this.#needs.after(catchUpWithinMs, () => this.cut())
    this.#needs.others.add(this)
  }

  cut(): void {
    this.#forget()
    this.#needs.others.cut++
    this.#socket.destroy()
  }

  #forget(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#needs.others.remove(this)
  }
}

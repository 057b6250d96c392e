/** One open WebSocket of a phone: whole messages in and out, and an end when it is silent, slow or dead (RFC 6455 §5.5, RFC 7118 §6). */
import { isAscii, isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { SlowReader, type SlowReaders } from './slow-reader.ts'

export interface WebSocketPeerNeeds {
  slowReaders: SlowReaders
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
  /** One message; `bytes` are good only during the call. */
  message(bytes: Buffer): void
  closed(): void
}

/** A peer is asked so often whether it is there, and is cut when it has said nothing since the last time or never sent a message. */
const pingEveryMs = 30_000

export class WebSocketPeer {
  readonly #websocket: WebSocket
  readonly #socket: Socket
  readonly #needs: WebSocketPeerNeeds
  readonly #reader: SlowReader
  #cancel: () => void = () => {}
  #alive = true
  #spoke = false
  /** What the peer sends, it surely takes. */
  #text = false
  #held = 0

  constructor(websocket: WebSocket, socket: Socket, needs: WebSocketPeerNeeds) {
    this.#websocket = websocket
    this.#socket = socket
    this.#needs = needs
    this.#reader = new SlowReader(socket, {
      others: needs.slowReaders,
      after: needs.after,
      pause: () => this.pause(),
      resume: () => this.resume(),
    })
    websocket.on('message', (bytes: Buffer, binary: boolean) => {
      this.#alive = true
      this.#spoke = true
      this.#text = !binary
      needs.message(bytes)
    })
    const heard = () => {
      this.#alive = true
    }
    websocket.on('pong', heard)
    websocket.on('ping', heard)
    websocket.on('error', () => websocket.terminate())
    websocket.on('close', () => {
      this.#cancel()
      needs.closed()
    })
    this.#watch()
  }

  /** Sends one message, a character a byte. */
  send(message: string | Buffer): void {
    if (this.#websocket.readyState !== this.#websocket.OPEN) return
    const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
    // A text message that is no UTF-8 would end the connection (RFC 6455 §8.1).
    this.#websocket.send(bytes, { binary: !this.#text || !(isAscii(bytes) || isUtf8(bytes)) })
    this.#reader.wrote()
  }

  /** Ends it at once. */
  cut(): void {
    this.#websocket.terminate()
  }

  /** Takes nothing more from it until `resume` was called as often. */
  pause(): void {
    if (this.#held++ === 0) this.#websocket.pause()
  }

  resume(): void {
    if (--this.#held === 0) this.#websocket.resume()
  }

  #watch(): void {
    this.#cancel = this.#needs.after(pingEveryMs, () => {
      if (!this.#alive || !this.#spoke || this.#socket.destroyed) {
        this.cut()
        return
      }
      this.#alive = false
      this.#websocket.ping()
      this.#watch()
    })
  }
}

/** The web thread's end of the relay: phones that come in on the portal's port are upgraded here and served on the SIP thread. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { EventBatch, type EventToSip, type EventToWeb, mostUnderWay } from './relay-events.ts'
import { SlowReaders } from './slow-reader.ts'
import type { WebSocketDoor } from './websocket-door.ts'
import { WebSocketPeer } from './websocket-peer.ts'

export interface WebSocketRelayNeeds {
  door: WebSocketDoor
  send(events: EventToSip[]): void
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
  /** Calls back at the end of this turn of the event loop. */
  endOfTurn(work: () => void): void
}

interface Relayed {
  peer: WebSocketPeer
  /** Characters that the SIP thread has not served yet. */
  underWay: number
}

/** Where the SIP thread is behind by so many characters of one phone, nothing more is taken from that phone. */
const pauseAt = 64 * 1024

export class WebSocketRelay {
  readonly #needs: WebSocketRelayNeeds
  readonly #batch: EventBatch<EventToSip>
  readonly #relayed = new Map<number, Relayed>()
  readonly #slowReaders = new SlowReaders()
  #underWay = 0
  #lastId = 0

  constructor(needs: WebSocketRelayNeeds) {
    this.#needs = needs
    this.#batch = new EventBatch(needs.send, needs.endOfTurn)
  }

  get size(): number {
    return this.#relayed.size
  }

  /** Upgrades the request or refuses it. `from` is where the phone really is, whatever proxies stand between. */
  admit(request: IncomingMessage, socket: Socket, head: Buffer, from: { ip: string; port: number; secure: boolean }): void {
    const { door, after } = this.#needs
    door.admit(request, socket, head, (websocket) => {
      const id = ++this.#lastId
      const peer = new WebSocketPeer(websocket, socket, {
        slowReaders: this.#slowReaders,
        after,
        message: (bytes) => this.#toSip(id, bytes),
        closed: () => this.#closed(id),
      })
      this.#relayed.set(id, { peer, underWay: 0 })
      this.#batch.add({ what: 'opened', id, ...from, ip: plainIp(from.ip) })
    })
  }

  /** What the SIP thread said. */
  fromSip(events: readonly EventToWeb[]): void {
    for (const event of events) {
      const relayed = this.#relayed.get(event.id)
      if (relayed === undefined) continue
      switch (event.what) {
        case 'message':
          relayed.peer.send(event.text)
          this.#batch.add({ what: 'took', id: event.id, size: event.text.length })
          break
        case 'took':
          this.#underWay -= event.size
          if (relayed.underWay > pauseAt && relayed.underWay - event.size <= pauseAt) relayed.peer.resume()
          relayed.underWay -= event.size
          break
        case 'cut':
          relayed.peer.cut()
          break
      }
    }
  }

  /** Ends all: the SIP thread is gone, or we are. */
  close(): void {
    for (const { peer } of [...this.#relayed.values()]) peer.cut()
  }

  #toSip(id: number, bytes: Buffer): void {
    const relayed = this.#relayed.get(id)
    if (relayed === undefined) return
    if (relayed.underWay + bytes.length > mostUnderWay.ofOne || this.#underWay + bytes.length > mostUnderWay.ofAll) {
      relayed.peer.cut()
      return
    }
    if (relayed.underWay <= pauseAt && relayed.underWay + bytes.length > pauseAt) relayed.peer.pause()
    relayed.underWay += bytes.length
    this.#underWay += bytes.length
    this.#batch.add({ what: 'message', id, text: bytes.toString('latin1') })
  }

  #closed(id: number): void {
    const relayed = this.#relayed.get(id)
    if (relayed === undefined) return
    this.#relayed.delete(id)
    this.#underWay -= relayed.underWay
    this.#batch.add({ what: 'closed', id })
  }
}

/** An IPv4 peer of a server that takes both families, shown as what it is. */
function plainIp(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

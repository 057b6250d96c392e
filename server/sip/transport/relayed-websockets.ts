/** The SIP thread's end of the relay: phones whose WebSocket is open on the web thread are connections like any other here. */
import { parseDatagram } from '../message/parse.ts'
import type { Connection } from './connections.ts'
import type { Flow } from './flow.ts'
import { EventBatch, type EventToSip, type EventToWeb, mostUnderWay } from './relay-events.ts'
import type { StreamNeeds } from './stream-connection.ts'

export interface RelayedWebSocketsNeeds extends StreamNeeds {
  send(events: EventToWeb[]): void
  /** Calls back at the end of this turn of the event loop. */
  endOfTurn(work: () => void): void
}

interface Relayed {
  connection: Connection
  giveBack(): void
  /** Characters that the web thread has not handed to the socket yet. */
  underWay: number
}

export class RelayedWebSockets {
  readonly #needs: RelayedWebSocketsNeeds
  readonly #batch: EventBatch<EventToWeb>
  readonly #relayed = new Map<number, Relayed>()
  #underWay = 0

  constructor(needs: RelayedWebSocketsNeeds) {
    this.#needs = needs
    this.#batch = new EventBatch(needs.send, needs.endOfTurn)
  }

  /** What the web thread said. */
  fromWeb(events: readonly EventToSip[]): void {
    for (const event of events) {
      switch (event.what) {
        case 'opened':
          this.#open(event.id, event.ip, event.port, event.secure)
          break
        case 'message':
          this.#message(event.id, event.text)
          break
        case 'took': {
          const relayed = this.#relayed.get(event.id)
          if (relayed === undefined) break
          relayed.underWay -= event.size
          this.#underWay -= event.size
          break
        }
        case 'closed':
          this.#gone(event.id)
          break
      }
    }
  }

  /** The web thread is gone, and every socket with it. */
  lost(): void {
    for (const id of [...this.#relayed.keys()]) this.#gone(id)
  }

  #open(id: number, ip: string, port: number, secure: boolean): void {
    const { connections } = this.#needs
    const giveBack = connections.takeSeat(ip)
    if (giveBack === false) {
      this.#batch.add({ what: 'cut', id })
      return
    }
    const transport = secure ? 'wss' : 'ws'
    const flow: Flow = { transport, remoteIp: ip, remotePort: port, connection: connections.nextNumber(), local: 0 }
    const connection: Connection = { flow, send: (message) => this.#send(id, message), cut: () => this.#cut(id) }
    this.#relayed.set(id, { connection, giveBack, underWay: 0 })
    connections.opened(connection)
  }

  #message(id: number, text: string): void {
    const relayed = this.#relayed.get(id)
    if (relayed === undefined) return
    const bytes = Buffer.from(text, 'latin1')
    this.#batch.add({ what: 'took', id, size: text.length })
    this.#needs.received(parseDatagram(bytes, bytes.length), relayed.connection.flow)
  }

  #send(id: number, message: string | Buffer): void {
    const relayed = this.#relayed.get(id)
    if (relayed === undefined) return
    if (relayed.underWay + message.length > mostUnderWay.ofOne || this.#underWay + message.length > mostUnderWay.ofAll) {
      this.#needs.connections.slowReaders.cut++
      this.#cut(id)
      return
    }
    relayed.underWay += message.length
    this.#underWay += message.length
    this.#batch.add({ what: 'message', id, text: typeof message === 'string' ? message : message.toString('latin1') })
  }

  #cut(id: number): void {
    this.#batch.add({ what: 'cut', id })
    this.#gone(id)
  }

  #gone(id: number): void {
    const relayed = this.#relayed.get(id)
    if (relayed === undefined) return
    this.#relayed.delete(id)
    this.#underWay -= relayed.underWay
    relayed.giveBack()
    this.#needs.connections.gone(relayed.connection)
  }
}

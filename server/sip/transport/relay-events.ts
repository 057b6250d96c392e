/** What the two ends of the relay say to each other: WebSockets are open on the web thread, and their phones are served on the SIP thread. */

export type EventToSip =
  | { what: 'opened'; id: number; ip: string; port: number; secure: boolean }
  /** A character a byte. */
  | { what: 'message'; id: number; text: string }
  /** So many characters were handed to the socket. */
  | { what: 'took'; id: number; size: number }
  | { what: 'closed'; id: number }

export type EventToWeb =
  | { what: 'message'; id: number; text: string }
  /** So many characters were served. */
  | { what: 'took'; id: number; size: number }
  | { what: 'cut'; id: number }

/** A phone is cut when more characters than this are under way to the other thread, or all phones together have more. */
export const mostUnderWay = { ofOne: 256 * 1024, ofAll: 32 * 1024 * 1024 } as const

/** Gathers the events of a turn of the event loop and sends them together. */
export class EventBatch<Event> {
  readonly #send: (events: Event[]) => void
  readonly #endOfTurn: (work: () => void) => void
  #events: Event[] = []

  constructor(send: (events: Event[]) => void, endOfTurn: (work: () => void) => void) {
    this.#send = send
    this.#endOfTurn = endOfTurn
  }

  add(event: Event): void {
    if (this.#events.push(event) > 1) return
    this.#endOfTurn(() => {
      const events = this.#events
      this.#events = []
      this.#send(events)
    })
  }
}

/**
 * Which lines have bindings on which connection, so that the end of one is found without a search. Holds what the registrar's bindings
 * say and no more: an entry goes with the last binding of its line on that connection.
 */
import type { TransportName } from '../../sip/transport/flow.ts'

/** What of a binding is looked at. */
export interface OnConnection {
  readonly lineId: number
  readonly transport: TransportName
  readonly connection: number
}

export class StreamLines {
  /** By connection: the one line, which is nearly always all, or several. */
  readonly #lines = new Map<number, number | Set<number>>()

  /** Connections with a binding. */
  get size(): number {
    return this.#lines.size
  }

  of(connection: number): Iterable<number> {
    const lines = this.#lines.get(connection)
    if (lines === undefined) return []
    return typeof lines === 'number' ? [lines] : lines
  }

  /** A binding was renewed; `left` is all that its line holds now. */
  renewed(before: OnConnection, now: OnConnection, left: readonly OnConnection[]): void {
    if (before.connection === now.connection && before.transport === now.transport) return
    this.ended(before, left)
    this.add(now)
  }

  /** A binding that is there; one over UDP has no connection. */
  add({ transport, connection, lineId }: OnConnection): void {
    if (transport === 'udp') return
    const lines = this.#lines.get(connection)
    if (lines === undefined) this.#lines.set(connection, lineId)
    else if (typeof lines !== 'number') lines.add(lineId)
    else if (lines !== lineId) this.#lines.set(connection, new Set([lines, lineId]))
  }

  /** A binding is over; `left` is all that its line holds now. */
  ended(gone: OnConnection, left: readonly OnConnection[]): void {
    if (gone.transport === 'udp' || left.some((one) => isOn(one, gone.connection))) return
    const lines = this.#lines.get(gone.connection)
    if (lines === undefined) return
    if (typeof lines === 'number') {
      if (lines === gone.lineId) this.#lines.delete(gone.connection)
    } else if (lines.delete(gone.lineId) && lines.size === 0) this.#lines.delete(gone.connection)
  }
}

/** Whether a binding lives on this connection; 0 stands for those that an earlier run of ours left behind. */
export function isOn(binding: OnConnection, connection: number): boolean {
  return binding.transport !== 'udp' && binding.connection === connection
}

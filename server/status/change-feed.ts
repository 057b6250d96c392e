/**
 * What changed, numbered and in order, for the open pages: kept for a while so that a page that was cut off can go on where it was.
 * A key's first change goes out at once; what follows within 100 ms goes out as one when they are over.
 */
import type { Clock } from '../runtime/clock.ts'
import type { Timers } from '../runtime/timers.ts'
import type { BoardEvent } from './status-board.ts'

const gatherMs = 100

type EventWithoutSeq<E> = E extends BoardEvent ? Omit<E, 'seq'> : never
export type NewEvent = EventWithoutSeq<BoardEvent>

interface Window {
  key: string
  endsAt: number
  /** What waits for the end of the window. */
  waiting: NewEvent | null
}

export class ChangeFeed {
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #ring: (BoardEvent | undefined)[]
  readonly #listeners = new Set<(event: BoardEvent) => void>()
  readonly #windows = new Map<string, Window>()
  #seq = 0
  #armed = false

  /** `size`: how many events are kept. */
  constructor(clock: Clock, timers: Timers, size: number) {
    this.#clock = clock
    this.#timers = timers
    this.#ring = new Array<BoardEvent | undefined>(size)
  }

  get seq(): number {
    return this.#seq
  }

  get oldestSeq(): number {
    return Math.max(1, this.#seq - this.#ring.length + 1)
  }

  /** Publishes at once, or with the others of its window; the last one wins. */
  change(event: NewEvent & { kind: 'line' | 'counts' }): void {
    const key = keyOf(event)
    const open = this.#windows.get(key)
    if (open !== undefined && open.endsAt > this.#clock.monotonic()) {
      open.waiting = event
      return
    }
    // Windows are of one length: in the order of their making they are in the order of their ends.
    this.#windows.delete(key)
    this.#windows.set(key, { key, endsAt: this.#clock.monotonic() + gatherMs, waiting: null })
    this.#arm()
    this.publish(event)
  }

  /** Publishes at once whatever waits; of a line that is gone, nothing that waits is told any more. */
  publish(event: NewEvent): void {
    if (event.kind === 'gone') this.#windows.delete(`l${event.lineId}`)
    const numbered: BoardEvent = { ...event, seq: ++this.#seq }
    this.#ring[this.#seq % this.#ring.length] = numbered
    for (const listener of this.#listeners) listener(numbered)
  }

  /** Events after `seq`, each key's newest only; 'reset' if they are no longer all there. */
  after(seq: number, circleId?: number): BoardEvent[] | 'reset' {
    if (!Number.isInteger(seq) || seq < this.oldestSeq - 1 || seq > this.#seq) return 'reset'
    const told = new Set<string>()
    const events: BoardEvent[] = []
    for (let at = this.#seq; at > seq; at--) {
      const event = this.#ring[at % this.#ring.length]
      if (event === undefined) return 'reset'
      if (circleId !== undefined && event.kind !== 'outage' && event.circleId !== circleId) continue
      const key = keyOf(event)
      if (key !== '' && told.has(key)) continue
      told.add(key)
      events.push(event)
    }
    return events.reverse()
  }

  follow(listener: (event: BoardEvent) => void): () => void {
    const own = (event: BoardEvent) => listener(event)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  #arm(): void {
    if (this.#armed) return
    const [next] = this.#windows.values()
    if (next === undefined) return
    this.#armed = true
    this.#timers.after(Math.max(1, Math.ceil(next.endsAt - this.#clock.monotonic())), () => {
      this.#armed = false
      this.#closeWindows()
      this.#arm()
    })
  }

  #closeWindows(): void {
    const now = this.#clock.monotonic()
    const due: NewEvent[] = []
    for (const [key, window] of this.#windows) {
      if (window.endsAt > now) break
      this.#windows.delete(key)
      if (window.waiting === null) continue
      due.push(window.waiting)
      this.#windows.set(key, { key, endsAt: now + gatherMs, waiting: null })
    }
    for (const event of due) this.publish(event)
  }
}

function keyOf(event: NewEvent): string {
  switch (event.kind) {
    case 'line':
      return `l${event.lineId}`
    case 'counts':
      return `c${event.circleId}`
    case 'gone':
      return `g${event.lineId} ${event.number}`
    case 'outage':
      return ''
  }
}

/**
 * Asks every signed-in phone now and then whether it is there: it keeps the way through a NAT open, and shows who has gone silent. One walk
 * over all lines, again and again, spread evenly over the round; when there are more phones than pings to spare, the round takes longer.
 * Holds nothing for a phone that answers but what reachability.ts keeps.
 */
import type { TransportName } from '../../sip/transport/flow.ts'
import { isAtSource } from './contact-host.ts'
import type { Reachability } from './reachability.ts'

/** What the pinger tells: the round trip, or null when the phone has been silent since `at`. */
export interface Probe {
  lineId: number
  contactId: number
  /** Epoch ms. */
  at: number
  /** Whole ms, at least 1. */
  rttMs: number | null
}

/** What of a binding is looked at. */
export interface Pinged {
  readonly id: number
  readonly lineId: number
  readonly uri: string
  readonly transport: TransportName
  readonly ip: string
  readonly port: number
  readonly connection: number
  readonly path: string
  readonly expiresAt: number
}

export interface PingedLine {
  readonly bindings: readonly Pinged[]
}

export interface PingerNeeds {
  held: { readonly size: number; all(): Iterator<PingedLine>; find(lineId: number): PingedLine | undefined }
  reachability: Reachability
  wheel: { at(when: number, owner: { fired(key: number, now: number): void }, key: number): void }
  /** ms between two pings of a phone behind a NAT. */
  everyMs: number
  /** More comes in than can be read: an answer may be lost by our own doing, so nobody is asked, and silence says nothing. */
  overloaded(): boolean
  /** Asks one phone and calls back once, maybe at once. Any final answer counts; 'not-sent' says nothing of the phone. */
  ask(binding: Pinged, done: (answer: { ms: number } | 'timeout' | 'not-sent') => void): void
  now(): number
  /** Calls back when this turn of the event loop has handed over all that it read. */
  endOfTurn(work: () => void): void
  told(probe: Probe): void
}

export interface PingerNumbers {
  sent: number
  answered: number
  missed: number
}

const stepMs = 100
/** Pings in one step: 2,000 a second, which is a few hundredths of a core. */
const mostPingsInAStep = 200
/** Lines looked at in one step. */
const mostLinesInAStep = 5000
/** Of these, so many in one turn of the event loop. */
const mostPingsInATurn = 50
const mostLinesInATurn = 1000
/** A phone that needs no help with a NAT is asked in every so manyeth round. */
const roundsForOthers = 10
/** So is one that does not answer anyway. */
const roundsForSilent = 4

export class Pinger {
  readonly numbers: PingerNumbers = { sent: 0, answered: 0, missed: 0 }
  readonly #needs: PingerNeeds
  /** When the ping that waits was sent, by binding; negative once it has been counted as missed. */
  readonly #waiting = new Map<number, number>()
  #walk: Iterator<PingedLine>
  #round = 0
  /** Lines that may be looked at by now. */
  #credit = 0
  #stepping = false
  #steppedAt: number

  constructor(needs: PingerNeeds) {
    this.#needs = needs
    this.#walk = needs.held.all()
    this.#steppedAt = needs.now()
  }

  /** Begins to walk. */
  start(): void {
    this.#steppedAt = this.#needs.now()
    this.#needs.wheel.at(this.#steppedAt + stepMs, this, 0)
  }

  /** From the wheel. */
  fired(_key: number, now: number): void {
    const { held, wheel, everyMs } = this.#needs
    wheel.at(now + stepMs, this, 0)
    const passed = Math.min(Math.max(now - this.#steppedAt, 0), everyMs)
    this.#steppedAt = now
    this.#credit = Math.min(this.#credit + (held.size * passed) / everyMs, mostLinesInAStep, held.size)
    const most = this.numbers.sent + mostPingsInAStep
    if (!this.#stepping && !this.#needs.overloaded()) this.#step(most, now)
  }

  /** A stretch of this step; phones get their turn before the next one. */
  #step(most: number, now: number): void {
    const { held, endOfTurn } = this.#needs
    const stop = Math.min(most, this.numbers.sent + mostPingsInATurn)
    for (let looked = 0; looked < mostLinesInATurn && this.#credit >= 1 && this.numbers.sent < stop; looked++) {
      this.#credit--
      const next = this.#walk.next()
      if (next.done !== true) {
        for (const binding of next.value.bindings) this.#look(binding, now)
        continue
      }
      this.#round++
      this.#walk = held.all()
    }
    this.#stepping = this.#credit >= 1 && this.numbers.sent < most
    if (this.#stepping) endOfTurn(() => this.#step(most, now))
  }

  #look(binding: Pinged, now: number): void {
    const sentAt = this.#waiting.get(binding.id)
    if (sentAt !== undefined) {
      // The ping goes on until the transaction gives up; a round without an answer is a miss all the same.
      if (sentAt > 0) this.#waiting.set(binding.id, -sentAt)
      this.#missed(binding, Math.abs(sentAt))
      return
    }
    if (binding.expiresAt <= now || !this.#isDue(binding)) return
    this.#waiting.set(binding.id, now)
    let sent = true
    this.#needs.ask(binding, (answer) => {
      sent = answer !== 'not-sent'
      this.#answered(binding, now, answer)
    })
    if (sent) this.numbers.sent++
  }

  #isDue(binding: Pinged): boolean {
    const { reachability } = this.#needs
    // A stream that our own restart cut leads nowhere.
    if (binding.transport !== 'udp' && binding.connection === 0) return false
    if (reachability.unreachable.has(binding.id)) return (binding.id + this.#round) % roundsForSilent === 0
    if (reachability.isDoubtful(binding.id)) return true
    // What came by an edge's Path is the edge's to keep open.
    if (binding.transport === 'udp' && binding.path === '' && !isAtSource(binding.uri, binding.ip)) return true
    return (binding.id + this.#round) % roundsForOthers === 0
  }

  #answered(asked: Pinged, sentAt: number, answer: { ms: number } | 'timeout' | 'not-sent'): void {
    const counted = (this.#waiting.get(asked.id) ?? 0) < 0
    this.#waiting.delete(asked.id)
    const { held, reachability, now, told } = this.#needs
    const binding = held.find(asked.lineId)?.bindings.find((one) => one.id === asked.id)
    // What the old place says of a phone that has moved, or left, is nothing.
    if (binding === undefined || !isSamePlace(binding, asked) || answer === 'not-sent') return
    if (answer === 'timeout') {
      if (!counted) this.#missed(binding, sentAt)
      return
    }
    this.numbers.answered++
    const rttMs = Math.max(1, Math.round(answer.ms))
    const at = now()
    if (reachability.answered(binding.id, rttMs, at)) told({ lineId: binding.lineId, contactId: binding.id, at, rttMs })
  }

  #missed(binding: Pinged, sentAt: number): void {
    if (this.#needs.overloaded()) return
    this.numbers.missed++
    const since = this.#needs.reachability.missed(binding.id, sentAt)
    if (since !== undefined) this.#needs.told({ lineId: binding.lineId, contactId: binding.id, at: since, rttMs: null })
  }
}

function isSamePlace(a: Pinged, b: Pinged): boolean {
  return a.ip === b.ip && a.port === b.port && a.transport === b.transport && a.connection === b.connection
}

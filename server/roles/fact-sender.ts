/**
 * Gathers the facts of the SIP role and sends them to the web role: what a person waits for at the end of the turn, plain renewals a
 * little later and together. Hot path: register.bench.ts.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Timers } from '../runtime/timers.ts'
import { PackedRenewals, packFacts } from '../status/fact-codec.ts'
import type { Fact } from '../status/facts.ts'
import type { SipToWeb } from './role-messages.ts'

/** Renewals change no sign, only its age: they may wait this long for each other. */
const renewalsWaitMs = 50
/** So many renewals go at once. */
const mostWaiting = 2000

/** Failures of one wait that are told; a flood of them must not fill the other thread. */
const mostFailures = 100

/** A failure waits too: what the web role does with it, on the next core, would make the answer for a line later than that for a name nobody has. */
function mayWait(fact: Fact): boolean {
  return fact.kind === 'renewed' || fact.kind === 'failed' || (fact.kind === 'probed' && fact.rttMs !== null)
}

export class FactSender {
  readonly #port: MessagePort | null
  readonly #timers: Timers
  #facts: Fact[] = []
  readonly #renewals = new PackedRenewals()
  #urgent = false
  #delayed = false
  #failures = 0
  #untold = 0

  constructor(port: MessagePort | null, timers: Timers) {
    this.#port = port
    this.#timers = timers
  }

  /** Where tellOutcome and tellChanges add theirs; call `added` afterwards. */
  get facts(): Fact[] {
    return this.#facts
  }

  /** Failures that were too many to be told. */
  get untold(): number {
    return this.#untold
  }

  /** Adds a plain renewal and sees to it that it is sent. Nothing overtakes anything: behind other facts it is one of them. */
  renewed(lineId: number, contactId: number, seenAt: number, granted: number): void {
    if (this.#port === null) return
    if (this.#facts.length > 0 || !this.#renewals.add(lineId, contactId, seenAt, granted)) {
      this.#facts.push({ kind: 'renewed', lineId, contactId, seenAt, granted })
      this.added()
      return
    }
    if (this.#renewals.count >= mostWaiting) this.#sendSoon()
    else this.#sendLater()
  }

  /** Sees to it that what was added is sent. */
  added(): void {
    const newest = this.#facts[this.#facts.length - 1]
    if (newest === undefined) return
    if (this.#port === null) {
      this.#facts = []
      return
    }
    if (newest.kind === 'failed' && !this.#maySpend()) {
      this.#facts.pop()
      return
    }
    if (!mayWait(newest) || this.#facts.length >= mostWaiting) this.#sendSoon()
    else this.#sendLater()
  }

  #sendSoon(): void {
    if (this.#urgent) return
    this.#urgent = true
    this.#timers.endOfTurn(this.send)
  }

  #sendLater(): void {
    if (this.#delayed || this.#urgent) return
    this.#delayed = true
    this.#timers.after(renewalsWaitMs, this.#sendDelayed)
  }

  /** Whether one more failure may be told now. */
  #maySpend(): boolean {
    if (this.#failures === mostFailures) {
      this.#untold++
      return false
    }
    if (this.#failures++ === 0) this.#timers.after(renewalsWaitMs, this.#failuresOver)
    return true
  }

  readonly #failuresOver = (): void => {
    this.#failures = 0
  }

  readonly #sendDelayed = (): void => {
    this.#delayed = false
    this.send()
  }

  /** Sends what waits, now. */
  readonly send = (): void => {
    this.#urgent = false
    if (this.#port === null || (this.#facts.length === 0 && this.#renewals.count === 0)) return
    const packed = packFacts(this.#facts, this.#renewals)
    this.#facts = []
    const message: SipToWeb = { kind: 'facts', packed }
    this.#port.postMessage(message, [packed.buffer])
  }
}

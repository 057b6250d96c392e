/**
 * Gathers the facts of the SIP role and sends them to the web role: what a person waits for at the end of the turn, plain renewals a
 * little later and together. Hot path: register.bench.ts.
 */
import type { MessagePort } from 'node:worker_threads'
import type { Timers } from '../runtime/timers.ts'
import { packFacts } from '../status/fact-codec.ts'
import type { Fact } from '../status/facts.ts'
import type { SipToWeb } from './role-messages.ts'

/** Renewals change no sign, only its age: they may wait this long for each other. */
const renewalsWaitMs = 50
/** So many renewals go at once. */
const mostWaiting = 2000

export class FactSender {
  readonly #port: MessagePort | null
  readonly #timers: Timers
  #facts: Fact[] = []
  #urgent = false
  #delayed = false

  constructor(port: MessagePort | null, timers: Timers) {
    this.#port = port
    this.#timers = timers
  }

  /** Where tellOutcome and tellChanges add theirs; call `added` afterwards. */
  get facts(): Fact[] {
    return this.#facts
  }

  /** Sees to it that what was added is sent. */
  added(): void {
    const newest = this.#facts[this.#facts.length - 1]
    if (newest === undefined) return
    if (this.#port === null) {
      this.#facts = []
      return
    }
    if (newest.kind !== 'renewed' || this.#facts.length >= mostWaiting) {
      if (this.#urgent) return
      this.#urgent = true
      this.#timers.endOfTurn(this.send)
    } else if (!this.#delayed && !this.#urgent) {
      this.#delayed = true
      this.#timers.after(renewalsWaitMs, this.#sendDelayed)
    }
  }

  readonly #sendDelayed = (): void => {
    this.#delayed = false
    this.send()
  }

  /** Sends what waits, now. */
  readonly send = (): void => {
    this.#urgent = false
    if (this.#port === null || this.#facts.length === 0) return
    const packed = packFacts(this.#facts)
    this.#facts = []
    const message: SipToWeb = { kind: 'facts', packed }
    this.#port.postMessage(message, [packed.buffer])
  }
}

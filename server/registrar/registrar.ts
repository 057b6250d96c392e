/**
 * The registrar as the rest of the program sees it: a REGISTER goes in, its Outcome comes out once what it changed is stored; bindings end
 * here when their time runs out or their line is closed. Hot path: register.bench.ts.
 */
import type { SipRequest } from '../sip/message/message.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { Binding, BindingChange, EndHow } from './binding.ts'
import type { BindingStore } from './binding-store.ts'
import { CommitBatch } from './commit-batch.ts'
import { type HeldLine, HeldLines } from './held-lines.ts'
import type { Outcome } from './outcome.ts'
import { type RegistrarNeeds, register } from './register.ts'

/** Where the registrar puts its timers: hands `key` back to `owner` at or after `when` (epoch ms). */
export interface ExpiryWheel {
  at(when: number, owner: { fired(key: number, now: number): void }, key: number): void
}

export interface RegistrarOptions extends Omit<RegistrarNeeds, 'held' | 'nextId'> {
  store: BindingStore
  wheel: ExpiryWheel
  endOfTurn(work: () => void): void
  /** Told of every binding that changed without a REGISTER (expired, line closed), once stored. */
  changed(changes: readonly BindingChange[], at: number): void
  issuedAtOf(nonceId: string): number
}

/** How long the end of a line's last binding is remembered: a line that was connected once is never told to be new. */
const rememberEndedMs = 2 * 365 * 24 * 3600 * 1000
/** When the store refuses to end a binding, it is tried again after this. */
const retryEndMs = 5000

export class Registrar {
  readonly held = new HeldLines()
  readonly #options: RegistrarOptions
  readonly #needs: RegistrarNeeds
  readonly #batch: CommitBatch
  #lastId: number

  constructor(options: RegistrarOptions) {
    this.#options = options
    this.#lastId = options.store.highestId()
    this.#needs = { ...options, held: this.held, nextId: () => ++this.#lastId }
    this.#batch = new CommitBatch(options.store, options.endOfTurn)
  }

  /**
   * Reads what was stored and arms the expiry of each binding; one whose time ran out while nobody served ends at the next tick, as
   * 'expired'. Yields now and then so that the caller can let other work pass.
   */
  *load(now: number): Generator<number> {
    let read = 0
    this.held.nonceFloor = Math.floor(now / 1000)
    for (const stored of this.#options.store.load(now - rememberEndedMs)) {
      const binding = stored.kind === 'live' ? stored.binding : stored.ended.binding
      const line = this.held.of(binding.lineId)
      if (stored.kind === 'live') {
        line.bindings = [...line.bindings, binding]
        this.#arm(line, binding.expiresAt)
      } else if (line.lastEnded === null || line.lastEnded.at <= stored.ended.at) line.lastEnded = stored.ended
      if (binding.nonceId !== '') line.useNonce(binding.nonceId, binding.nonceCount, this.#options.issuedAtOf)
      if (++read % 5000 === 0) yield read
    }
  }

  /**
   * Judges a REGISTER and calls `done` at most once: at once where nothing is to be stored, else after the commit of this turn; never for a
   * repetition of one that still waits for its commit.
   */
  register(request: SipRequest, flow: Flow, now: number, done: (outcome: Outcome) => void): void {
    const outcome = register(request, flow, now, this.#needs)
    if (outcome.kind === 'retransmitted' && this.held.of(outcome.line.lineId).waiting > 0) {
      // The first of the two is not stored yet: its answer will do for both (RFC 3261 §17.2.2, state Trying).
      return
    }
    if (outcome.kind !== 'registered' || outcome.changes.length === 0) {
      done(outcome)
      return
    }
    const { line } = outcome
    const held = this.held.of(line.lineId)
    held.closing = false
    this.#batch.stage(held, outcome.bindings, outcome.changes, now, (stored) => {
      if (!stored) {
        done({ kind: 'not-stored', line })
        return
      }
      this.#settled(held, outcome.bindings, outcome.changes, now)
      done(outcome)
    })
  }

  /** Ends all bindings of a line that was disabled, cancelled or removed. */
  closeLine(lineId: number, now: number): void {
    const line = this.held.find(lineId)
    if (line !== undefined && line.current.length > 0) this.#end(line, line.current, 'line-closed', now)
  }

  /** Stores what still waits; before the program ends. */
  flush(): void {
    this.#batch.flush()
  }

  /** From the wheel: `key` is a line's id. */
  fired(key: number, now: number): void {
    const line = this.held.find(key)
    if (line === undefined) return
    line.wheelAt = 0
    const { closing } = line
    line.closing = false
    const due = closing ? line.current : line.current.filter((binding) => binding.expiresAt <= now)
    if (due.length > 0) this.#end(line, due, closing ? 'line-closed' : 'expired', now)
    this.#armAll(line, line.current)
  }

  #end(line: HeldLine, bindings: readonly Binding[], how: EndHow, now: number): void {
    const changes: BindingChange[] = bindings.map((binding) => ({ kind: 'ended', binding, how }))
    const left = line.current.filter((binding) => !bindings.includes(binding))
    this.#batch.stage(line, left, changes, now, (stored) => {
      if (!stored) {
        if (how === 'line-closed') line.closing = true
        this.#arm(line, now + retryEndMs)
        return
      }
      this.#settled(line, left, changes, now)
      this.#options.changed(changes, now)
    })
  }

  #settled(line: HeldLine, bindings: readonly Binding[], changes: readonly BindingChange[], at: number): void {
    for (const change of changes) {
      if (change.kind === 'ended') line.lastEnded = { binding: change.binding, how: change.how, at }
    }
    this.#armAll(line, bindings)
  }

  #armAll(line: HeldLine, bindings: readonly Binding[]): void {
    for (const binding of bindings) this.#arm(line, binding.expiresAt)
  }

  #arm(line: HeldLine, when: number): void {
    if (line.wheelAt !== 0 && line.wheelAt <= when) return
    line.wheelAt = when
    this.#options.wheel.at(when, this, line.lineId)
  }
}

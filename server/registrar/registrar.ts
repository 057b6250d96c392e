/**
 * The registrar as the rest of the program sees it: a REGISTER goes in, its Outcome comes out once what it changed is stored; bindings end
 * here when their time runs out or their line is closed. Hot path: register.bench.ts.
 */
import type { Nonces } from '../sip/digest/nonce.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { Binding, BindingChange, EndHow } from './binding.ts'
import type { BindingStore } from './binding-store.ts'
import { CommitBatch } from './commit-batch.ts'
import type { GuessLimits } from './guard/guess-limits.ts'
import { type HeldLine, HeldLines } from './held-lines.ts'
import { moveTimes } from './move-times.ts'
import type { Outcome } from './outcome.ts'
import { type Proof, prove, type Refusal, useNonceCount } from './prove.ts'
import { Reachability } from './reach/reachability.ts'
import { isOn, StreamLines } from './reach/stream-lines.ts'
import { type RegistrarNeeds, register } from './register.ts'
import { KnownRenewals } from './renewals/known-renewals.ts'
import type { KnownRenewalNeeds } from './renewals/renewal-needs.ts'

/** Where the registrar puts its timers: hands `key` back to `owner` at or after `when` (epoch ms). */
export interface ExpiryWheel {
  at(when: number, owner: { fired(key: number, now: number): void }, key: number): void
}

export interface RegistrarOptions extends Omit<RegistrarNeeds, 'held' | 'nextId' | 'isUnreachable'> {
  nonces: Pick<Nonces, 'check' | 'isCurrent' | 'hasKey' | 'known'>
  guesses: RegistrarNeeds['guesses'] & Pick<GuessLimits, 'bans'>
  store: BindingStore
  /** For renewals that are recognised; without it each one is read. */
  renewals?: KnownRenewalNeeds
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
/** A phone whose connection broke has this long to come back over another before its binding ends. */
const reconnectMs = 5000
/** So long has one whose connection our own restart cut. */
const reconnectAfterRestartMs = 60_000
/** Lines ended at a stretch when a connection that carried many is gone. */
const mostEndsInAStep = 500

export class Registrar {
  readonly held: HeldLines
  /** Takes renewals that it recognises; undefined where none are. */
  readonly renewals: KnownRenewals | undefined
  /** Who answers when asked: fed by the pinger and by every renewal. */
  readonly reachability = new Reachability()
  readonly #streams = new StreamLines()
  readonly #goneConnections = { fired: (connection: number, now: number) => this.#connectionIsGone(connection, now) }
  readonly #options: RegistrarOptions
  readonly #needs: RegistrarNeeds
  readonly #batch: CommitBatch
  #lastId: number

  constructor(options: RegistrarOptions) {
    this.#options = options
    const { store, renewals } = options
    this.#lastId = store.highestId()
    this.#batch = new CommitBatch(store, options.endOfTurn)
    this.renewals =
      renewals === undefined || !store.takesRenewals
        ? undefined
        : new KnownRenewals(renewals, {
            ...options,
            clockAhead: () => store.clockAhead,
            placeOf: (bindingId) => store.placeOf(bindingId),
            heard: (bindingId) => this.reachability.heard(bindingId),
            waits: () => this.#batch.renewalWaits(),
            commit: () => this.#batch.flush(),
          })
    if (this.renewals !== undefined) this.#batch.takeFrom(this.renewals)
    this.held = new HeldLines(this.renewals)
    this.#needs = { ...options, held: this.held, nextId: () => ++this.#lastId, isUnreachable: (id) => this.unreachable.has(id) }
  }

  /**
   * Reads what was stored and arms the expiry of each binding; one whose time ran out while nobody served ends at the next tick, as
   * 'expired'. Yields now and then so that the caller can let other work pass.
   */
  *load(now: number): Generator<number> {
    let read = 0
    // Nonces keep the time of the store, which does not jump.
    this.held.nonceFloor = Math.floor((now - this.#options.store.clockAhead) / 1000)
    for (const stored of this.#options.store.load(now - rememberEndedMs)) {
      const binding = stored.kind === 'live' ? stored.binding : stored.ended.binding
      const line = this.held.of(binding.lineId)
      if (stored.kind === 'live') {
        // Its connection was one of an earlier run, whose numbers are given anew.
        if (binding.transport !== 'udp') binding.connection = 0
        this.#streams.add(binding)
        line.bindings = line.bindings.concat(binding)
        this.#arm(line, binding.expiresAt)
      } else if (line.lastEnded === null || line.lastEnded.at <= stored.ended.at) line.lastEnded = stored.ended
      line.recallNonce(binding, this.#options.issuedAtOf)
      if (++read % 5000 === 0) yield read
    }
    if (this.#streams.size > 0) this.#options.wheel.at(now + reconnectAfterRestartMs, this.#goneConnections, 0)
  }

  /**
   * Judges a REGISTER and calls `done` at most once: at once where nothing is to be stored, else after the commit of this turn; never for a
   * repetition of one that still waits for its commit.
   */
  register(request: SipRequest, flow: Flow, now: number, done: (outcome: Outcome) => void): void {
    const outcome = register(request, flow, now, this.#needs)
    if (outcome.kind === 'retransmitted' && this.held.ofLine(outcome.line).waiting > 0) {
      // The first of the two is not stored yet: its answer will do for both (RFC 3261 §17.2.2, state Trying).
      return
    }
    if (outcome.kind !== 'registered' || outcome.changes.length === 0) {
      done(outcome)
      return
    }
    const { line } = outcome
    const held = this.held.ofLine(line)
    const draft = this.renewals?.draft(request, flow, outcome)
    held.closing = false
    this.#batch.stage(held, outcome.bindings, outcome.changes, now, (stored) => {
      if (!stored) {
        done({ kind: 'not-stored', line })
        return
      }
      this.#settled(held, outcome.bindings, outcome.changes, now)
      // The directory may have changed the line since it was judged: then the draft holds what was right before.
      if (draft !== undefined && this.#options.lines.find(line.username) === line) this.renewals?.record(draft, line)
      done(outcome)
    })
  }

  /**
   * Whose request this is, which is none that binds, about `toUser`@`toDomain` (lower case): proven as a REGISTER is, its nonce count taken.
   */
  prove(request: SipRequest, flow: Flow, now: number, toUser: string, toDomain: string): Proof | Refusal {
    const proof = prove(request, flow, now, toUser, toDomain, this.#needs)
    if (proof.kind !== 'proven' || useNonceCount(proof, this.held.of(proof.line.lineId), flow.remoteIp, this.#needs)) return proof
    return { kind: 'challenged', stale: true, strong: proof.line.strong }
  }

  /** Ends all bindings of a line that was disabled, cancelled or removed. */
  closeLine(lineId: number, now: number): void {
    const line = this.held.find(lineId)
    if (line === undefined) return
    // What ran out while nobody looked was not ended by whoever closes the line.
    const over = line.current.filter((binding) => binding.expiresAt <= now)
    if (over.length > 0) this.#end(line, over, 'expired', now)
    if (line.current.length > 0) this.#end(line, line.current, 'line-closed', now)
  }

  /** What is known of a line from elsewhere (its password, its rules) changed: its renewals are read again. */
  lineChanged(lineId: number): void {
    const line = this.held.find(lineId)
    if (line !== undefined) this.held.forgetCard(line)
  }

  /** A connection is over: what still hangs on it after a grace ends as 'connection-lost'. `connection` as in its Flow. */
  flowClosed(connection: number, now: number): void {
    this.#options.wheel.at(now + reconnectMs, this.#goneConnections, connection)
  }

  /** Ids of the bindings whose phones do not answer: where a line is full these give way first. */
  get unreachable(): ReadonlySet<number> {
    return this.reachability.unreachable
  }

  /** The machine's clock was set ahead by `by` ms (negative: back): each binding keeps the time it has left. The owner of the wheel moves that. */
  clockSet(by: number): void {
    this.#batch.flush()
    for (const line of this.held.all()) this.held.forgetCard(line)
    this.#options.store.clockSet(by)
    this.reachability.clockSet(by)
    moveTimes(this.held.all(), this.#batch.undecided(), by)
  }

  /** Stores what still waits; before the program ends. */
  flush(): void {
    this.#batch.flush()
  }

  /** From the wheel: `key` is a line's id. */
  fired(key: number, now: number): void {
    const line = this.held.find(key)
    // A look that was planned and then overtaken by an earlier one: were it to plan the next, they would multiply.
    if (line === undefined || line.wheelAt === 0 || line.wheelAt > now) return
    line.wheelAt = 0
    const { closing } = line
    line.closing = false
    const due = closing ? line.current : line.current.filter((binding) => binding.expiresAt <= now)
    if (due.length > 0) this.#end(line, due, closing ? 'line-closed' : 'expired', now)
    this.#armAll(line, line.current)
  }

  #connectionIsGone(connection: number, now: number): void {
    let ended = 0
    for (const lineId of this.#streams.of(connection)) {
      const line = this.held.find(lineId)
      const gone = line?.current.filter((binding) => isOn(binding, connection)) ?? []
      // It has come back over another connection, in this very turn.
      if (line === undefined || gone.length === 0) continue
      if (ended++ === mostEndsInAStep) {
        this.#options.wheel.at(now, this.#goneConnections, connection)
        return
      }
      this.#end(line, gone, 'connection-lost', now)
    }
  }

  #end(line: HeldLine, bindings: readonly Binding[], how: EndHow, now: number): void {
    this.held.forgetCard(line)
    const changes: BindingChange[] = bindings.map((binding) => ({ kind: 'ended', binding, how }))
    const left = line.current.filter((binding) => !bindings.includes(binding))
    this.#batch.stage(line, left, changes, now, (stored) => {
      if (!stored) {
        if (how === 'line-closed') line.closing = true
        if (how === 'connection-lost') {
          for (const { connection } of bindings) this.#options.wheel.at(now + retryEndMs, this.#goneConnections, connection)
        }
        this.#arm(line, now + retryEndMs)
        return
      }
      this.#settled(line, left, changes, now)
      this.#options.changed(changes, now)
    })
  }

  #settled(line: HeldLine, bindings: readonly Binding[], changes: readonly BindingChange[], at: number): void {
    for (const change of changes) {
      if (change.kind === 'added') this.#streams.add(change.binding)
      else if (change.kind === 'renewed') {
        this.#streams.renewed(change.before, change.binding, bindings)
        this.reachability.heard(change.binding.id)
      } else {
        this.#streams.ended(change.binding, bindings)
        this.reachability.forget(change.binding.id)
        line.lastEnded = { binding: change.binding, how: change.how, at }
      }
    }
    this.#armAll(line, bindings)
  }

  #armAll(line: HeldLine, bindings: readonly Binding[]): void {
    let first = Number.POSITIVE_INFINITY
    for (const { expiresAt } of bindings) if (expiresAt < first) first = expiresAt
    if (first < Number.POSITIVE_INFINITY) this.#arm(line, first)
  }

  #arm(line: HeldLine, when: number): void {
    if (line.wheelAt !== 0 && line.wheelAt <= when) return
    line.wheelAt = when
    this.#options.wheel.at(when, this, line.lineId)
  }
}

/**
 * What one turn of the event loop changed, stored in one go before any of its 200s is sent. Memory changes after the
 * commit; what could not be stored is undone and told to who waits. Hot path: register.bench.ts.
 */
import type { Binding, BindingChange } from './binding.ts'
import type { BindingStore, StoredRequest } from './binding-store.ts'
import type { HeldLine } from './held-lines.ts'
import type { KnownRenewals } from './renewals/known-renewals.ts'
import { renewInPlace } from './renewals/plain-renewal.ts'

/** Told once: whether the request's changes are stored. */
export type Settled = (stored: boolean) => void

interface Waiting {
  line: HeldLine
  bindings: readonly Binding[]
  changes: readonly BindingChange[]
  settled: Settled
}

/** More would hold up the loop: a batch of this size is stored at once. */
const mostRequests = 128

export class CommitBatch {
  readonly #store: BindingStore
  readonly #endOfTurn: (work: () => void) => void
  #requests: StoredRequest[] = []
  #waiting: Waiting[] = []
  /** Committed; the store has not told yet what became of them. */
  readonly #untold = new Set<readonly Waiting[]>()
  #scheduled = false
  /** Renewals that are stored with the rest, if any are recognised here. */
  #renewals: Pick<KnownRenewals, 'waiting' | 'rows' | 'settle'> | undefined

  constructor(store: BindingStore, endOfTurn: (work: () => void) => void) {
    this.#store = store
    this.#endOfTurn = endOfTurn
  }

  /** From now on what waits among `renewals` is stored as well; `renewalWaits` says that something does. */
  takeFrom(renewals: Pick<KnownRenewals, 'waiting' | 'rows' | 'settle'>): void {
    this.#renewals = renewals
  }

  renewalWaits(): void {
    this.#plan((this.#renewals?.waiting ?? 0) + this.#requests.length)
  }

  /** Stages a decision: `line.current` shows it at once, `line.bindings` when it is stored. */
  stage(line: HeldLine, bindings: readonly Binding[], changes: readonly BindingChange[], at: number, settled: Settled): void {
    this.#waiting.push({ line, bindings, changes, settled })
    this.#requests.push({ at, changes })
    line.staged = bindings
    for (const change of changes) if (change.kind === 'ended') line.stagedEnd = { binding: change.binding, how: change.how, at }
    line.waiting++
    this.#plan((this.#renewals?.waiting ?? 0) + this.#requests.length)
  }

  #plan(waiting: number): void {
    if (waiting >= mostRequests) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      this.#endOfTurn(this.flush)
    }
  }

  /** Stores what waits. Also called before the process ends. */
  readonly flush = (): void => {
    this.#scheduled = false
    const waiting = this.#waiting
    const renewals = this.#renewals !== undefined && this.#renewals.waiting > 0 ? this.#renewals : undefined
    if (waiting.length === 0 && renewals === undefined) return
    const requests = this.#requests
    this.#waiting = []
    this.#requests = []
    if (waiting.length > 0) this.#untold.add(waiting)
    const told = (stored: readonly boolean[], renewed = false) => {
      this.#untold.delete(waiting)
      renewals?.settle(renewed)
      for (let i = 0; i < waiting.length; i++) {
        const one = waiting[i]
        if (one !== undefined) settle(one, stored[i] === true, this.#store.takesRenewals)
      }
    }
    this.#store.commit(requests, told, renewals?.rows)
  };

  /** Every binding that is decided on but not yet told as stored or not. */
  *undecided(): Generator<Binding> {
    for (const waiting of [...this.#untold, this.#waiting]) {
      for (const { bindings, changes } of waiting) {
        yield* bindings
        for (const change of changes) {
          yield change.binding
          if (change.kind === 'renewed') yield change.before
        }
      }
    }
  }
}

/** What was decided after a change that could not be stored still counts on it: then only the changes themselves hold. */
function settle(one: Waiting, stored: boolean, inPlace: boolean): void {
  const { line } = one
  line.waiting--
  if (!stored) line.undone = true
  else if (line.undone) line.bindings = changed(line.bindings, one.changes)
  // What a store tells later it may take back, as it was before: then each renewal keeps an object of its own.
  else if (!inPlace || !renewedInPlace(line, one.bindings)) line.bindings = one.bindings
  if (!stored || line.waiting === 0) {
    line.staged = null
    line.stagedEnd = null
  }
  if (line.waiting === 0) line.undone = false
  one.settled(stored)
}

/** Renews the one binding where it is held, if that is all that changes; false if not. */
function renewedInPlace(line: HeldLine, bindings: readonly Binding[]): boolean {
  const [before] = line.bindings
  const [now] = bindings
  return before !== undefined && now !== undefined && line.bindings.length === 1 && bindings.length === 1 && renewInPlace(before, now)
}

function changed(held: readonly Binding[], changes: readonly BindingChange[]): readonly Binding[] {
  const byId = new Map(held.map((binding) => [binding.id, binding]))
  for (const { kind, binding } of changes) {
    if (kind === 'ended') byId.delete(binding.id)
    else byId.set(binding.id, binding)
  }
  return [...byId.values()]
}

/** Contract: bindings that outlive the process. Memory answers; this store remembers. */
import type { Binding, BindingChange, EndedBinding } from './binding.ts'
import type { RenewalRows } from './renewals/renewal-rows.ts'

export type StoredBinding = { kind: 'live'; binding: Binding } | { kind: 'ended'; ended: EndedBinding }

/** All that one request changes: stored as a whole or not at all. */
export interface StoredRequest {
  /** Epoch ms. */
  at: number
  changes: readonly BindingChange[]
}

export interface BindingStore {
  /** Every binding not known to have ended, and of each line what ended last, if at or after `endedSince`. Read once, at the start. */
  load(endedSince: number): Iterable<StoredBinding>
  /**
   * Makes the requests of one turn of the event loop durable in one transaction; if that fails, request by request.
   * Calls `done` exactly once, maybe before it returns, maybe in a later turn, with one truth a request (false: nothing of it is stored).
   * Batches are told in the order of their commits. `renewals`: plain renewals that came before all of `batch`, stored together or not at
   * all, which is the second thing that `done` is told; a store that takes them calls it before it returns.
   */
  commit(batch: readonly StoredRequest[], done: (stored: readonly boolean[], renewed?: boolean) => void, renewals?: RenewalRows): void
  /** Whether `commit` takes `renewals`. */
  readonly takesRenewals: boolean
  /** Where this store has a binding that is live, to be told with its renewals; good until it ends. */
  placeOf(bindingId: number): number
  /** Why the newest commit could not be stored, a clause for the operator; '' when it could. */
  readonly trouble: string
  /** Sees to it, blocking if it must, that all that was committed has been told. Before the program ends. */
  settle(): void
  /**
   * The machine's clock was set ahead by `by` ms (negative: back). Times given from now on are of the new clock, and what is stored moves
   * along, so that each binding keeps the time it has left.
   */
  clockSet(by: number): void
  /** The sum of all `by`, over every run. */
  readonly clockAhead: number
  /** Highest binding id ever used; 0 for none. */
  highestId(): number
  /** When the last run was known to live (epoch ms, 0 on the first start), and the note that this one does; throws when it cannot be stored. */
  lastAlive(): number
  noteAlive(now: number): void
  close(): void
}

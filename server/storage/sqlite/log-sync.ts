/**
 * Sees to it that the write-ahead log survives a power cut: synced in the thread pool after commits, so that the SIP thread never waits for
 * the disk. One sync runs at a time; what is committed meanwhile shares the next one. Hot path: bindings-commit.bench.ts.
 */
import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync } from 'node:fs'
import path from 'node:path'

/** Told once: whether all that was committed before is on the disk. */
export type Synced = (error: Error | null) => void

/** What is asked of the system; a test puts a failing disk here. */
export interface SyncCalls {
  later(file: number, done: Synced): void
  /** Blocks; throws the system's error. */
  now(file: number): void
}

const systemCalls: SyncCalls = { later: fdatasync, now: fdatasyncSync }

export class LogSync {
  readonly #file: number
  readonly #calls: SyncCalls
  /** Wait for the sync that runs. */
  #running: Synced[] | null = null
  /** Came while it ran. */
  #next: Synced[] = []
  /** The sync that runs began before all who waited for it were told. */
  #overtaken = false
  #closed = false

  /** `log` must exist and keep its place on the disk as long as this is open. Throws when it cannot be opened. */
  constructor(log: string, calls: SyncCalls = systemCalls) {
    this.#calls = calls
    this.#file = openSync(log, 'r+')
    // The log's name must outlive a power cut too.
    const folder = openSync(path.dirname(log), 'r')
    fsyncSync(folder)
    closeSync(folder)
  }

  /** `told` is called in a later turn, in the order of these calls. */
  after(told: Synced): void {
    this.#next.push(told)
    if (this.#running === null) this.#start()
  }

  /** Syncs now, blocking, and tells all who wait. */
  settle(): void {
    if (this.#running === null) return
    let failed: Error | null = null
    try {
      this.#calls.now(this.#file)
    } catch (error) {
      failed = error as Error
    }
    this.#overtaken = true
    this.#tellAll(failed)
  }

  close(): void {
    this.#closed = true
    // A sync that runs still needs the file; it closes it when it ends.
    if (this.#running === null) closeSync(this.#file)
  }

  #start(): void {
    this.#running = this.#next
    this.#next = []
    this.#calls.later(this.#file, this.#ended)
  }

  readonly #ended: Synced = (error) => {
    if (this.#overtaken) this.#overtaken = false
    else if (error !== null) this.#tellAll(error)
    else {
      const told = this.#running ?? []
      this.#running = []
      for (const one of told) one(null)
    }
    this.#running = null
    if (this.#closed) closeSync(this.#file)
    else if (this.#next.length > 0) this.#start()
  }

  /** After a failed sync nobody knows what of the log is on the disk: also what was committed meanwhile is told as failed. */
  #tellAll(error: Error | null): void {
    const told = [...(this.#running ?? []), ...this.#next]
    this.#running = []
    this.#next = []
    for (const one of told) one(error)
  }
}

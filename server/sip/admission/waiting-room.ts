/**
 * Where first attempts wait while everybody else is served: a stack of fixed size, newest on top, the oldest falls out. Who has just asked
 * is there for the answer; who asked long ago has asked again since, and only his last request is kept (but for the few whose hashes meet). Hot path: admission.bench.ts.
 */
import type { Flow } from '../transport/flow.ts'

/** Requests kept. At 12,000 phones signed in a second, that is what comes in a second and a half. */
const slots = 16_384
/** A longer one is not kept: a REGISTER without proof has some 500 bytes. */
export const longestKept = 1024
/** Timer T2, in ms: who asked longer ago has asked again since (RFC 3261 §17.1.2.2). */
const keepMs = 4000
/** Bytes from the start of a request that tell it from others: request line and topmost Via with its branch. */
const tellingBytes = 160

export class WaitingRoom {
  /** Made when it is first needed, until `close`. */
  #bytes: Buffer | undefined
  readonly #flows: (Flow | undefined)[] = new Array(slots).fill(undefined)
  readonly #lengths = new Uint16Array(slots)
  readonly #hashes = new Int32Array(slots)
  readonly #at = new Float64Array(slots)
  /** Slot by hash, for a request that comes again. */
  readonly #bySlot = new Int32Array(2 * slots)
  #top = 0
  #size = 0

  /** Slots in use, those of requests that came again among them. */
  get size(): number {
    return this.#size
  }

  get full(): boolean {
    return this.#size === slots
  }

  /** Keeps a copy; false if an older one had to go for it. `now` is monotonic, in ms. */
  put(bytes: Uint8Array, flow: Flow, start: number, length: number, now: number): boolean {
    this.#bytes ??= Buffer.allocUnsafeSlow(slots * longestKept)
    const hash = hashOf(bytes, start, Math.min(length, tellingBytes), flow.remotePort)
    const known = this.#bySlot[hash & (2 * slots - 1)] as number
    if (this.#hashes[known] === hash && this.#lengths[known] === length) this.#empty(known)
    const slot = this.#top
    // The slot above the newest is that of the oldest when all are in use.
    const room = this.#size < slots || this.#lengths[slot] === 0
    this.#top = slot + 1 === slots ? 0 : slot + 1
    if (this.#size < slots) this.#size++
    this.#bytes.set(bytes.subarray(start, start + length), slot * longestKept)
    this.#flows[slot] = flow
    this.#lengths[slot] = length
    this.#hashes[slot] = hash
    this.#at[slot] = now
    this.#bySlot[hash & (2 * slots - 1)] = slot
    return room
  }

  /** Hands the newest to `serve` and forgets it; false if nobody waits. */
  take(now: number, serve: (bytes: Buffer, flow: Flow, start: number, length: number) => void): boolean {
    while (this.#size > 0) {
      this.#size--
      this.#top = this.#top === 0 ? slots - 1 : this.#top - 1
      const slot = this.#top
      const flow = this.#flows[slot]
      const length = this.#lengths[slot] as number
      this.#empty(slot)
      if (flow === undefined || this.#bytes === undefined || now - (this.#at[slot] as number) > keepMs) continue
      serve(this.#bytes, flow, slot * longestKept, length)
      return true
    }
    return false
  }

  /** Gives the memory back. */
  close(): void {
    if (this.#size === 0) this.#bytes = undefined
  }

  #empty(slot: number): void {
    this.#lengths[slot] = 0
    this.#flows[slot] = undefined
  }
}

function hashOf(bytes: Uint8Array, start: number, length: number, port: number): number {
  let hash = 0x811c9dc5 ^ port
  for (let at = start; at < start + length; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193)
  return hash ^ (hash >>> 15)
}

/**
 * Plain renewals as they are stored, one behind the other: what a renewal changes of a binding that is stored already. Hot path:
 * bindings-commit.bench.ts.
 *
 *     id f64 | seenAt f64 | cseq u32 | granted u32 | nonce count u32 | port u16 | length of the nonce u8 | nonce, latin1
 */
import type { KnownBinding } from './known-line.ts'

/** What a plain renewal changes of a binding. */
export type Renewal = Pick<KnownBinding, 'seenAt' | 'cseq' | 'granted' | 'nonceCount' | 'port' | 'nonceId'>

const headSize = 31
export const longestNonce = 255

export class RenewalRows {
  bytes = Buffer.allocUnsafeSlow(4096)
  #view = viewOf(this.bytes)
  /** Bytes written. */
  used = 0
  count = 0
  /** When the last of them runs out, and when the newest came, as given to `add`. */
  until = 0
  newest = 0
  /** Where the store has each binding, as BindingStore.placeOf says; only of rows that were added with it. */
  places = new Int32Array(64)

  /** Adds one; times are those of the store's file. Answers where in `bytes` the nonce of `nonceSize` characters, at most 255, is to be written. */
  add(
    id: number,
    seenAt: number,
    cseq: number,
    granted: number,
    nonceCount: number,
    port: number,
    nonceSize: number,
    place: number,
  ): number {
    const at = this.used
    const end = at + headSize + nonceSize
    if (end > this.bytes.length) this.#grow()
    if (this.count === this.places.length) this.#growPlaces()
    const view = this.#view
    view.setFloat64(at, id, true)
    view.setFloat64(at + 8, seenAt, true)
    view.setUint32(at + 16, cseq, true)
    view.setUint32(at + 20, granted, true)
    view.setUint32(at + 24, nonceCount, true)
    view.setUint16(at + 28, port, true)
    view.setUint8(at + 30, nonceSize)
    this.places[this.count++] = place
    this.used = end
    this.newest = seenAt
    const expiresAt = seenAt + granted * 1000
    if (expiresAt > this.until) this.until = expiresAt
    return at + headSize
  }

  /** Adds all of another's. */
  append({ bytes, used, until }: RenewalRows): void {
    while (this.used + used > this.bytes.length) this.#grow()
    bytes.copy(this.bytes, this.used, 0, used)
    this.used += used
    if (until > this.until) this.until = until
  }

  clear(): void {
    this.used = 0
    this.count = 0
    this.until = 0
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2)
    this.bytes.copy(larger, 0, 0, this.used)
    this.bytes = larger
    this.#view = viewOf(larger)
  }

  #growPlaces(): void {
    const larger = new Int32Array(this.places.length * 2)
    larger.set(this.places)
    this.places = larger
  }
}

/** The renewals of rows that were written before, in their order, by the binding's id. */
export function* renewalsIn(packed: Buffer): Generator<[id: number, Renewal]> {
  const view = viewOf(packed)
  for (let at = 0; at < packed.length; ) {
    const length = view.getUint8(at + 30)
    yield [
      view.getFloat64(at, true),
      {
        seenAt: view.getFloat64(at + 8, true),
        cseq: view.getUint32(at + 16, true),
        granted: view.getUint32(at + 20, true),
        nonceCount: view.getUint32(at + 24, true),
        port: view.getUint16(at + 28, true),
        nonceId: packed.toString('latin1', at + headSize, at + headSize + length),
      },
    ]
    at += headSize + length
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

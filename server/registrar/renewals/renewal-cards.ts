/**
 * A card for each line with one phone whose renewals can be recognised: numbers side by side in one piece of memory, found by the form of
 * the request. With a million lines in no order every object that is touched is one that the processor must wait for: a card is one or two
 * lines of its cache, and a renewal needs nothing else. Hot path: known-renewals.bench.ts.
 */

/** Words of a card. Times are 64-bit numbers and take two, which `floats` sees as one. */
export const cardSize = 24
export const formLow = 0
export const formHigh = 1
/** H(username:realm:password) of MD5, four words. */
export const ha1 = 2
/** The nonce that was used last, as nonce-hash.ts has it. */
export const nonceLow = 6
export const nonceHigh = 7
export const nonceCount = 8
/** 1: the line's binding does not know this nonce yet. */
export const nonceIsNew = 9
export const cseq = 10
/** The number of the request's digest-uri. */
export const uri = 11
/** In `floats`: epoch ms, and the binding's id. */
export const seenAt = 6
export const bindingId = 7
/** Seconds that would be granted but for the spreading by chance; and seconds that were. */
export const mostGranted = 16
export const granted = 17
export const lineId = 18
/** The phone's IPv4 address, as its bytes lie in memory, and its port. */
export const address = 19
export const port = 20
/** Where the store has the binding. */
export const storePlace = 21
/** Characters of the answer's contact, and above them 1 if the digest names the line as the directory does. */
export const contactAndName = 22
/** How many renewals wait for their commit. */
export const waitingForCommit = 23

const firstCards = 1024

export class RenewalCards {
  /** All cards; another array after each `add`, maybe. */
  ints = new Int32Array(firstCards * cardSize)
  floats = new Float64Array(this.ints.buffer)
  /** Numbers of cards by form, open addressing; 0 is empty. */
  #table = new Int32Array(firstCards * 4)
  #mask = this.#table.length - 1
  /** Cards in use and given back; number 0 is none. */
  #made = 1
  readonly #free: number[] = []

  get size(): number {
    return this.#made - 1 - this.#free.length
  }

  /** The card of this form; 0 without one. */
  find(low: number, high: number): number {
    const table = this.#table
    const mask = this.#mask
    const ints = this.ints
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const card = table[at] as number
      if (card === 0) return 0
      if (ints[card * cardSize + formLow] === low && ints[card * cardSize + formHigh] === high) return card
    }
  }

  /** A card for this form, all else in it 0; 0 if there is one already. */
  add(low: number, high: number): number {
    if (this.find(low, high) !== 0) return 0
    if (this.size * 2 + 2 > this.#table.length) this.#growTable()
    const card = this.#free.pop() ?? this.#made++
    if ((card + 1) * cardSize > this.ints.length) this.#growCards()
    const at = card * cardSize
    this.ints.fill(0, at, at + cardSize)
    this.ints[at + formLow] = low
    this.ints[at + formHigh] = high
    this.#put(card)
    return card
  }

  /** Gives a card back; its number will be another's. */
  remove(card: number): void {
    const table = this.#table
    const mask = this.#mask
    let at = this.#home(card)
    while (table[at] !== card) at = (at + 1) & mask
    // What stands behind and does not belong there moves up: no gap may part a card from its place.
    for (let next = (at + 1) & mask; table[next] !== 0; next = (next + 1) & mask) {
      const home = this.#home(table[next] as number)
      const fromHome = (next - home) & mask
      const fromGap = (next - at) & mask
      if (fromHome < fromGap) continue
      table[at] = table[next] as number
      at = next
    }
    table[at] = 0
    this.#free.push(card)
  }

  #home(card: number): number {
    return (this.ints[card * cardSize + formLow] as number) & this.#mask
  }

  #put(card: number): void {
    let at = this.#home(card)
    while (this.#table[at] !== 0) at = (at + 1) & this.#mask
    this.#table[at] = card
  }

  #growTable(): void {
    const before = this.#table
    this.#table = new Int32Array(before.length * 2)
    this.#mask = this.#table.length - 1
    for (const card of before) if (card !== 0) this.#put(card)
  }

  #growCards(): void {
    const larger = new Int32Array(this.ints.length * 2)
    larger.set(this.ints)
    this.ints = larger
    this.floats = new Float64Array(larger.buffer)
  }
}

/** Chance that can be had again: the same seed gives the same throws (sfc32). */
export class Dice {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: number) {
    this.#a = seed >>> 0
    this.#b = Math.trunc(seed / 2 ** 32) >>> 0
    this.#c = 0x9e3779b9
    for (let i = 0; i < 12; i++) this.next()
  }

  /** 0 … 2^32-1. */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter++) >>> 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum
    return sum
  }

  /** 0 … `count` - 1; 0 for a count of 0. */
  below(count: number): number {
    return count <= 1 ? 0 : this.next() % count
  }

  oneIn(count: number): boolean {
    return this.next() % count === 0
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}

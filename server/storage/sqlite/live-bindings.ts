/**
 * Which bindings of the file have not ended, and where in the journal the newest renewal of each stands: 0 for none of this run. Each has a
 * place of its own in one array, so that who knows the place need not look for the binding. Hot path: bindings-commit.bench.ts.
 */
export class LiveBindings {
  readonly #places = new Map<number, number>()
  #newest = new Float64Array(1024)
  #made = 0
  readonly #free: number[] = []

  get size(): number {
    return this.#places.size
  }

  has(id: number): boolean {
    return this.#places.has(id)
  }

  /** Takes one in that has no renewal in the journal, or forgets the renewals it had. */
  add(id: number): void {
    let place = this.#places.get(id)
    if (place === undefined) {
      place = this.#free.pop() ?? this.#made++
      this.#places.set(id, place)
      if (place === this.#newest.length) this.#grow()
    }
    this.#newest[place] = 0
  }

  delete(id: number): void {
    const place = this.#places.get(id)
    if (place === undefined) return
    this.#places.delete(id)
    this.#free.push(place)
  }

  /** Where it is, until it is deleted; -1 for one that is not here. */
  placeOf(id: number): number {
    return this.#places.get(id) ?? -1
  }

  /** The journal's row with its newest renewal; Infinity for one that has ended. */
  newest(id: number): number {
    const place = this.#places.get(id)
    return place === undefined ? Number.POSITIVE_INFINITY : (this.#newest[place] as number)
  }

  /** Its newest renewal stands in this row of the journal; nothing if it has ended. */
  renewed(id: number, row: number): void {
    const place = this.#places.get(id)
    if (place !== undefined) this.#newest[place] = row
  }

  /** The same of the one at this place, which must be there. */
  renewedAt(place: number, row: number): void {
    this.#newest[place] = row
  }

  #grow(): void {
    const larger = new Float64Array(this.#newest.length * 2)
    larger.set(this.#newest)
    this.#newest = larger
  }
}

/** Which line has to be looked at next: a heap of moments. A line may be in it several times; the caller knows which one counts. */
export class Deadlines {
  readonly #at: number[] = []
  readonly #line: number[] = []

  get size(): number {
    return this.#at.length
  }

  add(at: number, lineId: number): void {
    let place = this.#at.length
    this.#at.push(at)
    this.#line.push(lineId)
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#time(parent) <= at) break
      this.#move(parent, place)
      place = parent
    }
    this.#at[place] = at
    this.#line[place] = lineId
  }

  /** Takes out the earliest that is due, or returns null. */
  takeDue(now: number): { at: number; lineId: number } | null {
    const at = this.#at[0]
    const lineId = this.#line[0]
    if (at === undefined || lineId === undefined || at > now) return null
    const lastAt = this.#at.pop() ?? 0
    const lastLine = this.#line.pop() ?? 0
    if (this.#at.length > 0) this.#sink(lastAt, lastLine)
    return { at, lineId }
  }

  /** All moments are `by` ms later. */
  move(by: number): void {
    for (let place = 0; place < this.#at.length; place++) this.#at[place] = this.#time(place) + by
  }

  #sink(at: number, lineId: number): void {
    const end = this.#at.length
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= end) break
      if (child + 1 < end && this.#time(child + 1) < this.#time(child)) child++
      if (this.#time(child) >= at) break
      this.#move(child, place)
      place = child
    }
    this.#at[place] = at
    this.#line[place] = lineId
  }

  #time(place: number): number {
    return this.#at[place] ?? 0
  }

  #move(from: number, to: number): void {
    this.#at[to] = this.#at[from] ?? 0
    this.#line[to] = this.#line[from] ?? 0
  }
}

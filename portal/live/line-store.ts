/**
 * The lines of one circle as the page holds them. Each visible row watches its own line only; the order of the list stands still
 * while signs turn and is made anew only when the person asks, when lines come or go, or after a short calm.
 */
import type { Counts, Line, LineTypeName } from '#api/line.ts'
import { type Arrangement, arrangeLines, countLine, foldLine, noCounts, type Shelved } from './arrange-lines.ts'
import { isLater } from './stream-place.ts'

export interface Entry extends Shelved {
  /** Place in the stream that this state of the line stands at. */
  readonly place: string
  /** Epoch ms (this computer's clock) of the last change of sign or cause that came over the stream; 0: none. */
  readonly changedAt: number
  /** Somebody here has asked the login server and waits for the answer. */
  readonly asking: boolean
}

export interface Tally {
  readonly counts: Counts
  readonly types: Readonly<Partial<Record<LineTypeName, number>>>
}

export interface StoreTime {
  now: () => number
  /** Calls back after so many ms; returns how to call it off. */
  later: (callback: () => void, ms: number) => () => void
}

const browserTime: StoreTime = {
  now: () => Date.now(),
  later: (callback, ms) => {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}

/** The list is put in order again when nothing has turned for this long, */
export const calmAfter = 1500
/** or this long after the first turn in any case, unless the person is using the list. */
export const calmAtMost = 8000

const numberOrder: Arrangement = { type: null, sign: null, query: '', sort: { field: 'number', descending: false } }

function looksDifferent(a: Line, b: Line): boolean {
  return a.sign !== b.sign || a.state !== b.state || a.cause?.code !== b.cause?.code
}

export class LineStore {
  readonly #time: StoreTime
  readonly #entries = new Map<string, Entry>()
  readonly #gone = new Map<string, string>()
  readonly #lineWatchers = new Map<string, Set<() => void>>()
  readonly #listWatchers = new Set<() => void>()
  readonly #tallyWatchers = new Set<() => void>()
  readonly #changeWatchers = new Set<(line: Line) => void>()
  #arrangement = numberOrder
  #list: readonly string[] = []
  #tally: Tally = { counts: noCounts, types: {} }
  #held = false
  #due = false
  #firstTurn = 0
  #callOff: (() => void) | null = null

  constructor(time: StoreTime = browserTime) {
    this.#time = time
  }

  get size(): number {
    return this.#entries.size
  }

  getEntry(number: string): Entry | undefined {
    return this.#entries.get(number)
  }

  some(fits: (line: Line) => boolean): boolean {
    for (const { line } of this.#entries.values()) if (fits(line)) return true
    return false
  }

  getList(): readonly string[] {
    return this.#list
  }

  getTally(): Tally {
    return this.#tally
  }

  watchLine(number: string, watcher: () => void): () => void {
    const watchers = this.#lineWatchers.get(number) ?? new Set()
    this.#lineWatchers.set(number, watchers.add(watcher))
    return () => {
      watchers.delete(watcher)
      if (watchers.size === 0 && this.#lineWatchers.get(number) === watchers) this.#lineWatchers.delete(number)
    }
  }

  watchList(watcher: () => void): () => void {
    this.#listWatchers.add(watcher)
    return () => this.#listWatchers.delete(watcher)
  }

  watchTally(watcher: () => void): () => void {
    this.#tallyWatchers.add(watcher)
    return () => this.#tallyWatchers.delete(watcher)
  }

  /** Told of each change of sign or cause that came over the stream. */
  watchChanges(watcher: (line: Line) => void): () => void {
    this.#changeWatchers.add(watcher)
    return () => this.#changeWatchers.delete(watcher)
  }

  /** What the person asked for: at once. */
  arrange(arrangement: Arrangement): void {
    this.#arrangement = arrangement
    this.#arrangeNow()
  }

  /** While held (a popup is open, the pointer moves over the rows) no row changes its place. */
  hold(held: boolean): void {
    this.#held = held
    if (!held && this.#due) this.#arrangeSoon()
  }

  /** Takes lines as they stood at `place`; what the store knows from later stays. `live`: a change, not a page of the list. */
  put(lines: readonly Line[], place: string, live: boolean): void {
    let counts = this.#tally.counts
    let types = this.#tally.types
    let membership = false
    let turned = false
    const touched: string[] = []
    for (const line of lines) {
      const before = this.#entries.get(line.number)
      const goneAt = this.#gone.get(line.number)
      if ((before && isLater(before.place, place)) || (goneAt !== undefined && isLater(goneAt, place))) continue
      this.#gone.delete(line.number)
      const different = before === undefined || looksDifferent(before.line, line)
      if (before) counts = countLine(counts, before.line, -1)
      else membership = true
      counts = countLine(counts, line, 1)
      if (before?.line.type !== line.type) {
        types = { ...types, [line.type]: (types[line.type] ?? 0) + 1 }
        if (before) types = { ...types, [before.line.type]: (types[before.line.type] ?? 1) - 1 }
      }
      if (different && before) turned = true
      const changedAt = live && different && before ? this.#time.now() : (before?.changedAt ?? 0)
      this.#entries.set(line.number, { line, folded: foldLine(line), place, changedAt, asking: before?.asking ?? false })
      touched.push(line.number)
      if (live && different && before) for (const watcher of this.#changeWatchers) watcher(line)
    }
    if (touched.length === 0) return
    this.#setTally({ counts, types })
    for (const number of touched) this.#tellLine(number)
    if (membership && !live) this.#arrangeNow()
    else if (membership || (turned && this.#dependsOnSigns())) this.#arrangeSoon()
  }

  remove(number: string, place: string): void {
    const before = this.#entries.get(number)
    if (before && isLater(before.place, place)) return
    this.#gone.set(number, place)
    if (!before) return
    this.#entries.delete(number)
    const types = { ...this.#tally.types, [before.line.type]: (this.#tally.types[before.line.type] ?? 1) - 1 }
    this.#setTally({ counts: countLine(this.#tally.counts, before.line, -1), types })
    this.#tellLine(number)
    this.#arrangeSoon()
  }

  /** Removes what a whole new list does not hold any more. */
  keepOnly(numbers: ReadonlySet<string>, place: string): void {
    for (const number of [...this.#entries.keys()]) if (!numbers.has(number)) this.remove(number, place)
  }

  /** The answer to a question of this page: at once, unless the stream has brought something later already. */
  takeAnswer(line: Line): void {
    const before = this.#entries.get(line.number)
    if (before) this.put([line], before.place, true)
  }

  setAsking(number: string, asking: boolean): void {
    const entry = this.#entries.get(number)
    if (!entry) return
    this.#entries.set(number, { ...entry, asking })
    this.#tellLine(number)
  }

  #dependsOnSigns(): boolean {
    return this.#arrangement.sign !== null || this.#arrangement.sort.field === 'sign'
  }

  #tellLine(number: string): void {
    for (const watcher of this.#lineWatchers.get(number) ?? []) watcher()
  }

  #setTally(tally: Tally): void {
    this.#tally = tally
    for (const watcher of this.#tallyWatchers) watcher()
  }

  #arrangeNow(): void {
    this.#callOff?.()
    this.#callOff = null
    this.#due = false
    this.#firstTurn = 0
    const list = arrangeLines(this.#entries.values(), this.#arrangement)
    if (list.length === this.#list.length && list.every((number, at) => number === this.#list[at])) return
    this.#list = list
    for (const watcher of this.#listWatchers) watcher()
  }

  #arrangeSoon(): void {
    const now = this.#time.now()
    if (!this.#due) this.#firstTurn = now
    this.#due = true
    this.#callOff?.()
    this.#callOff = null
    if (this.#held) return
    const wait = Math.max(0, Math.min(calmAfter, this.#firstTurn + calmAtMost - now))
    this.#callOff = this.#time.later(() => this.#arrangeNow(), wait)
  }
}

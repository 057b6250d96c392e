/**
 * Which code of the server has run, block by block, as V8 counts it: what tells an input worth keeping from one more of the same.
 * Asking costs about half a millisecond, so it is asked once for many inputs.
 */
import { type Profiler, Session } from 'node:inspector'

export class BlockCoverage {
  readonly #session = new Session()
  /** By function: one mark for each character of it that has run. */
  readonly #seen = new Map<string, Uint8Array>()
  /** What `ask` saw run for the first time since `settle`. */
  readonly #asked: { seen: Uint8Array; at: number }[] = []
  #covered = 0

  start(): void {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }

  /** Characters of the server's source that have run so far. */
  get covered(): number {
    return this.#covered
  }

  /** How many characters ran for the first time since the last look; they stay new until `take` or `settle`. */
  ask(): number {
    return this.#read(false)
  }

  /** The same, and they are new no more. */
  take(): number {
    return this.#read(true)
  }

  /** Forgets what ran since the last look. */
  drop(): void {
    this.#session.post('Profiler.takePreciseCoverage')
  }

  /** Everything that was asked about is new no more. */
  settle(): void {
    for (const { seen, at } of this.#asked) {
      if (seen[at] === 0) this.#covered++
      seen[at] = 1
    }
    this.#asked.length = 0
  }

  #read(remember: boolean): number {
    let fresh = 0
    this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
      if (error !== null) throw error
      for (const script of taken.result) {
        if (!script.url.includes('/server/')) continue
        for (const one of script.functions) fresh += this.#add(script.url, one, remember)
      }
    })
    if (remember) this.#covered += fresh
    return fresh
  }

  #add(url: string, one: Profiler.FunctionCoverage, remember: boolean): number {
    const whole = one.ranges[0]
    // The function that is the module itself runs once, when it is loaded.
    if (whole === undefined || whole.count === 0 || (one.functionName === '' && whole.startOffset === 0)) return 0
    const base = whole.startOffset
    const length = whole.endOffset - base
    const key = `${url} ${base}`
    let seen = this.#seen.get(key)
    if (seen === undefined) {
      seen = new Uint8Array(length)
      this.#seen.set(key, seen)
    }
    // Ranges come from the outside in: the last one that holds a character tells whether it ran.
    const ran = new Uint8Array(length)
    for (const { startOffset, endOffset, count } of one.ranges) ran.fill(count > 0 ? 1 : 0, startOffset - base, endOffset - base)
    let fresh = 0
    for (let at = 0; at < length; at++) {
      if (ran[at] === 0 || seen[at] === 1) continue
      fresh++
      if (remember) seen[at] = 1
      else this.#asked.push({ seen, at })
    }
    return fresh
  }
}

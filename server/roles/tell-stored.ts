/** When both roles start, the web role learns what is stored a stretch at a time, each when it has taken in the one before. */
import type { HeldLine } from '../registrar/held-lines.ts'
import { contactOf } from '../status/fact-of-outcome.ts'
import type { Fact } from '../status/facts.ts'

/** Lines told at a stretch: a few milliseconds of either role's time. */
const linesAtAStretch = 1000

export class StoredTeller {
  readonly #lines: Iterator<HeldLine>
  readonly #end: Fact
  #done = false

  /** `lines` may change meanwhile: each is told as it is when its turn comes. `end` is told last. */
  constructor(lines: Iterable<HeldLine>, end: Fact) {
    this.#lines = lines[Symbol.iterator]()
    this.#end = end
  }

  /** Adds the next stretch. False when all had been told before. */
  tell(facts: Fact[]): boolean {
    if (this.#done) return false
    for (let told = 0; told < linesAtAStretch; told++) {
      const { value: line, done } = this.#lines.next()
      if (done === true) {
        this.#done = true
        facts.push(this.#end)
        return true
      }
      const { lineId, lastEnded, bindings } = line
      if (lastEnded !== null) {
        facts.push({ kind: 'ended', lineId, at: lastEnded.at, how: lastEnded.how, contact: contactOf(lastEnded.binding) })
      }
      for (const binding of bindings) facts.push({ kind: 'bound', lineId, at: binding.boundAt, contact: contactOf(binding) })
    }
    return true
  }
}

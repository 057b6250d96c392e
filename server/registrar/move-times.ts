/** When the machine's clock is set, all that is held moves along: each binding keeps the time that it has left. */
import type { Binding } from './binding.ts'
import type { HeldLine } from './held-lines.ts'

/** `undecided`: bindings of changes whose commit is not told yet, maybe several times, and maybe held as well. `by` in ms. */
export function moveTimes(lines: Iterable<HeldLine>, undecided: Iterable<Binding>, by: number): void {
  const apart = new Set(undecided)
  for (const binding of apart) move(binding, by)
  for (const line of lines) {
    for (const binding of line.bindings) if (!apart.has(binding)) move(binding, by)
    const ended = line.lastEnded
    if (ended !== null) {
      ended.at += by
      if (!apart.has(ended.binding)) move(ended.binding, by)
    }
    // Its binding is among the undecided ones.
    if (line.stagedEnd !== null) line.stagedEnd.at += by
    if (line.wheelAt !== 0) line.wheelAt += by
  }
}

function move(binding: Binding, by: number): void {
  binding.expiresAt += by
  binding.boundAt += by
  binding.seenAt += by
}

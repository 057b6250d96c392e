/** Every way in that is fuzzed. */
import { codecTarget } from './codec-target.ts'
import { entryTarget } from './entry-target.ts'
import { readTarget } from './read-target.ts'
import { streamTarget } from './stream-target.ts'
import type { Target } from './target.ts'

export function allTargets(): Target[] {
  return [readTarget(), streamTarget(), entryTarget(), codecTarget()]
}

/** Waiting for what another process does. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Looks again and again until it is as expected, at most `withinMs`; answers what it saw last. */
export async function eventually<T>(look: () => Promise<T> | T, expected: (seen: T) => boolean, withinMs = 3000): Promise<T> {
  const until = performance.now() + withinMs
  for (;;) {
    const seen = await look()
    if (expected(seen) || performance.now() > until) return seen
    await sleep(15)
  }
}

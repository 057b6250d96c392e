/** Tells a screen reader of changes: gathered over a few seconds, a few by name, more as a number. */
import type { Line } from '#api/line.ts'

export type News = { readonly lines: readonly Line[] } | { readonly count: number }

const gatherFor = 3000
const byName = 3

/** Gathers changes and gives them out at most once in 3 s; a line that turned twice is told once, as it is now. */
export function gatherNews(tell: (news: News) => void): { add: (line: Line) => void; stop: () => void } {
  const waiting = new Map<string, Line>()
  let timer: ReturnType<typeof setTimeout> | null = null
  return {
    add(line) {
      waiting.set(line.number, line)
      timer ??= setTimeout(() => {
        timer = null
        const lines = [...waiting.values()]
        waiting.clear()
        tell(lines.length <= byName ? { lines } : { count: lines.length })
      }, gatherFor)
    },
    stop() {
      if (timer !== null) clearTimeout(timer)
    },
  }
}

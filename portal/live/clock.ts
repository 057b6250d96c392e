/** The time as the server has it, and one tick a second that every relative time on the page shares. */
let offset = 0

/** Learns from a `Date` header how far this computer's clock is off; its seconds are whole, so less than 3 s is no difference. */
export function noteServerTime(date: string | null, local: number = Date.now()): void {
  const server = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(server)) return
  const difference = server + 500 - local
  offset = Math.abs(difference) < 3000 ? 0 : difference
}

/** Epoch ms by the server's clock. */
export function serverNow(): number {
  return Date.now() + offset
}

const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

/** Calls `watcher` once a second for as long as anybody watches; returns how to stop. */
export function watchTick(watcher: () => void): () => void {
  watchers.add(watcher)
  timer ??= setInterval(() => {
    for (const each of watchers) each()
  }, 1000)
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0 && timer !== null) {
      clearInterval(timer)
      timer = null
    }
  }
}

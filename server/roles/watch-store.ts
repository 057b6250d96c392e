/** Keeps the note that this run lives, tells when nothing can be stored, and tries again by itself until something can. */
import type { BindingStore } from '../registrar/binding-store.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Timers } from '../runtime/timers.ts'

const lookEveryMs = 100
const tryEveryMs = 1000
/** Every so many tries also when all is well. */
const triesBetweenNotes = 5

export interface StoreWatchNeeds {
  store: BindingStore
  clock: Clock
  timers: Timers
  log: Log
  /** Why nothing can be stored, '' when it can again; told when it changes. */
  trouble(reason: string): void
}

/** Answers how to stop. */
export function watchStore({ store, clock, timers, log, trouble }: StoreWatchNeeds): () => void {
  let told = ''
  let tries = 0

  function look(): void {
    const reason = store.trouble
    if (reason === told) return
    if (told === '') log.error({ reason }, 'nothing can be stored; phones are told to come again later')
    if (reason === '') log.warn({}, 'it can be stored again')
    told = reason
    trouble(reason)
  }

  const stops = [
    timers.every(lookEveryMs, look),
    timers.every(tryEveryMs, () => {
      tries++
      if (store.trouble !== '' || tries % triesBetweenNotes === 0) noteAlive(store, clock.now())
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}

/** What it cannot store shows in `store.trouble`. */
export function noteAlive(store: BindingStore, now: number): void {
  try {
    store.noteAlive(now)
  } catch {
    // Tried again within a second.
  }
}

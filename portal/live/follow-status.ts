/**
 * Follows the stream of status changes and says honestly how live it is. Reads the stream by itself instead of by EventSource,
 * because that hides the comments that prove a silent link alive, and the answer that says the session has ended.
 */
import { faultOf } from './call-api.ts'
import { serverNow } from './clock.ts'
import { makeEventReader, type StreamEvent } from './event-reader.ts'

export type LinkPhase = 'connecting' | 'live' | 'reconnecting' | 'offline'
export interface Link {
  readonly phase: LinkPhase
  /** Epoch ms (server's clock) until which what is shown was the latest; null before the first connection. */
  readonly liveUntil: number | null
}

export interface Follower {
  getLink(): Link
  watchLink(watcher: () => void): () => void
  /** Tries again at once instead of at the end of the wait. */
  retry(): void
  stop(): void
}

interface FollowOptions {
  circle: string | null
  /** Place in the stream that the page stands at; null: from now on. */
  after: () => string | null
  onEvent: (event: StreamEvent) => void
  onSignedOut: () => void
}

/** The server comments every 15 s; a link that has said nothing for this long is dead. */
const silenceLimit = 35_000
/** Without a link for this long, what is shown counts as old. */
const oldAfter = 20_000
/** A page that nobody looks at gives its connection back after this long (a browser has six a server). */
const hiddenLimit = 60_000

/** Milliseconds before the n-th new try (from 0): 0.5 s, doubling to 15 s, with up to a quarter of chance so that pages do not return together. */
export function retryDelay(attempt: number, chance: number): number {
  return Math.min(15_000, 500 * 2 ** Math.min(attempt, 10)) * (1 + chance / 4)
}

export function followStatus(options: FollowOptions): Follower {
  let link: Link = { phase: 'connecting', liveUntil: null }
  let lastId = ''
  let attempt = 0
  let stopped = false
  let abort: AbortController | null = null
  let pending: ReturnType<typeof setTimeout> | null = null
  let aging: ReturnType<typeof setTimeout> | null = null
  let hiding: ReturnType<typeof setTimeout> | null = null
  const watchers = new Set<() => void>()

  function setPhase(phase: LinkPhase): void {
    if (link.phase === phase) return
    link = { phase, liveUntil: link.phase === 'live' ? serverNow() : link.liveUntil }
    for (const watcher of watchers) watcher()
  }

  async function connect(): Promise<void> {
    if (stopped) return
    const mine = new AbortController()
    abort?.abort()
    abort = mine
    const query = new URLSearchParams()
    if (options.circle !== null) query.set('circle', options.circle)
    const after = lastId || options.after()
    if (after) query.set('after', after)
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (lastId) headers['last-event-id'] = lastId
    let watchdog = setTimeout(() => mine.abort(), silenceLimit)
    try {
      const response = await fetch(`/api/status-stream?${query}`, { headers, signal: mine.signal, cache: 'no-store' })
      if (!response.ok || !response.body) {
        const fault = await faultOf(response)
        if (fault.status === 401) options.onSignedOut()
        if (fault.status === 401 || fault.status === 404) return stop()
        throw fault
      }
      becomeLive()
      const read = makeEventReader(options.onEvent, (id) => {
        lastId = id
      })
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        clearTimeout(watchdog)
        watchdog = setTimeout(() => mine.abort(), silenceLimit)
        read(value)
      }
    } catch {
      // A broken link is expected; what follows is the same as after a proper end.
    } finally {
      clearTimeout(watchdog)
    }
    if (abort === mine) tryAgain()
  }

  function becomeLive(): void {
    attempt = 0
    if (aging !== null) clearTimeout(aging)
    aging = null
    setPhase('live')
  }

  function tryAgain(): void {
    abort = null
    if (stopped) return
    if (link.phase !== 'offline') setPhase('reconnecting')
    aging ??= setTimeout(() => setPhase('offline'), oldAfter)
    pending = setTimeout(() => void connect(), retryDelay(attempt, Math.random()))
    attempt += 1
  }

  function retry(): void {
    if (stopped) return
    if (pending !== null) clearTimeout(pending)
    pending = null
    attempt = 0
    void connect()
  }

  function whenOffline(): void {
    abort?.abort()
  }

  function whenVisible(): void {
    if (hiding !== null) clearTimeout(hiding)
    hiding = null
    if (document.hidden) {
      hiding = setTimeout(() => {
        if (pending !== null) clearTimeout(pending)
        const held = abort
        abort = null
        held?.abort()
        setPhase('reconnecting')
      }, hiddenLimit)
    } else if (abort === null) retry()
  }

  function stop(): void {
    stopped = true
    for (const timer of [pending, aging, hiding]) if (timer !== null) clearTimeout(timer)
    abort?.abort()
    window.removeEventListener('online', retry)
    window.removeEventListener('offline', whenOffline)
    document.removeEventListener('visibilitychange', whenVisible)
  }

  window.addEventListener('online', retry)
  window.addEventListener('offline', whenOffline)
  document.addEventListener('visibilitychange', whenVisible)
  void connect()
  return {
    getLink: () => link,
    watchLink(watcher) {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    retry,
    stop,
  }
}

/** Fills a LineStore: all pages of the circle once, then every change; says how far it is and how live. */
import type { Line, LineList } from '#api/line.ts'
import type { LineGone, Outage } from '#api/status-stream.ts'
import { ApiFault, callApi } from './call-api.ts'
import type { StreamEvent } from './event-reader.ts'
import { type Follower, followStatus, type Link } from './follow-status.ts'
import { LineStore } from './line-store.ts'

export interface FeedState {
  readonly phase: 'loading' | 'ready' | 'fault'
  /** Lines of the circle as the server counts them; null before the first page. */
  readonly total: number | null
  readonly fault: ApiFault | null
  readonly outage: Outage | null
}

const pageSize = 1000
/** A renewal is no event, so one page of the list is fetched anew this often to keep "confirmed … ago" true. */
const refreshEvery = 30_000
const notYet: Link = { phase: 'connecting', liveUntil: null }

export class LineFeed {
  readonly store = new LineStore()
  readonly #circle: string
  readonly #onSignedOut: () => void
  readonly #watchers = new Set<() => void>()
  #state: FeedState = { phase: 'loading', total: null, fault: null, outage: null }
  #follower: Follower | null = null
  #asOf: string | null = null
  /** Where each page begins, for the refresh. */
  #cursors: string[] = ['']
  #nextRefresh = 0
  #round = 0
  readonly #refresh: ReturnType<typeof setInterval>

  constructor(circle: string, onSignedOut: () => void) {
    this.#circle = circle
    this.#onSignedOut = onSignedOut
    this.#refresh = setInterval(() => void this.#refreshOnePage(), refreshEvery)
    void this.#loadAll()
  }

  getState = (): FeedState => this.#state

  getLink = (): Link => this.#follower?.getLink() ?? notYet

  /** Told when the state or the link changes. */
  watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  reconnect = (): void => this.#follower?.retry()

  /** Loads the list again after a fault. */
  reload = (): void => {
    this.#set({ phase: this.store.size > 0 ? 'ready' : 'loading', fault: null })
    void this.#loadAll()
  }

  stop(): void {
    this.#round += 1
    clearInterval(this.#refresh)
    this.#follower?.stop()
  }

  #set(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change }
    this.#tell()
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher()
  }

  #page(cursor: string): Promise<LineList> {
    const query = new URLSearchParams({ limit: String(pageSize), sort: 'number' })
    if (cursor) query.set('cursor', cursor)
    return callApi<LineList>(`/api/circles/${encodeURIComponent(this.#circle)}/lines?${query}`)
  }

  async #loadAll(): Promise<void> {
    this.#round += 1
    const round = this.#round
    const seen = new Set<string>()
    const cursors: string[] = []
    let cursor: string | null = ''
    let first = ''
    try {
      while (cursor !== null) {
        const page: LineList = await this.#page(cursor)
        if (round !== this.#round) return
        cursors.push(cursor)
        first ||= page.asOf
        this.#asOf ??= page.asOf
        for (const line of page.items) seen.add(line.number)
        this.store.put(page.items, page.asOf, false)
        this.#set({ total: page.counts.lines })
        this.#follow()
        cursor = page.next
      }
    } catch (fault) {
      if (round !== this.#round) return
      if (fault instanceof ApiFault && fault.status === 401) return this.#onSignedOut()
      this.#set({ phase: 'fault', fault: fault instanceof ApiFault ? fault : new ApiFault(0, 'internal', null) })
      return
    }
    this.store.keepOnly(seen, first)
    this.#cursors = cursors
    this.#set({ phase: 'ready', fault: null })
  }

  /** From the first page on, so that nothing that changes while the others are read is missed. */
  #follow(): void {
    if (this.#follower) return
    this.#follower = followStatus({
      circle: this.#circle,
      after: () => this.#asOf,
      onEvent: (event) => this.#take(event),
      onSignedOut: this.#onSignedOut,
    })
    this.#follower.watchLink(() => this.#tell())
    this.#tell()
  }

  #take(event: StreamEvent): void {
    switch (event.name) {
      case 'line':
        this.store.put([JSON.parse(event.data) as Line], event.id, true)
        break
      case 'gone':
        this.store.remove((JSON.parse(event.data) as LineGone).number, event.id)
        break
      case 'outage':
        this.#set({ outage: JSON.parse(event.data) as Outage })
        break
      case 'reset':
        void this.#loadAll()
        break
    }
  }

  async #refreshOnePage(): Promise<void> {
    if (document.hidden || this.#state.phase !== 'ready' || this.getLink().phase !== 'live') return
    const cursor = this.#cursors[this.#nextRefresh % this.#cursors.length]
    this.#nextRefresh += 1
    if (cursor === undefined) return
    const page = await this.#page(cursor).catch(() => null)
    if (page) this.store.put(page.items, page.asOf, false)
  }
}

const feeds = new Map<string, { feed: LineFeed; users: number; ending: ReturnType<typeof setTimeout> | null }>()
/** A list that was left stays alive this long, so that "back" shows it at once. */
const lingering = 120_000

/** The feed of a circle, shared by all who show it; give it back with `leaveFeed`. */
export function joinFeed(circle: string, onSignedOut: () => void): LineFeed {
  const held = feeds.get(circle) ?? { feed: new LineFeed(circle, onSignedOut), users: 0, ending: null }
  if (held.ending !== null) clearTimeout(held.ending)
  held.ending = null
  held.users += 1
  feeds.set(circle, held)
  return held.feed
}

export function leaveFeed(circle: string): void {
  const held = feeds.get(circle)
  if (!held) return
  held.users -= 1
  if (held.users > 0) return
  held.ending = setTimeout(() => endFeed(circle), lingering)
}

function endFeed(circle: string): void {
  feeds.get(circle)?.feed.stop()
  feeds.delete(circle)
}

/** At sign-out nothing of the customer stays in memory. */
export function endAllFeeds(): void {
  for (const circle of [...feeds.keys()]) endFeed(circle)
}

/** React's view of the store: every row watches its own line, every time its own words. */
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { useTranslation } from 'react-i18next'
import { serverNow, watchTick } from './clock.ts'
import type { Link } from './follow-status.ts'
import { type FeedState, joinFeed, type LineFeed, leaveFeed } from './line-feed.ts'
import type { Entry, LineStore, Tally } from './line-store.ts'
import { getMarks, type Marks, watchMarks } from './preferences.ts'
import type { Say } from './spoken-time.ts'

/** The shared feed of a circle while the component is shown; null in the first moment. */
export function useLineFeed(circle: string, onSignedOut: () => void): LineFeed | null {
  const [feed, setFeed] = useState<LineFeed | null>(null)
  useEffect(() => {
    setFeed(joinFeed(circle, onSignedOut))
    return () => leaveFeed(circle)
  }, [circle, onSignedOut])
  return feed
}

export function useFeedState(feed: LineFeed): FeedState {
  return useSyncExternalStore(feed.watch, feed.getState)
}

export function useLink(feed: LineFeed): Link {
  return useSyncExternalStore(feed.watch, feed.getLink)
}

export function useList(store: LineStore): readonly string[] {
  return useSyncExternalStore(
    useCallback((watcher: () => void) => store.watchList(watcher), [store]),
    () => store.getList(),
  )
}

export function useTally(store: LineStore): Tally {
  return useSyncExternalStore(
    useCallback((watcher: () => void) => store.watchTally(watcher), [store]),
    () => store.getTally(),
  )
}

export function useEntry(store: LineStore, number: string): Entry | undefined {
  return useSyncExternalStore(
    useCallback((watcher: () => void) => store.watchLine(number, watcher), [store, number]),
    () => store.getEntry(number),
  )
}

/** Text that depends on the time: made anew each second, drawn anew only when it differs. */
export function useTickingText(make: (now: number, language: string, t: Say) => string): string {
  const { t, i18n } = useTranslation()
  return useSyncExternalStore(watchTick, () => make(serverNow(), i18n.language, t))
}

export function useMarks(): Marks {
  return useSyncExternalStore(watchMarks, getMarks)
}

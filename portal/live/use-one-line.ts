/** One line, live: what the line's own page stands on. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { Line, LineWithDetail } from '#api/line.ts'
import { type Follower, followStatus, type Link } from './follow-status.ts'
import { LineStore } from './line-store.ts'
import { lineQuery } from './queries.ts'

const notYet: Link = { phase: 'connecting', liveUntil: null }
const watchNothing = () => () => {}

/** Follows the line from its first answer on; each of its changes also fetches its detail anew. */
export function useOneLine(line: LineWithDetail, onSignedOut: () => void): { store: LineStore; link: Link; reconnect: () => void } {
  const client = useQueryClient()
  const { number, circle } = line
  const store = useMemo(() => new LineStore(), [])
  const [follower, setFollower] = useState<Follower | null>(null)
  useEffect(() => store.put([line], store.getEntry(line.number)?.place ?? '', false), [store, line])
  useEffect(() => {
    const following = followStatus({
      circle,
      after: () => null,
      onEvent(event) {
        if (event.name === 'line') {
          const changed = JSON.parse(event.data) as Line
          if (changed.number !== number) return
          store.put([changed], event.id, true)
        } else if (event.name !== 'reset') return
        void client.invalidateQueries(lineQuery(number))
      },
      onSignedOut,
    })
    setFollower(following)
    const unwatch = following.watchLink(() => {
      if (following.getLink().phase === 'live') void client.invalidateQueries(lineQuery(number))
    })
    return () => {
      unwatch()
      following.stop()
    }
  }, [circle, number, client, store, onSignedOut])
  const link = useSyncExternalStore(follower ? follower.watchLink : watchNothing, () => follower?.getLink() ?? notYet)
  return { store, link, reconnect: () => follower?.retry() }
}

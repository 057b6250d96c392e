/** The list on a telephone: a card a line, the story opening inside its own card. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { LineStore } from '../../live/line-store.ts'
import { useEntry, useList, useTickingText } from '../../live/use-lines.ts'
import { howKnown } from '../sign/how-known.ts'
import { SignLabel } from '../sign/sign-label.tsx'
import { LineStory } from '../story/line-story.tsx'

const markedFor = 2000

interface LineCardsProps {
  store: LineStore
  oldSince: number | null
  opened: string | null
  onOpen: (number: string | null) => void
}

export function LineCards({ store, oldSince, opened, onOpen }: LineCardsProps) {
  const { t } = useTranslation()
  const list = useList(store)
  const top = useRef<HTMLUListElement>(null)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => setMargin(top.current?.offsetTop ?? 0), [])
  const virtual = useWindowVirtualizer({
    count: list.length,
    estimateSize: () => 84,
    overscan: 6,
    scrollMargin: margin,
    getItemKey: (index) => list[index] ?? index,
  })
  // Once, where the page was opened with a line: its card may be far below what is drawn.
  const sought = useRef(opened)
  const at = sought.current === null ? -1 : list.indexOf(sought.current)
  const { scrollToIndex } = virtual
  useEffect(() => {
    if (at < 0) return
    sought.current = null
    scrollToIndex(at, { align: 'start' })
  }, [at, scrollToIndex])
  return (
    <ul
      ref={top}
      className="cards"
      aria-label={t('lines.table')}
      style={{ height: virtual.getTotalSize() }}
      data-old={oldSince !== null || undefined}
    >
      {virtual.getVirtualItems().map((item) => {
        const number = list[item.index]
        if (number === undefined) return null
        return (
          <li
            key={number}
            ref={virtual.measureElement}
            data-index={item.index}
            aria-setsize={list.length}
            aria-posinset={item.index + 1}
            style={{ transform: `translateY(${item.start - margin}px)` }}
          >
            <LineCard store={store} number={number} oldSince={oldSince} opened={number === opened} onOpen={onOpen} />
          </li>
        )
      })}
    </ul>
  )
}

interface LineCardProps {
  store: LineStore
  number: string
  oldSince: number | null
  opened: boolean
  onOpen: (number: string | null) => void
}

const LineCard = memo(function LineCard({ store, number, oldSince, opened, onOpen }: LineCardProps) {
  const { t } = useTranslation()
  const storyId = useId()
  const entry = useEntry(store, number)
  const line = entry?.line
  const asking = entry?.asking ?? false
  const how = useTickingText((now, language, say) => (line ? howKnown(line, asking, { now, language, t: say, oldSince }) : ''))
  if (!line) return null
  const extension = line.inbound.extension || line.outbound.extension
  return (
    <article className="card" data-line={line.number} data-opened={opened || undefined}>
      {entry.changedAt > 0 && Date.now() - entry.changedAt < markedFor && (
        <span key={entry.changedAt} className="row-mark" aria-hidden="true" />
      )}
      <button
        type="button"
        className="card-button sign-button"
        aria-expanded={opened}
        aria-controls={opened ? storyId : undefined}
        onClick={() => onOpen(opened ? null : number)}
      >
        <SignLabel line={line} asking={asking} />
        <span className="card-words">
          <span className="card-name">
            {extension !== '' && <span className="number">{extension}</span>} {line.name || t(`type.${line.type}`)}
          </span>
          <span className="how">{how}</span>
          <span className="card-number">
            {line.number}
            {line.department !== '' && ` · ${line.department}`}
          </span>
        </span>
        <span className="card-arrow" aria-hidden="true">
          ›
        </span>
      </button>
      {opened && (
        <section id={storyId} className="card-story" aria-labelledby={`${storyId}-title`}>
          <LineStory store={store} number={number} titleId={`${storyId}-title`} />
        </section>
      )}
    </article>
  )
})

/** The list as a table: only the rows in sight are drawn; arrows walk over the signs, Enter opens one, Esc comes back. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Sort, SortField } from '../../live/arrange-lines.ts'
import type { LineStore } from '../../live/line-store.ts'
import { useList } from '../../live/use-lines.ts'
import { SignPopup } from '../story/sign-popup.tsx'
import { columnsOf, tracksOf } from './columns.ts'
import { LineRow } from './line-row.tsx'
import { LineTableHead } from './line-table-head.tsx'

const rowHeight = 42
/** The order is held for this long after the pointer last moved over the rows. */
const pointerHold = 2500

interface LineTableProps {
  store: LineStore
  sort: Sort
  withPickupGroup: boolean
  oldSince: number | null
  opened: string | null
  onOpen: (number: string | null) => void
  onSort: (field: SortField) => void
  onHelp: () => void
}

export function LineTable({ store, sort, withPickupGroup, oldSince, opened, onOpen, onSort, onHelp }: LineTableProps) {
  const { t } = useTranslation()
  const list = useList(store)
  const scroller = useRef<HTMLDivElement>(null)
  const [current, setCurrent] = useState(0)
  const columns = useMemo(() => columnsOf(withPickupGroup), [withPickupGroup])
  const tracks = useMemo(() => tracksOf(columns), [columns])
  const virtual = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollPaddingStart: 8,
    scrollPaddingEnd: 64,
    getItemKey: useCallback((index: number) => list[index] ?? index, [list]),
  })
  const { scrollToIndex } = virtual
  const pointer = usePointerHold(store, opened !== null)

  const focusSign = useCallback(
    (index: number) => {
      setCurrent(index)
      scrollToIndex(index)
      requestAnimationFrame(() => {
        const row = scroller.current?.querySelector(`[aria-rowindex="${index + 2}"] .sign-button`)
        if (row instanceof HTMLElement) row.focus({ preventScroll: true })
      })
    },
    [scrollToIndex],
  )

  const onKey = useCallback(
    (event: KeyboardEvent, index: number) => {
      const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: list.length - 1, PageDown: index + 12, PageUp: index - 12 }[
        event.key
      ]
      if (next === undefined) return
      event.preventDefault()
      focusSign(Math.max(0, Math.min(list.length - 1, next)))
    },
    [focusSign, list.length],
  )

  const onOpenRow = useCallback(
    (number: string) => {
      setCurrent(Math.max(0, list.indexOf(number)))
      onOpen(number)
    },
    [list, onOpen],
  )

  const at = opened === null ? -1 : list.indexOf(opened)
  useEffect(() => {
    if (at >= 0) scrollToIndex(at)
  }, [at, scrollToIndex])

  const findRow = useCallback(() => scroller.current?.querySelector<HTMLElement>(`[data-line="${opened}"]`) ?? null, [opened])
  const close = useCallback(
    (byKey: boolean) => {
      onOpen(null)
      if (byKey && at >= 0) focusSign(at)
    },
    [onOpen, at, focusSign],
  )

  const tabStop = Math.min(current, list.length - 1)
  return (
    <div className="table-scroller" ref={scroller} data-old={oldSince !== null || undefined} {...pointer}>
      {/* biome-ignore lint/a11y/useSemanticElements: a virtualised table places its rows by itself */}
      <div role="table" className="table" aria-label={t('lines.table')} aria-rowcount={list.length + 1} aria-colcount={columns.length}>
        <LineTableHead columns={columns} tracks={tracks} sort={sort} onSort={onSort} onHelp={onHelp} />
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div role="rowgroup" className="table-body" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const number = list[item.index]
            if (number === undefined) return null
            return (
              <LineRow
                key={number}
                store={store}
                number={number}
                index={item.index}
                top={item.start}
                columns={columns}
                tracks={tracks}
                current={item.index === tabStop}
                opened={number === opened}
                oldSince={oldSince}
                onOpen={onOpenRow}
                onKey={onKey}
              />
            )
          })}
        </div>
      </div>
      {opened !== null && at >= 0 && <SignPopup key={opened} store={store} number={opened} findRow={findRow} onClose={close} />}
    </div>
  )
}

/** Holds the order of the list while a popup is open or the pointer moves over the rows. */
function usePointerHold(store: LineStore, opened: boolean) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  const release = useCallback(() => {
    if (timer.current !== null) clearTimeout(timer.current)
    timer.current = null
    store.hold(opened)
  }, [store, opened])
  useEffect(() => {
    release()
    return () => store.hold(false)
  }, [release, store])
  const onPointerMove = useCallback(() => {
    if (timer.current !== null) clearTimeout(timer.current)
    else store.hold(true)
    timer.current = setTimeout(release, pointerHold)
  }, [store, release])
  return { onPointerMove, onPointerLeave: release }
}

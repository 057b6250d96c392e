/** The popup of a sign: beside its row, never over it; Esc, a click elsewhere or the cross close it. */
import { CloseButton } from '@mantine/core'
import { useCallback, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { useTranslation } from 'react-i18next'
import type { LineStore } from '../../live/line-store.ts'
import { useEntry } from '../../live/use-lines.ts'
import { lineCalled } from '../sign/how-known.ts'
import { LineStory } from './line-story.tsx'
import { type Placing, placePopup } from './place-popup.ts'

interface SignPopupProps {
  store: LineStore
  number: string
  /** The row as drawn now; null while it is scrolled out of the drawn part. */
  findRow: () => HTMLElement | null
  onClose: (byKey: boolean) => void
}

export function SignPopup({ store, number, findRow, onClose }: SignPopupProps) {
  const { t } = useTranslation()
  const titleId = useId()
  const popup = useRef<HTMLDivElement>(null)
  const [placing, setPlacing] = useState<Placing | null>(null)
  const line = useEntry(store, number)?.line
  const place = useCallback(() => {
    const row = findRow()
    const shown = popup.current
    if (!row || !shown) return
    const box = row.getBoundingClientRect()
    const start = row.querySelector('.sign-button')?.getBoundingClientRect().left ?? box.left
    const next = placePopup(
      box,
      start,
      { width: shown.offsetWidth, height: shown.scrollHeight + 2 },
      { width: window.innerWidth, height: window.innerHeight },
    )
    setPlacing((held) => (held && held.left === next.left && held.top === next.top && held.maxHeight === next.maxHeight ? held : next))
  }, [findRow])

  useLayoutEffect(() => {
    place()
    const watcher = new ResizeObserver(place)
    for (const child of popup.current?.children ?? []) watcher.observe(child)
    window.addEventListener('resize', place)
    window.addEventListener('scroll', place, true)
    return () => {
      watcher.disconnect()
      window.removeEventListener('resize', place)
      window.removeEventListener('scroll', place, true)
    }
  }, [place])

  // Not before it has its place: what is hidden takes no focus.
  const placed = placing !== null
  useEffect(() => {
    if (placed) popup.current?.focus({ preventScroll: true })
  }, [placed])

  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key === 'Escape') onClose(true)
    }
    function onPointer(event: PointerEvent): void {
      const target = event.target as Element
      if (!popup.current?.contains(target) && !target.closest('.sign-button')) onClose(false)
    }
    document.addEventListener('keydown', onKey)
    document.addEventListener('pointerdown', onPointer)
    return () => {
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('pointerdown', onPointer)
    }
  }, [onClose])

  if (!line) return null
  return createPortal(
    <div
      ref={popup}
      className="popup"
      role="dialog"
      aria-labelledby={titleId}
      tabIndex={-1}
      style={placing ? { left: placing.left, top: placing.top, maxHeight: placing.maxHeight } : { visibility: 'hidden' }}
    >
      <div className="popup-inside">
        <p className="popup-line">{lineCalled(line)}</p>
        <CloseButton className="popup-close" aria-label={t('story.close')} onClick={() => onClose(true)} />
        <LineStory store={store} number={number} titleId={titleId} />
      </div>
    </div>,
    document.body,
  )
}

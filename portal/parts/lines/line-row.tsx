/** One row of the list. It watches its own line only, so a sign that turns redraws one row. */
import { Link } from '@tanstack/react-router'
import { type KeyboardEvent, memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Line } from '#api/line.ts'
import type { LineStore } from '../../live/line-store.ts'
import { useEntry, useTickingText } from '../../live/use-lines.ts'
import { howKnown, lineCalled } from '../sign/how-known.ts'
import { SignLabel } from '../sign/sign-label.tsx'
import { signWord } from '../sign/sign-look.ts'
import type { Column, ColumnId } from './columns.ts'

const markedFor = 2000

interface LineRowProps {
  store: LineStore
  number: string
  /** Place in the list, from 0. */
  index: number
  top: number
  columns: readonly Column[]
  tracks: string
  current: boolean
  opened: boolean
  oldSince: number | null
  onOpen: (number: string) => void
  onKey: (event: KeyboardEvent, index: number) => void
}

export const LineRow = memo(function LineRow(props: LineRowProps) {
  const entry = useEntry(props.store, props.number)
  if (!entry) return null
  const { line, changedAt } = entry
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtualised table places its rows by itself
    // biome-ignore lint/a11y/useFocusableInteractive: the sign and the link in the row take the focus
    <div
      role="row"
      className="row"
      aria-rowindex={props.index + 2}
      data-line={line.number}
      data-opened={props.opened || undefined}
      style={{ transform: `translateY(${props.top}px)`, gridTemplateColumns: props.tracks }}
    >
      {changedAt > 0 && Date.now() - changedAt < markedFor && <span key={changedAt} className="row-mark" aria-hidden="true" />}
      {props.columns.map((column) => (
        // biome-ignore lint/a11y/useSemanticElements: see the row
        <div key={column.id} role="cell" className={`cell cell-${column.id}`}>
          {column.id === 'sign' ? <SignCell {...props} line={line} asking={entry.asking} /> : cellOf(column.id, line, props.current)}
        </div>
      ))}
    </div>
  )
})

function SignCell({ line, asking, ...props }: LineRowProps & { line: Line; asking: boolean }) {
  const { t } = useTranslation()
  const how = useTickingText((now, language, say) => howKnown(line, asking, { now, language, t: say, oldSince: props.oldSince }))
  return (
    <>
      <button
        type="button"
        className="sign-button"
        tabIndex={props.current ? 0 : -1}
        aria-haspopup="dialog"
        aria-expanded={props.opened}
        aria-label={t('sign.open', { line: lineCalled(line), sign: signWord(line, asking, t), how })}
        onClick={() => props.onOpen(line.number)}
        onKeyDown={(event) => props.onKey(event, props.index)}
      >
        <SignLabel line={line} asking={asking} />
      </button>
      <span className="how" title={how}>
        {how}
      </span>
    </>
  )
}

function cellOf(id: Exclude<ColumnId, 'sign'>, line: Line, current: boolean) {
  switch (id) {
    case 'detail':
      return <DetailLink number={line.number} current={current} />
    case 'number':
      return <span className="number">{line.number}</span>
    case 'type':
      return <TypeWord type={line.type} />
    case 'name':
      return clipped(line.name)
    case 'department':
      return clipped(line.department)
    case 'pickupGroup':
      return clipped(line.pickupGroup)
    case 'inExtension':
      return line.inbound.extension
    case 'inNumber':
      return clipped(line.inbound.number)
    case 'inKind':
      return clipped(line.inbound.kind)
    case 'outExtension':
      return line.outbound.extension
    case 'outNumber':
      return clipped(line.outbound.number)
    case 'outKind':
      return clipped(line.outbound.kind)
    case 'note':
      return clipped(line.note)
  }
}

function clipped(text: string) {
  return text === '' ? null : <span title={text}>{text}</span>
}

function DetailLink({ number, current }: { number: string; current: boolean }) {
  const { t } = useTranslation()
  return (
    <Link
      to="/lines/$number"
      params={{ number }}
      className="detail-link"
      tabIndex={current ? 0 : -1}
      aria-label={t('lines.detailOf', { number })}
    >
      {t('lines.detail')}
    </Link>
  )
}

function TypeWord({ type }: { type: Line['type'] }) {
  const { t } = useTranslation()
  return clipped(t(`type.${type}`))
}

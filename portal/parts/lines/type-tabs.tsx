/** The manual's tabs above the list: all, and each type of line that the circle has. */
import { useTranslation } from 'react-i18next'
import type { LineTypeName } from '#api/line.ts'
import { typesInOrder } from '../../live/arrange-lines.ts'
import type { Tally } from '../../live/line-store.ts'

interface TypeTabsProps {
  tally: Tally
  chosen: LineTypeName | null
  onChoose: (type: LineTypeName | null) => void
}

export function TypeTabs({ tally, chosen, onChoose }: TypeTabsProps) {
  const { t } = useTranslation()
  const types = typesInOrder.filter((type) => (tally.types[type] ?? 0) > 0 || type === chosen)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form
    <div className="tabs" role="group" aria-label={t('lines.tabs')}>
      <Tab words={t('lines.all')} count={tally.counts.lines} chosen={chosen === null} onClick={() => onChoose(null)} />
      {types.map((type) => (
        <Tab key={type} words={t(`type.${type}`)} count={tally.types[type] ?? 0} chosen={chosen === type} onClick={() => onChoose(type)} />
      ))}
    </div>
  )
}

/** A tab that filters what stands below it. */
export function Tab({ words, count, chosen, onClick }: { words: string; count: number; chosen: boolean; onClick: () => void }) {
  return (
    <button type="button" className="tab" aria-pressed={chosen} onClick={onClick}>
      {words} <span className="tab-count">{count.toLocaleString()}</span>
    </button>
  )
}

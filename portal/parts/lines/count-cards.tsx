/** The four counts above the list; each is a filter. */
import { useTranslation } from 'react-i18next'
import type { Counts } from '#api/line.ts'
import { type SignFilter, signFilters } from '../../live/arrange-lines.ts'

function countOf(counts: Counts, filter: SignFilter): number {
  switch (filter) {
    case 'registered':
      return counts.registered
    case 'unregistered':
      return counts.unregistered
    case 'unknown':
      return counts.unknown
    case 'not-needed':
      return counts.notNeeded
  }
}

interface CountCardsProps {
  counts: Counts | null
  chosen: SignFilter | null
  onChoose: (filter: SignFilter | null) => void
}

export function CountCards({ counts, chosen, onChoose }: CountCardsProps) {
  const { t } = useTranslation()
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form
    <div className="count-cards" role="group" aria-label={t('lines.cards')}>
      {signFilters.map((filter) => {
        const count = counts === null ? null : countOf(counts, filter)
        return (
          <button
            key={filter}
            type="button"
            className="count-card"
            data-filter={filter}
            data-some={(count ?? 0) > 0 || undefined}
            aria-pressed={chosen === filter}
            onClick={() => onChoose(chosen === filter ? null : filter)}
          >
            <b>{count === null ? '–' : count.toLocaleString()}</b>
            <span>{t(`sign.${filter}`)}</span>
          </button>
        )
      })}
    </div>
  )
}

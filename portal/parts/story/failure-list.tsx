/** The last failed sign-ins of a line, newest first. */
import { useTranslation } from 'react-i18next'
import type { Failure } from '#api/line.ts'
import { agoAndExact } from '../../live/spoken-time.ts'
import { useTickingText } from '../../live/use-lines.ts'
import { causeWordsOf } from '../../words/words.ts'

function FailureRow({ failure }: { failure: Failure }) {
  const { t, i18n } = useTranslation()
  const when = useTickingText((now, language, say) => agoAndExact(failure.at, now, language, say))
  return (
    <li>
      <p>
        <strong>{causeWordsOf(i18n.language, failure.cause)?.title ?? failure.cause}</strong>
        <span className="soft">
          {when} · {t('times', { count: failure.count })}
        </span>
      </p>
      <p className="soft">
        <span className="mono">{failure.username}</span> · {failure.userAgent || t('story.unknownPhone')} ·{' '}
        <span className="mono">{failure.from}</span>
      </p>
    </li>
  )
}

export function FailureList({ failures, most }: { failures: readonly Failure[]; most: number }) {
  const { t } = useTranslation()
  if (failures.length === 0) return <p className="soft">{t('story.noFailures')}</p>
  const newest = [...failures].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, most)
  return (
    <ul className="failures">
      {newest.map((failure) => (
        <FailureRow key={`${failure.at} ${failure.from} ${failure.username} ${failure.cause}`} failure={failure} />
      ))}
    </ul>
  )
}

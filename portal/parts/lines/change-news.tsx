/** Tells a screen reader politely which signs turned. */
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { gatherNews } from '../../live/announce.ts'
import { serverNow } from '../../live/clock.ts'
import type { LineStore } from '../../live/line-store.ts'
import { howKnown, lineCalled } from '../sign/how-known.ts'
import { signWord } from '../sign/sign-look.ts'

export function ChangeNews({ store }: { store: LineStore }) {
  const { t, i18n } = useTranslation()
  const [said, setSaid] = useState('')
  useEffect(() => {
    const gathered = gatherNews((news) => {
      if ('count' in news) return setSaid(t('row.manyChanged', { count: news.count }))
      const knowing = { now: serverNow(), language: i18n.language, t, oldSince: null }
      const sentences = news.lines.map((line) =>
        t('row.changed', { line: lineCalled(line), sign: signWord(line, false, t), how: howKnown(line, false, knowing) }),
      )
      setSaid(sentences.join(' '))
    })
    const unwatch = store.watchChanges(gathered.add)
    return () => {
      unwatch()
      gathered.stop()
    }
  }, [store, t, i18n])
  return (
    <div className="visually-hidden" aria-live="polite" data-news>
      {said}
    </div>
  )
}

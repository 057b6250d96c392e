/** The grey words beside a sign: how it is known, or why it is ✕. */
import type { Line } from '#api/line.ts'
import { ago, exact, type Say } from '../../live/spoken-time.ts'
import { causeWordsOf } from '../../words/words.ts'
import { signShape } from './sign-look.ts'

export interface Knowing {
  now: number
  language: string
  t: Say
  /** Epoch ms since when nothing new has come from the server; null while live. */
  oldSince: number | null
}

export function howKnown(line: Line, asking: boolean, knowing: Knowing): string {
  const { now, language, t } = knowing
  const why = line.cause ? causeWordsOf(language, line.cause.code)?.title : undefined
  const shape = signShape(line, asking)
  const time = line.knownAt ?? line.since
  if (knowing.oldSince !== null && shape !== 'not-needed' && shape !== 'ask' && shape !== 'asking') {
    return t('row.asOf', { time: exact(new Date(knowing.oldSince).toISOString(), now, language) })
  }
  switch (shape) {
    case 'registered':
      return time === null ? t('state.registered') : t('row.confirmed', { ago: ago(time, now, t) })
    case 'doubt':
      return doubtWords(line, knowing) ?? why ?? t(`state.${line.state}`)
    case 'unregistered':
      return why ?? (line.state === 'failing' ? t('row.noReason') : t(`state.${line.state}`))
    case 'ask':
      return line.knownAt === null ? t('row.clickToCheck') : t('row.lastAnswer', { ago: ago(line.knownAt, now, t) })
    case 'asking':
      return ''
    case 'no-data':
      return (
        why ??
        (line.lastKnown ? t('row.wasThen', { time: exact(line.lastKnown.at, now, language), sign: t(`sign.${line.lastKnown.sign}`) }) : '')
      )
    case 'not-needed':
      return t('row.notNeeded')
  }
}

/** The sign's word names the doubt already; beside it stands how often, or since when. */
function doubtWords(line: Line, { now, language, t }: Knowing): string | null {
  if (line.state === 'unstable' && line.cause !== null && line.cause.count > 0) {
    return t('row.dropped', { count: line.cause.count })
  }
  const first = line.cause?.evidence.firstAt ?? line.since
  if (line.state === 'registered' || first === null) return null
  return t('row.since', { time: exact(first, now, language) })
}

/** How a line is called aloud and in titles: its name and number, or the number alone. */
export function lineCalled(line: Line): string {
  return line.name === '' ? line.number : `${line.name} ${line.number}`
}

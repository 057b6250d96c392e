/** The words of a story: title, what is known, the names compared, what to do, what it rests on. */
import { useTranslation } from 'react-i18next'
import type { Line } from '#api/line.ts'
import { useTickingText } from '../../live/use-lines.ts'
import { signTone } from '../sign/sign-look.ts'
import { NameCompare } from './name-compare.tsx'
import { type Story, tellStory } from './tell-story.ts'

/** The story as it is now; told anew each second, drawn anew only when its words change. */
export function useStory(line: Line, asking: boolean): Story {
  const text = useTickingText((now, language, say) => JSON.stringify(tellStory(line, asking, now, language, say)))
  return JSON.parse(text) as Story
}

export function StoryWords({ line, asking, titleId, level }: { line: Line; asking: boolean; titleId: string; level: 2 | 3 }) {
  const { t, i18n } = useTranslation()
  const story = useStory(line, asking)
  const evidence = asking ? undefined : line.cause?.evidence
  const compares = line.cause?.code === 'wrong-username' && evidence?.sent && evidence.expected
  const Heading = `h${level}` as const
  return (
    <>
      <Heading id={titleId} className={`story-title tone-${signTone(line, asking)}`}>
        {story.title}
      </Heading>
      <p className="story-known">{story.known.join(i18n.language === 'en' ? ' ' : '')}</p>
      {compares && evidence?.sent && evidence.expected && <NameCompare sent={evidence.sent} right={evidence.expected} />}
      {evidence && (evidence.userAgent || evidence.from) && (
        <dl className="facts story-source">
          {evidence.userAgent && (
            <>
              <dt>{t('story.phone')}</dt>
              <dd>{evidence.userAgent}</dd>
            </>
          )}
          {evidence.from && (
            <>
              <dt>{t('story.from')}</dt>
              <dd className="mono">{evidence.from}</dd>
            </>
          )}
        </dl>
      )}
      {story.do !== '' && (
        <p className="story-do">
          <span>{t('story.do')}</span>
          {story.do}
        </p>
      )}
    </>
  )
}

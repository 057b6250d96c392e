/** What a click on a sign tells: the story, the phones, the failures, and the next step as the first button. */
import { Button, Skeleton } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Line } from '#api/line.ts'
import type { LineStore } from '../../live/line-store.ts'
import { checkLine, lineQuery } from '../../live/queries.ts'
import { useEntry } from '../../live/use-lines.ts'
import { ContactList } from './contact-list.tsx'
import { FailureList } from './failure-list.tsx'
import { LiftButton } from './lift-button.tsx'
import { StoryWords, useStory } from './story-words.tsx'

/** Asks the login server for a line; a line whose sign is ? is asked by the click that opened it. */
function useCheck(store: LineStore, line: Line): { check: () => void; failed: boolean } {
  const client = useQueryClient()
  const [failed, setFailed] = useState(false)
  const { number } = line
  const check = useCallback(() => {
    setFailed(false)
    store.setAsking(number, true)
    checkLine(number)
      .then((answer) => {
        client.setQueryData(lineQuery(number).queryKey, answer)
        store.takeAnswer(answer)
      })
      .catch(() => setFailed(true))
      .finally(() => store.setAsking(number, false))
  }, [client, store, number])
  const asked = useRef('')
  useEffect(() => {
    if (line.sign !== 'ask' || asked.current === number) return
    asked.current = number
    check()
  }, [line.sign, number, check])
  return { check, failed }
}

/** "Check now" for a line whose state has to be asked for; nothing for all others. */
export function CheckButton({ store, line, asking }: { store: LineStore; line: Line; asking: boolean }) {
  const { t } = useTranslation()
  const { check, failed } = useCheck(store, line)
  if (!isAsked(line)) return null
  return (
    <>
      <Button onClick={check} loading={asking}>
        {line.sign === 'ask' || line.sign === 'no-data' ? t('story.check') : t('story.checkAgain')}
      </Button>
      {failed && (
        <p role="alert" className="story-fault">
          {t('story.checkFailed')}
        </p>
      )}
    </>
  )
}

/** Lines of other login servers, and trunks. */
function isAsked(line: Line): boolean {
  return line.sign !== 'not-needed' && (line.sign === 'ask' || line.loginServer !== 'main' || line.type === 'sip-trunk')
}

export function LineStory({ store, number, titleId }: { store: LineStore; number: string; titleId: string }) {
  const entry = useEntry(store, number)
  if (!entry) return null
  return <Told store={store} line={entry.line} asking={entry.asking} place={entry.place} titleId={titleId} />
}

function Told({ store, line, asking, place, titleId }: { store: LineStore; line: Line; asking: boolean; place: string; titleId: string }) {
  const { t } = useTranslation()
  const detail = useQuery(lineQuery(line.number))
  const story = useStory(line, asking)
  const { refetch } = detail
  const seen = useRef(place)
  useEffect(() => {
    if (seen.current === place) return
    seen.current = place
    void refetch()
  }, [place, refetch])
  const registers = line.sign !== 'not-needed'
  return (
    <>
      <StoryWords line={line} asking={asking} titleId={titleId} level={2} />
      <div className="story-actions">
        <CheckButton store={store} line={line} asking={asking} />
        <LiftButton line={line} />
        <Button
          variant={isAsked(line) ? 'default' : 'filled'}
          renderRoot={(props) => <Link to="/lines/$number" params={{ number: line.number }} {...props} />}
        >
          {line.sign === 'unregistered' ? t('story.settings') : t('story.details')}
        </Button>
      </div>
      {story.basis !== '' && <p className="story-basis">{t('basis.label', { text: story.basis })}</p>}
      {registers && !detail.data && !detail.isError && <Skeleton height={84} radius="md" />}
      {registers && detail.isError && !detail.data && <p className="soft">{t('story.detailFault')}</p>}
      {registers && detail.data && detail.data.detail.contacts.length > 0 && (
        <section className="story-part">
          <h3>{t('story.contacts')}</h3>
          <ContactList contacts={detail.data.detail.contacts} />
        </section>
      )}
      {registers && detail.data && detail.data.detail.failures.length > 0 && (
        <section className="story-part">
          <h3>{t('story.failures')}</h3>
          <FailureList failures={detail.data.detail.failures} most={3} />
        </section>
      )}
    </>
  )
}

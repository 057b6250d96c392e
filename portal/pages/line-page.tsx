/** One line: its sign now, what to set in the phone, its phones, its failures and everything the list says of it. */
import { Button, CopyButton, Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { type ReactNode, useEffect, useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { LineWithDetail } from '#api/line.ts'
import { aboutQuery, lineQuery, meQuery } from '../live/queries.ts'
import { ago, exact } from '../live/spoken-time.ts'
import { useEntry, useTickingText } from '../live/use-lines.ts'
import { useOneLine } from '../live/use-one-line.ts'
import { LinkNotice, oldSince } from '../parts/frame/link-notice.tsx'
import { FaultPanel } from '../parts/frame/page-states.tsx'
import { howKnown } from '../parts/sign/how-known.ts'
import { SignLabel } from '../parts/sign/sign-label.tsx'
import { ContactList } from '../parts/story/contact-list.tsx'
import { FailureList } from '../parts/story/failure-list.tsx'
import { LiftButton } from '../parts/story/lift-button.tsx'
import { CheckButton } from '../parts/story/line-story.tsx'
import { StoryWords, useStory } from '../parts/story/story-words.tsx'
import { useSignedOut } from './signed-out.ts'

export function LinePage() {
  const { number } = useParams({ from: '/in/lines/$number' })
  const line = useQuery(lineQuery(number))
  return (
    <div className="page line-page">
      {line.data ? (
        <OneLine key={number} line={line.data} />
      ) : line.isError ? (
        <FaultPanel fault={line.error} onRetry={() => void line.refetch()} />
      ) : (
        <>
          <Skeleton height={28} width={240} mb="lg" />
          <Skeleton height={180} radius="md" mb="md" />
          <Skeleton height={240} radius="md" />
        </>
      )}
    </div>
  )
}

function OneLine({ line }: { line: LineWithDetail }) {
  const { t } = useTranslation()
  const { store, link, reconnect } = useOneLine(line, useSignedOut())
  const me = useQuery(meQuery)
  const registers = line.sign !== 'not-needed'
  useEffect(() => {
    document.title = `${line.name} ${line.number} · Regista`.trim()
  }, [line])
  return (
    <>
      {me.data?.as !== 'line' && (
        <p className="back">
          <Link to="/circles/$circle" params={{ circle: line.circle }}>
            ‹ {t('line.toList', { circle: line.circle })}
          </Link>
        </p>
      )}
      <div className="page-title">
        <h1>
          <span className="number">{line.number}</span> {line.name}
        </h1>
        <p className="page-sub">
          <span>{t(`type.${line.type}`)}</span>
          <LinkNotice link={link} reconnect={reconnect} />
        </p>
      </div>
      <NowPanel store={store} line={line} old={oldSince(link)} />
      <div className="line-columns">
        {registers && <SettingsPanel line={line} />}
        <FactsPanel line={line} />
        {registers && (
          <Panel title={t('story.contacts')}>
            <ContactList contacts={line.detail.contacts} />
          </Panel>
        )}
        {registers && (
          <Panel title={t('story.failures')}>
            <FailureList failures={line.detail.failures} most={20} />
          </Panel>
        )}
      </div>
    </>
  )
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  )
}

/** The sign, large, as it is this moment: the page to keep open while setting up a phone. */
function NowPanel({
  store,
  line: loaded,
  old,
}: {
  store: ReturnType<typeof useOneLine>['store']
  line: LineWithDetail
  old: number | null
}) {
  const { t } = useTranslation()
  const titleId = useId()
  const entry = useEntry(store, loaded.number)
  const line = entry?.line ?? loaded
  const asking = entry?.asking ?? false
  const story = useStory(line, asking)
  const how = useTickingText((now, language, say) => {
    const words = howKnown(line, asking, { now, language, t: say, oldSince: old })
    if (old !== null || line.cause === null || line.since === null) return words
    return say('story.since', { relative: ago(line.since, now, say), exact: exact(line.since, now, language) })
  })
  return (
    <section className="panel now-panel" aria-labelledby={titleId} data-old={old !== null || undefined}>
      <div className="now-sign">
        <span aria-live="polite">
          <SignLabel line={line} asking={asking} />
        </span>
        <span className="how">{how}</span>
      </div>
      <StoryWords line={line} asking={asking} titleId={titleId} level={2} />
      {line.sign === 'unregistered' && old === null && (
        <p className="waiting">
          <span className="waiting-dot" aria-hidden="true" />
          {t('line.waiting')}
        </p>
      )}
      <CheckButton store={store} line={line} asking={asking} />
      <LiftButton line={line} />
      {story.basis !== '' && <p className="story-basis">{t('basis.label', { text: story.basis })}</p>}
    </section>
  )
}

function CopyRow({ name, value }: { name: string; value: string }) {
  const { t } = useTranslation()
  return (
    <>
      <dt>{name}</dt>
      <dd className="copy-row">
        <code>{value}</code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button size="compact-sm" variant="default" onClick={copy} aria-label={t('line.copy', { what: name })}>
              {copied ? t('line.copied') : t('line.copyShort')}
            </Button>
          )}
        </CopyButton>
      </dd>
    </>
  )
}

function SettingsPanel({ line }: { line: LineWithDetail }) {
  const { t } = useTranslation()
  const { domain, username } = line.detail
  const own = line.loginServer === 'main'
  const about = useQuery(aboutQuery).data
  return (
    <Panel title={t('line.settings')}>
      <p className="soft">{t('line.settingsNote')}</p>
      <dl className="facts wide">
        <CopyRow name={t('line.server')} value={own ? domain : line.loginServer} />
        <CopyRow name={t('line.domain')} value={domain} />
        <CopyRow name={t('line.username')} value={username} />
        <dt>{t('line.password')}</dt>
        <dd className="soft">{t('line.passwordNote')}</dd>
        {own && about !== undefined && (
          <>
            <dt>{t('line.transport')}</dt>
            <dd>UDP / TCP</dd>
            <CopyRow name={t('line.port')} value={String(about.sipPort)} />
          </>
        )}
      </dl>
    </Panel>
  )
}

function FactsPanel({ line }: { line: LineWithDetail }) {
  const { t } = useTranslation()
  const own = line.loginServer === 'main'
  const facts: [string, string][] = [
    [t('line.loginServer'), own ? t('line.ownServer', { domain: line.detail.domain || 'main' }) : line.loginServer],
    [t('line.circle'), line.circle],
    [t('lines.type'), t(`type.${line.type}`)],
    [t('lines.department'), line.department],
    [t('lines.pickupGroup'), line.pickupGroup],
    [t('lines.inbound'), [line.inbound.extension, line.inbound.number, line.inbound.kind].filter(Boolean).join(' · ')],
    [t('lines.outbound'), [line.outbound.extension, line.outbound.number, line.outbound.kind].filter(Boolean).join(' · ')],
    [t('lines.note'), line.note],
  ]
  return (
    <Panel title={t('line.facts')}>
      <dl className="facts wide">
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {line.cancelOn !== null && <p className="soft">{t('row.cancelOn', { date: line.cancelOn.replaceAll('-', '/') })}</p>}
    </Panel>
  )
}

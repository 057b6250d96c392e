/** The lines of one circle: counts, tabs, search and the list, live. */
import { Anchor, Button, CloseButton, TextInput } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { readSort, type SortField, writeSort } from '../live/arrange-lines.ts'
import { serverNow } from '../live/clock.ts'
import type { LineFeed } from '../live/line-feed.ts'
import { circlesQuery } from '../live/queries.ts'
import { exact } from '../live/spoken-time.ts'
import { useFeedState, useLineFeed, useLink, useList, useTally } from '../live/use-lines.ts'
import { LinkNotice, oldSince } from '../parts/frame/link-notice.tsx'
import { EmptyPanel, FaultPanel, LoadingRows } from '../parts/frame/page-states.tsx'
import { ChangeNews } from '../parts/lines/change-news.tsx'
import { CountCards } from '../parts/lines/count-cards.tsx'
import { LineCards } from '../parts/lines/line-cards.tsx'
import { LineTable } from '../parts/lines/line-table.tsx'
import { TypeTabs } from '../parts/lines/type-tabs.tsx'
import { SignsHelp } from '../parts/sign/signs-help.tsx'
import type { LineListSearch } from './search-params.ts'
import { useSignedOut } from './signed-out.ts'

export function LineListPage() {
  const { circle } = useParams({ from: '/in/circles/$circle' })
  const feed = useLineFeed(circle, useSignedOut())
  return <div className="page lines-page">{feed && <Lines key={circle} feed={feed} circle={circle} />}</div>
}

function Lines({ feed, circle }: { feed: LineFeed; circle: string }) {
  const { t, i18n } = useTranslation()
  const state = useFeedState(feed)
  const link = useLink(feed)
  const tally = useTally(feed.store)
  const circles = useQuery(circlesQuery)
  const search = useSearch({ from: '/in/circles/$circle' })
  const navigate = useNavigate({ from: '/circles/$circle' })
  const narrow = useMediaQuery('(max-width: 700px)', undefined, { getInitialValueInEffect: false })
  const [help, setHelp] = useState(false)
  const sort = (search.sort && readSort(search.sort)) || { field: narrow ? ('sign' as const) : ('number' as const), descending: false }
  const sortText = writeSort(sort)
  const { type = null, sign = null, q = '', open = null } = search
  const { store } = feed

  useLayoutEffect(() => {
    const read = readSort(sortText)
    if (read) store.arrange({ type, sign, query: q, sort: read })
  }, [store, type, sign, q, sortText])

  const own = circles.data?.items.find((each) => each.number === circle)
  useEffect(() => {
    document.title = `${own?.name ?? ''} ${circle} · Regista`.trim()
  }, [circle, own])

  const change = useCallback(
    (next: Partial<LineListSearch>, replace = true) => void navigate({ search: (held) => ({ ...held, ...next }), replace }),
    [navigate],
  )
  const onOpen = useCallback((number: string | null) => change({ open: number ?? undefined }, number === null), [change])
  const onSort = useCallback(
    (field: SortField) => {
      const held = readSort(sortText)
      change({ sort: writeSort({ field, descending: held?.field === field ? !held.descending : false }) })
    },
    [change, sortText],
  )
  const onHelp = useCallback(() => setHelp(true), [])
  const clear = () => change({ type: undefined, sign: undefined, q: undefined })
  const shown = useList(store).length
  const withPickupGroup = usePickupGroup(feed)
  const old = oldSince(link)
  const absent = state.phase === 'fault' && store.size === 0
  return (
    <>
      <div className="page-title">
        <h1>
          <span className="number">{circle}</span> {own?.name}
        </h1>
        <p className="page-sub">
          {state.phase === 'loading' && state.total !== null && state.total > store.size ? (
            <span>{t('lines.loadingMore', { loaded: store.size, total: state.total })}</span>
          ) : (
            state.total !== null && <span>{t('lines.total', { count: tally.counts.lines })}</span>
          )}
          {!absent && <LinkNotice link={link} reconnect={feed.reconnect} />}
        </p>
      </div>
      {state.outage && state.outage.to === null && (
        <p className="outage" role="status">
          {t('outage', { from: exact(state.outage.from, serverNow(), i18n.language) })}
        </p>
      )}
      {absent ? (
        <FaultPanel fault={state.fault} onRetry={feed.reload} />
      ) : (
        <>
          {state.phase === 'fault' && <FaultPanel fault={state.fault} onRetry={feed.reload} />}
          <div className="list-head">
            <CountCards
              counts={state.total === null ? null : tally.counts}
              chosen={sign}
              onChoose={(chosen) => change({ sign: chosen ?? undefined })}
            />
            <SearchField value={q} onChange={(text) => change({ q: text === '' ? undefined : text })} />
          </div>
          <TypeTabs tally={tally} chosen={type} onChoose={(chosen) => change({ type: chosen ?? undefined })} />
          <p className="visually-hidden" role="status">
            {(sign !== null || type !== null || q !== '') && t('lines.shown', { count: shown })}
          </p>
          {narrow && (
            <p className="cards-help">
              <Button variant="subtle" size="compact-sm" onClick={onHelp}>
                {t('lines.help')}
              </Button>
            </p>
          )}
          {state.total === null ? (
            <LoadingRows rows={8} height={42} />
          ) : narrow ? (
            <LineCards store={store} oldSince={old} opened={open} onOpen={onOpen} />
          ) : (
            <LineTable
              store={store}
              sort={sort}
              withPickupGroup={withPickupGroup}
              oldSince={old}
              opened={open}
              onOpen={onOpen}
              onSort={onSort}
              onHelp={onHelp}
            />
          )}
          {state.total !== null && shown === 0 && (
            <EmptyPanel
              action={
                store.size > 0 && (
                  <Anchor component="button" size="sm" onClick={clear}>
                    {t('lines.clear')}
                  </Anchor>
                )
              }
            >
              {t(store.size === 0 ? 'lines.empty' : 'lines.noneFits')}
            </EmptyPanel>
          )}
        </>
      )}
      <ChangeNews store={store} />
      <SignsHelp opened={help} onClose={() => setHelp(false)} />
    </>
  )
}

/** Whether a line of the circle is a trunk or signs in elsewhere; looked at when the number of lines changes. */
function usePickupGroup(feed: LineFeed): boolean {
  const size = useTally(feed.store).counts.lines
  const [withGroup, setWithGroup] = useState(false)
  useEffect(() => {
    if (size >= 0) setWithGroup(feed.store.some((line) => line.loginServer !== 'main' || line.type === 'sip-trunk'))
  }, [feed, size])
  return withGroup
}

/** Searches as one types; the address bar follows after a short pause. `/` comes here. */
function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const { t } = useTranslation()
  const [text, setText] = useState(value)
  const [told, setTold] = useState(value)
  const field = useRef<HTMLInputElement>(null)
  if (value !== told) {
    setTold(value)
    if (value !== text.trim()) setText(value)
  }
  useEffect(() => {
    if (text.trim() === value) return
    const timer = setTimeout(() => onChange(text.trim()), 120)
    return () => clearTimeout(timer)
  }, [text, value, onChange])
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement
      if (event.key !== '/' || inField || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
  return (
    <TextInput
      ref={field}
      className="search"
      type="search"
      aria-label={t('lines.search')}
      placeholder={t('lines.search')}
      aria-keyshortcuts="/"
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      rightSection={
        text === '' ? (
          <span className="key" aria-hidden="true">
            /
          </span>
        ) : (
          <CloseButton size="sm" aria-label={t('lines.searchClear')} onClick={() => setText('')} />
        )
      }
    />
  )
}

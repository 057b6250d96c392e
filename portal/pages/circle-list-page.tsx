/** The circles of an account, with the manual's columns and how many lines of each are connected now. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Circle, CircleList } from '#api/circle.ts'
import type { Counts } from '#api/line.ts'
import type { CircleCounts } from '#api/status-stream.ts'
import { type Follower, followStatus, type Link as StreamLink } from '../live/follow-status.ts'
import { circlesQuery } from '../live/queries.ts'
import { LinkNotice } from '../parts/frame/link-notice.tsx'
import { EmptyPanel, FaultPanel, LoadingRows } from '../parts/frame/page-states.tsx'
import { Tab } from '../parts/lines/type-tabs.tsx'
import { SignShape } from '../parts/sign/sign-shape.tsx'
import { arrangeCircles, type CircleSort, readCircleSort } from './arrange-circles.ts'
import { useSignedOut } from './signed-out.ts'

const states = ['in-use', 'cancelled', 'other'] as const

/** Counts of all circles as they change. */
function useLiveCounts(): { link: StreamLink; reconnect: () => void } {
  const client = useQueryClient()
  const signedOut = useSignedOut()
  const [link, setLink] = useState<StreamLink>({ phase: 'connecting', liveUntil: null })
  const [follower, setFollower] = useState<Follower | null>(null)
  useEffect(() => {
    const following = followStatus({
      circle: null,
      after: () => client.getQueryData(circlesQuery.queryKey)?.asOf ?? null,
      onEvent(event) {
        if (event.name === 'reset') return void client.invalidateQueries(circlesQuery)
        if (event.name !== 'counts') return
        const told = JSON.parse(event.data) as CircleCounts
        client.setQueryData(
          circlesQuery.queryKey,
          (held: CircleList | undefined) =>
            held && {
              ...held,
              items: held.items.map((circle) => (circle.number === told.circle ? { ...circle, counts: told.counts } : circle)),
            },
        )
      },
      onSignedOut: signedOut,
    })
    setFollower(following)
    const unwatch = following.watchLink(() => {
      setLink(following.getLink())
      if (following.getLink().phase === 'live') void client.invalidateQueries(circlesQuery)
    })
    return () => {
      unwatch()
      following.stop()
    }
  }, [client, signedOut])
  return { link, reconnect: () => follower?.retry() }
}

export function CircleListPage() {
  const { t } = useTranslation()
  const circles = useQuery(circlesQuery)
  const { link, reconnect } = useLiveCounts()
  const search = useSearch({ from: '/in/circles' })
  const navigate = useNavigate({ from: '/circles' })
  const sort = readCircleSort(search.sort)
  useEffect(() => {
    document.title = `${t('circles.title')} · Regista`
  }, [t])
  const items = circles.data?.items ?? []
  const shown = arrangeCircles(items, search.state ?? null, sort)
  const change = (next: Partial<typeof search>) => void navigate({ search: (held) => ({ ...held, ...next }), replace: true })
  return (
    <div className="page circles-page">
      <div className="page-title">
        <h1>{t('circles.title')}</h1>
        <LinkNotice link={link} reconnect={reconnect} />
      </div>
      {circles.isError && !circles.data ? (
        <FaultPanel fault={circles.error} onRetry={() => void circles.refetch()} />
      ) : (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for the fields of a form */}
          <div className="tabs" role="group" aria-label={t('circles.tabs')}>
            <Tab
              words={t('circles.all')}
              count={items.length}
              chosen={search.state === undefined}
              onClick={() => change({ state: undefined })}
            />
            {states.map((state) => (
              <Tab
                key={state}
                words={t(`circles.states.${state}`)}
                count={items.filter((circle) => circle.state === state).length}
                chosen={search.state === state}
                onClick={() => change({ state })}
              />
            ))}
          </div>
          {circles.data ? (
            <CircleTable circles={shown} sort={sort} onSort={(text) => change({ sort: text })} none={items.length === 0} />
          ) : (
            <LoadingRows rows={4} height={52} />
          )}
          {items.some((circle) => circle.administrator) && <p className="soft footnote">{t('circles.administratorNote')}</p>}
        </>
      )}
    </div>
  )
}

const columns = [
  { field: 'number', sortable: true },
  { field: 'lines', sortable: true },
  { field: 'name', sortable: true },
  { field: 'department', sortable: true },
  { field: 'person', sortable: true },
  { field: 'appliedOn', sortable: true },
  { field: 'state', sortable: false },
] as const

function CircleTable({
  circles,
  sort,
  onSort,
  none,
}: {
  circles: Circle[]
  sort: CircleSort
  onSort: (text: string) => void
  none: boolean
}) {
  const { t } = useTranslation()
  if (circles.length === 0) return <EmptyPanel>{t(none ? 'circles.empty' : 'circles.emptyTab')}</EmptyPanel>
  return (
    <table className="circle-table">
      <thead>
        <tr>
          <th scope="col">{t('circles.detail')}</th>
          {columns.map(({ field, sortable }) => {
            const sorted = sort.field === field
            return (
              <th key={field} scope="col" aria-sort={sorted ? (sort.descending ? 'descending' : 'ascending') : undefined}>
                {sortable ? (
                  <button type="button" className="sort-button" onClick={() => onSort(sorted && !sort.descending ? `-${field}` : field)}>
                    {t(`circles.${field}`)}
                    <span className="sort-arrows" aria-hidden="true">
                      <span data-on={(sorted && !sort.descending) || undefined}>▲</span>
                      <span data-on={(sorted && sort.descending) || undefined}>▼</span>
                    </span>
                  </button>
                ) : (
                  t(`circles.${field}`)
                )}
              </th>
            )
          })}
        </tr>
      </thead>
      <tbody>
        {circles.map((circle) => (
          <tr key={circle.number} data-circle={circle.number}>
            <td className="circle-detail">
              <Link
                to="/circles/$circle"
                params={{ circle: circle.number }}
                className="detail-link"
                aria-label={t('circles.detailOf', { number: circle.number })}
              >
                {t('circles.detail')}
              </Link>
            </td>
            <td className="circle-number">
              <Link to="/circles/$circle" params={{ circle: circle.number }} className="number">
                {circle.number}
              </Link>
              {circle.administrator && (
                <abbr title={t('circles.administrator')} aria-label={t('circles.administrator')}>
                  *
                </abbr>
              )}
            </td>
            <td className="circle-counts">
              <CircleCountsView number={circle.number} counts={circle.counts} />
            </td>
            <td data-label={t('circles.name')}>{circle.name}</td>
            <td data-label={t('circles.department')}>{circle.department}</td>
            <td data-label={t('circles.person')}>{circle.person}</td>
            <td data-label={t('circles.appliedOn')}>{circle.appliedOn.replaceAll('-', '/')}</td>
            <td data-label={t('circles.state')}>{t(`circles.states.${circle.state}`)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function CircleCountsView({ number, counts }: { number: string; counts: Counts }) {
  const { t } = useTranslation()
  return (
    <>
      <span className="visually-hidden">{t('circles.counts', { number, ...counts })}</span>
      <span className="count-signs" aria-hidden="true">
        <span className="sign tone-good" title={t('sign.registered')}>
          <SignShape shape="registered" /> {counts.registered.toLocaleString()}
        </span>
        <span className={counts.unregistered > 0 ? 'sign tone-bad' : 'sign tone-none'} title={t('sign.unregistered')}>
          <SignShape shape="unregistered" /> {counts.unregistered.toLocaleString()}
        </span>
        <span className={counts.unknown > 0 ? 'sign tone-accent' : 'sign tone-none'} title={t('sign.unknown')}>
          <SignShape shape="ask" /> {counts.unknown.toLocaleString()}
        </span>
      </span>
    </>
  )
}

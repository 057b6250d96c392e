/** The head of every page behind the sign-in, and the place for its content. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet, useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Me } from '#api/sign-in.ts'
import { callApi } from '../../live/call-api.ts'
import { endAllFeeds } from '../../live/line-feed.ts'
import { aboutQuery } from '../../live/queries.ts'
import { UserMenu } from './user-menu.tsx'

export function Brand() {
  return (
    <span className="brand" translate="no">
      Regista
      <svg viewBox="0 0 16 16" width="15" height="15" aria-hidden="true">
        <path d="M2.5 8.6l3.6 3.7 7.4-9" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </span>
  )
}

export function PageFrame({ me }: { me: Me }) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const about = useQuery(aboutQuery)
  const manyCircles = me.as === 'account' || me.as === 'operator'
  async function signOut(): Promise<void> {
    await callApi<undefined>('/api/sign-out', { method: 'POST' }).catch(() => undefined)
    endAllFeeds()
    client.clear()
    await navigate({ to: '/sign-in', search: {} })
  }
  return (
    <div className="frame">
      <a className="skip-link" href="#content">
        {t('frame.skip')}
      </a>
      <header className="frame-head">
        <Link to="/" className="brand-link" aria-label="Regista">
          <Brand />
        </Link>
        {manyCircles && (
          <nav>
            <Link to="/circles" className="nav-link" activeProps={{ 'aria-current': 'page' }}>
              {t('frame.circles')}
            </Link>
          </nav>
        )}
        <span className="spacer" />
        <UserMenu me={me} support={about.data?.support ?? ''} onSignOut={() => void signOut()} />
      </header>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  )
}

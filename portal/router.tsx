/** The pages and their addresses, and who may come to which. */
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { ApiFault } from './live/call-api.ts'
import { meQuery } from './live/queries.ts'
import { CircleListPage } from './pages/circle-list-page.tsx'
import { LineListPage } from './pages/line-list-page.tsx'
import { LinePage } from './pages/line-page.tsx'
import { parseSearch, readCircleListSearch, readLineListSearch, readSignInSearch, stringifySearch } from './pages/search-params.ts'
import { SignInPage } from './pages/sign-in-page.tsx'
import { Brand, PageFrame } from './parts/frame/page-frame.tsx'
import { FaultPanel, HomeButton } from './parts/frame/page-states.tsx'

const root = createRootRouteWithContext<{ client: QueryClient }>()({ component: Outlet, notFoundComponent: NoPage })

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignInPage, validateSearch: readSignInSearch })

/** Everything behind the sign-in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'in',
  component: Inside,
  errorComponent: ({ error }) => <FaultPanel fault={error} onRetry={() => window.location.reload()} />,
  async beforeLoad({ context, location }) {
    try {
      return { me: await context.client.ensureQueryData(meQuery) }
    } catch (fault) {
      if (!(fault instanceof ApiFault) || fault.status !== 401) throw fault
      throw redirect({ to: '/sign-in', search: location.pathname === '/' ? {} : { to: location.href } })
    }
  },
})

function Inside() {
  return <PageFrame me={inside.useRouteContext().me} />
}

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad({ context: { me } }) {
    if (me.line !== null) throw redirect({ to: '/lines/$number', params: { number: me.line }, replace: true })
    if (me.circle !== null) throw redirect({ to: '/circles/$circle', params: { circle: me.circle }, replace: true })
    throw redirect({ to: '/circles', replace: true })
  },
})

const circles = createRoute({
  getParentRoute: () => inside,
  path: '/circles',
  component: CircleListPage,
  validateSearch: readCircleListSearch,
})
const lines = createRoute({
  getParentRoute: () => inside,
  path: '/circles/$circle',
  component: LineListPage,
  validateSearch: readLineListSearch,
})
const line = createRoute({ getParentRoute: () => inside, path: '/lines/$number', component: LinePage })

function NoPage() {
  const { t } = useTranslation()
  return (
    <main className="page no-page">
      <Brand />
      <div className="panel">
        <h1>{t('problem.noPage')}</h1>
        <p>{t('problem.noPageDo')}</p>
        <HomeButton />
      </div>
    </main>
  )
}

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signIn, inside.addChildren([home, circles, lines, line])]),
    context: { client },
    parseSearch,
    stringifySearch,
    defaultPreload: false,
    defaultNotFoundComponent: NoPage,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}

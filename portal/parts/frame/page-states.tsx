/** What stands in a page's place while it loads, when it is empty, and when it failed. */
import { Button, Skeleton } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFault } from '../../live/call-api.ts'

export function FaultPanel({ fault, onRetry }: { fault: unknown; onRetry: () => void }) {
  const { t } = useTranslation()
  const code = fault instanceof ApiFault ? fault.code : 'internal'
  const told =
    code === 'offline' || code === 'not-found' || code === 'forbidden' || code === 'not-ready' || code === 'too-many-tries' ? code : 'other'
  const absent = told === 'not-found'
  return (
    <div className="panel" role="alert">
      <h2>{t(absent ? 'problem.notFoundTitle' : 'problem.title')}</h2>
      <p>{t(`problem.${told}`)}</p>
      {absent ? <HomeButton /> : <Button onClick={onRetry}>{t('problem.retry')}</Button>}
    </div>
  )
}

/** Where trying again would not help. */
export function HomeButton() {
  const { t } = useTranslation()
  return <Button renderRoot={(props) => <Link to="/" {...props} />}>{t('problem.home')}</Button>
}

export function EmptyPanel({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="panel quiet">
      <p>{children}</p>
      {action}
    </div>
  )
}

/** Grey rows where the rows will be. */
export function LoadingRows({ rows, height }: { rows: number; height: number }) {
  return (
    <div className="loading-rows" aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: grey rows are all alike
        <div key={row} style={{ height }}>
          <Skeleton height={14} width={`${38 + ((row * 17) % 45)}%`} radius="sm" />
        </div>
      ))}
    </div>
  )
}

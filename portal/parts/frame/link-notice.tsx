/** Says in the page's head, honestly, how live what is shown is. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { serverNow } from '../../live/clock.ts'
import type { Link } from '../../live/follow-status.ts'
import { exact } from '../../live/spoken-time.ts'

export function LinkNotice({ link, reconnect }: { link: Link; reconnect: () => void }) {
  const { t, i18n } = useTranslation()
  const time = link.liveUntil === null ? null : exact(new Date(link.liveUntil).toISOString(), serverNow(), i18n.language)
  const words = {
    live: () => t('link.live'),
    connecting: () => t('link.connecting'),
    reconnecting: () => t('link.reconnecting'),
    offline: () => (time === null ? t('link.offlineNever') : t('link.offline', { time })),
  }[link.phase]()
  return (
    <span className="link-notice" role="status" data-phase={link.phase}>
      <span className="link-dot" aria-hidden="true" />
      {words}
      {link.phase === 'offline' && (
        <Button size="compact-xs" variant="default" onClick={reconnect}>
          {t('link.retry')}
        </Button>
      )}
    </span>
  )
}

/** Since when what is shown is old (epoch ms), or null while it may be called the latest. */
export function oldSince(link: Link): number | null {
  return link.phase === 'offline' ? link.liveUntil : null
}

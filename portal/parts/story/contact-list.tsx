/** The phones that are signed in to a line now. */
import { useTranslation } from 'react-i18next'
import type { Contact } from '#api/line.ts'
import { agoAndExact, exact, timeLeft } from '../../live/spoken-time.ts'
import { useTickingText } from '../../live/use-lines.ts'

function ContactCard({ contact }: { contact: Contact }) {
  const { t } = useTranslation()
  const expires = useTickingText((now, language, say) =>
    say('time.both', { relative: timeLeft(contact.expiresAt, now, say), exact: exact(contact.expiresAt, now, language) }),
  )
  const lastSeen = useTickingText((now, language, say) => agoAndExact(contact.lastSeenAt, now, language, say))
  return (
    <li className="contact">
      <strong>{contact.userAgent || t('story.unknownPhone')}</strong>
      <dl className="facts">
        <dt>{t('story.from')}</dt>
        <dd>
          <span className="mono">{contact.received}</span>
        </dd>
        <dt>{t('story.transport')}</dt>
        <dd>{contact.transport.toUpperCase()}</dd>
        <dt>{t('story.lastSeen')}</dt>
        <dd>{lastSeen}</dd>
        <dt>{t('story.expires')}</dt>
        <dd>{expires}</dd>
        {contact.rttMs !== null && (
          <>
            <dt>{t('story.rtt')}</dt>
            <dd>{t('story.milliseconds', { count: Math.round(contact.rttMs) })}</dd>
          </>
        )}
      </dl>
    </li>
  )
}

export function ContactList({ contacts }: { contacts: readonly Contact[] }) {
  const { t } = useTranslation()
  if (contacts.length === 0) return <p className="soft">{t('story.noContacts')}</p>
  return (
    <ul className="contacts">
      {contacts.map((contact) => (
        <ContactCard key={`${contact.uri} ${contact.received}`} contact={contact} />
      ))}
    </ul>
  )
}

/** The ? in the head of the list: what each sign means, what signing in is, and why it usually fails. */
import { Button, CloseButton } from '@mantine/core'
import { useEffect, useId, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { SignShape as Shape, SignTone } from './sign-look.ts'
import { SignShape } from './sign-shape.tsx'

const shown: readonly { shape: Shape; tone: SignTone }[] = [
  { shape: 'registered', tone: 'good' },
  { shape: 'doubt', tone: 'warn' },
  { shape: 'unregistered', tone: 'bad' },
  { shape: 'ask', tone: 'accent' },
  { shape: 'not-needed', tone: 'quiet' },
  { shape: 'no-data', tone: 'quiet' },
]

export function SignsHelp({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const titleId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (opened) dialog.current?.showModal()
    else dialog.current?.close()
  }, [opened])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the browser closes a dialog on Esc by itself
    <dialog
      ref={dialog}
      className="help"
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className="help-inside">
        <div className="help-head">
          <h2 id={titleId}>{t('help.title')}</h2>
          <CloseButton aria-label={t('help.close')} onClick={onClose} />
        </div>
        <dl className="help-signs">
          {shown.map(({ shape, tone }) => (
            <div key={shape}>
              <dt>
                <span className={`sign tone-${tone}`}>
                  <SignShape shape={shape} />
                  <span className="sign-word">
                    {shape === 'doubt' ? t('sign.withDoubt', { doubt: t('sign.doubt.other') }) : t(`sign.${shape}`)}
                  </span>
                </span>
              </dt>
              <dd>{t(`help.${shape}`)}</dd>
            </div>
          ))}
        </dl>
        <section className="help-what">
          <h3>{t('help.whatTitle')}</h3>
          <p>{t('help.what')}</p>
          <h3>{t('help.faultsTitle')}</h3>
          <ul>
            <li>{t('help.faultSettings')}</li>
            <li>{t('help.faultNetwork')}</li>
          </ul>
        </section>
        <Button variant="default" onClick={onClose} mt="md">
          {t('help.close')}
        </Button>
      </div>
    </dialog>
  )
}

/** The door: as account, circle or line, and for the operator by a small link. */
import { Alert, Button, PasswordInput, TextInput } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { SignIn, SignInAs } from '#api/sign-in.ts'
import { ApiFault, callApi } from '../live/call-api.ts'
import { remember, remembered } from '../live/preferences.ts'
import { aboutQuery } from '../live/queries.ts'
import { type Say, span } from '../live/spoken-time.ts'
import { Brand } from '../parts/frame/page-frame.tsx'
import { LanguageChoice } from '../parts/frame/user-menu.tsx'

const customers = ['account', 'circle', 'line'] as const

function faultWords(fault: unknown, as: SignInAs, t: Say): string {
  const code = fault instanceof ApiFault ? fault.code : 'internal'
  if (code === 'wrong-login' || code === 'not-signed-in')
    return t(as === 'operator' ? 'signIn.wrong' : 'signIn.wrongCustomer', { login: t(`signIn.login.${as}`) })
  if (fault instanceof ApiFault && code === 'too-many-tries') return t('signIn.tooMany', { wait: span(fault.retryAfter ?? 60, t) })
  if (code === 'offline' || code === 'not-ready') return t(`problem.${code}`)
  return t('problem.other')
}

export function SignInPage() {
  const { t } = useTranslation()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { to, ended } = useSearch({ from: '/sign-in' })
  const about = useQuery(aboutQuery)
  const [as, setAs] = useState<SignInAs>(() => customers.find((each) => each === remembered('regista-sign-in-as')) ?? 'account')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [fault, setFault] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const tabs = useRef<HTMLDivElement>(null)

  useEffect(() => {
    document.title = `${t('signIn.title')} · Regista`
  }, [t])

  function choose(kind: SignInAs): void {
    setAs(kind)
    setFault(null)
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault()
    setBusy(true)
    setFault(null)
    try {
      const body: SignIn = { as, login: login.trim(), password }
      await callApi('/api/sign-in', { method: 'POST', body })
      if (as !== 'operator') remember('regista-sign-in-as', as)
      client.clear()
      if (to?.startsWith('/') && !to.startsWith('//')) await navigate({ href: to, replace: true })
      else await navigate({ to: '/', replace: true })
    } catch (caught) {
      setFault(caught)
      setPassword('')
    } finally {
      setBusy(false)
    }
  }

  function onTabKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = (customers as readonly SignInAs[]).indexOf(as)
    const next = customers[(at + step + customers.length) % customers.length]
    if (!next) return
    choose(next)
    tabs.current?.querySelector<HTMLElement>(`[data-as="${next}"]`)?.focus()
  }

  return (
    <main className="sign-in">
      <div className="sign-in-head">
        <Brand />
        <LanguageChoice />
      </div>
      <div className="sign-in-card">
        <h1>{as === 'operator' ? `${t('signIn.title')} (${t('signIn.as.operator')})` : t('signIn.title')}</h1>
        {as !== 'operator' && (
          <div className="sign-in-tabs" role="tablist" aria-label={t('signIn.tabs')} ref={tabs}>
            {customers.map((kind) => (
              <button
                key={kind}
                type="button"
                role="tab"
                id={`tab-${kind}`}
                data-as={kind}
                aria-selected={as === kind}
                aria-controls="sign-in-panel"
                tabIndex={as === kind ? 0 : -1}
                onClick={() => choose(kind)}
                onKeyDown={onTabKey}
              >
                {t(`signIn.as.${kind}`)}
              </button>
            ))}
          </div>
        )}
        <div id="sign-in-panel" {...(as === 'operator' ? {} : { role: 'tabpanel', 'aria-labelledby': `tab-${as}` })}>
          <form onSubmit={(event) => void submit(event)}>
            <p className="soft">{t(`signIn.about.${as}`)}</p>
            {ended === 'yes' && fault === null && <Alert color="gray">{t('signIn.ended')}</Alert>}
            {fault !== null && (
              <Alert color="red" role="alert">
                {faultWords(fault, as, t)}
              </Alert>
            )}
            <TextInput
              label={t(`signIn.login.${as}`)}
              name="login"
              autoComplete="username"
              inputMode={as === 'circle' || as === 'line' ? 'tel' : 'text'}
              autoCapitalize="none"
              spellCheck={false}
              required
              withAsterisk={false}
              value={login}
              onChange={(event) => setLogin(event.currentTarget.value)}
            />
            <PasswordInput
              label={t('signIn.password')}
              {...(as === 'line' ? { description: t('signIn.linePasswordHint') } : {})}
              name="password"
              autoComplete="current-password"
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Button type="submit" fullWidth loading={busy}>
              {t('signIn.submit')}
            </Button>
          </form>
        </div>
      </div>
      <div className="sign-in-foot">
        {about.data && about.data.support !== '' && (
          <p>
            <strong>{t('frame.support')}</strong>
            {about.data.support}
          </p>
        )}
        <button type="button" className="link-button" onClick={() => choose(as === 'operator' ? 'account' : 'operator')}>
          {as === 'operator' ? t('signIn.asCustomer') : t('signIn.asOperator')}
        </button>
      </div>
    </main>
  )
}

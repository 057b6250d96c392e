/** Who is signed in, and the person's own choices: language, marks, brightness, sign-out. */
import { Button, Popover, SegmentedControl, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { Me } from '#api/sign-in.ts'
import { remember, setMarks } from '../../live/preferences.ts'
import { useMarks } from '../../live/use-lines.ts'
import { languages, wordsOf } from '../../words/words.ts'

export function LanguageChoice() {
  const { t, i18n } = useTranslation()
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('frame.language')}
      value={i18n.language}
      onChange={(chosen) => {
        remember('regista-language', chosen)
        void i18n.changeLanguage(chosen)
      }}
      data={languages.map((language) => ({ value: language, label: wordsOf[language].languageName }))}
    />
  )
}

export function UserMenu({ me, support, onSignOut }: { me: Me; support: string; onSignOut: () => void }) {
  const { t } = useTranslation()
  const marks = useMarks()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Popover position="bottom-end" width={280} shadow="md" withinPortal={false} trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className="user-button" aria-label={t('frame.menu', { title: me.title })}>
          <span className="user-title">{me.title}</span>
          <span aria-hidden="true">▾</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={4} aria-label={t('frame.menu', { title: me.title })}>
        <div className="menu-choice">
          <span>{t('frame.language')}</span>
          <LanguageChoice />
        </div>
        <div className="menu-choice">
          <span>{t('frame.marks')}</span>
          <SegmentedControl
            size="xs"
            aria-label={t('frame.marks')}
            value={marks}
            onChange={(chosen) => setMarks(chosen === 'round' ? 'round' : 'check')}
            data={[
              { value: 'check', label: t('frame.marksCheck') },
              { value: 'round', label: t('frame.marksRound') },
            ]}
          />
        </div>
        <div className="menu-choice">
          <span>{t('frame.scheme')}</span>
          <SegmentedControl
            size="xs"
            aria-label={t('frame.scheme')}
            value={colorScheme}
            onChange={(chosen) => setColorScheme(chosen === 'dark' || chosen === 'light' ? chosen : 'auto')}
            data={[
              { value: 'auto', label: t('frame.schemeAuto') },
              { value: 'light', label: t('frame.schemeLight') },
              { value: 'dark', label: t('frame.schemeDark') },
            ]}
          />
        </div>
        {support !== '' && (
          <p className="menu-support">
            <span>{t('frame.support')}</span>
            {support}
          </p>
        )}
        <Button className="menu-out" variant="subtle" color="gray" fullWidth justify="start" onClick={onSignOut}>
          {t('frame.signOut')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  )
}

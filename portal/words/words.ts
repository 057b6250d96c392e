/** The two languages, and i18next set up with them. */
import i18next, { type i18n } from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { CauseCode } from '#api/line.ts'
import { en } from './en.ts'
import { ja } from './ja.ts'
import type { CauseWords } from './word-shape.ts'

export type Language = 'ja' | 'en'
export const languages: readonly Language[] = ['ja', 'en']
export const wordsOf = { ja, en }

/** The remembered language, else the browser's, else Japanese. */
export function chooseLanguage(remembered: string | null, browser: readonly string[]): Language {
  if (remembered === 'ja' || remembered === 'en') return remembered
  for (const tag of browser) {
    if (tag.toLowerCase().startsWith('ja')) return 'ja'
    if (tag.toLowerCase().startsWith('en')) return 'en'
  }
  return 'ja'
}

/** Starts i18next; the words are in the bundle, so it is ready when this returns. */
export function startWords(language: Language): i18n {
  void i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'ja',
    resources: { ja: { translation: ja }, en: { translation: en } },
    interpolation: { escapeValue: false },
    initAsync: false,
  })
  return i18next
}

/** The words of a cause, unfilled; null for a code that this portal is too old to know. */
export function causeWordsOf(language: string, code: CauseCode): CauseWords | null {
  const causes: Partial<Record<string, CauseWords>> = wordsOf[language === 'en' ? 'en' : 'ja'].cause
  return causes[code] ?? null
}

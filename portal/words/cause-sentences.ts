/** Fills the words of a cause with its evidence, and leaves unsaid what is not known. */
import type { CauseWords } from './word-shape.ts'

export interface CauseFacts {
  first?: string | undefined
  last?: string | undefined
  times?: string | undefined
  sent?: string | undefined
  expected?: string | undefined
  until?: string | undefined
  by?: string | undefined
  period?: string | undefined
  neighbours?: string | undefined
  transport?: string | undefined
  outageFrom?: string | undefined
  outageTo?: string | undefined
}

export interface CauseSentences {
  title: string
  known: string[]
  do: string
}

/** A sentence with its facts in it, or null if one of them is not known. */
export function fillSentence(sentence: string, facts: CauseFacts): string | null {
  let whole = true
  const said = sentence.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = facts[name as keyof CauseFacts]
    if (value === undefined || value === '') whole = false
    return value ?? ''
  })
  return whole ? said : null
}

/** The cause in words; sentences whose facts are missing are left out. */
export function fillCause(words: CauseWords, facts: CauseFacts): CauseSentences {
  const known = words.known.map((sentence) => fillSentence(sentence, facts)).filter((sentence) => sentence !== null)
  return { title: words.title, known, do: fillSentence(words.do, facts) ?? '' }
}

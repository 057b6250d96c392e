/** One text for all that are alike: a million phones are of a few hundred kinds. */

/** More texts than this are not kept to be shared. */
const mostTexts = 10_000

/** Gives back the first text that was the same; keeps a bounded number of them as long as it lives itself. */
export function sharedTexts(): (text: string) => string {
  const texts = new Map<string, string>()
  return (text) => {
    const held = texts.get(text)
    if (held !== undefined) return held
    if (texts.size < mostTexts) texts.set(text, text)
    return text
  }
}

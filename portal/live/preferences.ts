/** What this browser remembers of a person's taste; a browser that keeps nothing is no fault. */
type Preference = 'regista-language' | 'regista-marks' | 'regista-sign-in-as'

export function remembered(name: Preference): string | null {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

export function remember(name: Preference, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // Private windows refuse; the choice then holds for this page only.
  }
}

export type Marks = 'check' | 'round'
let marks: Marks = remembered('regista-marks') === 'round' ? 'round' : 'check'
const watchers = new Set<() => void>()

export function getMarks(): Marks {
  return marks
}

/** ✓ and ✕, or ○ and × (in Japan a ✓ can mean "wrong"). */
export function setMarks(chosen: Marks): void {
  marks = chosen
  remember('regista-marks', chosen)
  for (const watcher of watchers) watcher()
}

export function watchMarks(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

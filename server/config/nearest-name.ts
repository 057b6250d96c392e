/** Which known name a mistyped one was probably meant to be. */

/** The name with the fewest inserted, left out or changed characters. `names` must not be empty. */
export function nearestName(typed: string, names: readonly string[]): string {
  let nearest = ''
  let least = Number.POSITIVE_INFINITY
  for (const name of names) {
    const distance = editDistance(typed, name)
    if (distance < least) {
      nearest = name
      least = distance
    }
  }
  return nearest
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

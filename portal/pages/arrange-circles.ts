/** Which circles the list shows, and in which order. */
import type { Circle } from '#api/circle.ts'

const fields = ['number', 'lines', 'name', 'department', 'person', 'appliedOn'] as const
export interface CircleSort {
  field: (typeof fields)[number]
  descending: boolean
}

const collator = new Intl.Collator('ja', { numeric: true })

/** From the address bar; by number unless it names a column. */
export function readCircleSort(text: string | undefined): CircleSort {
  const descending = text?.startsWith('-') ?? false
  const field = fields.find((each) => each === (descending ? text?.slice(1) : text))
  return field ? { field, descending } : { field: 'number', descending: false }
}

/** By lines: those with the most unconnected first. */
export function arrangeCircles(circles: readonly Circle[], state: Circle['state'] | null, sort: CircleSort): Circle[] {
  const way = sort.descending ? -1 : 1
  const { field } = sort
  return circles
    .filter((circle) => state === null || circle.state === state)
    .sort((a, b) => {
      const order = field === 'lines' ? b.counts.unregistered - a.counts.unregistered : collator.compare(a[field], b[field])
      return way * order || collator.compare(a.number, b.number)
    })
}

/** Server-Sent Events as text (WHATWG HTML §9.2), and the ids that let a browser take up where it was cut off. Pure. */

/** One event; `data` is JSON and so holds no line break. */
export function eventFrame(id: string, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** No event: keeps the connection open, and moves the place to resume at to `id`. */
export function quietFrame(id: string): string {
  return `: still here\nid: ${id}\n\n`
}

/** `epoch-seq`. */
export function eventId(epoch: string, seq: number): string {
  return `${epoch}-${seq}`
}

/** The number in an id of this epoch; undefined for anything else. */
export function seqOf(id: string, epoch: string): number | undefined {
  if (!id.startsWith(`${epoch}-`)) return undefined
  const digits = id.slice(epoch.length + 1)
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined
}

/** Reads Server-Sent Events from a real socket, as a browser does. */
export interface ReceivedEvent {
  id: string
  event: string
  data: unknown
}

export interface EventReader {
  status: number
  headers: Headers
  /** All events received so far. */
  events: ReceivedEvent[]
  /** Newest id, of quiet frames too: what a browser sends as Last-Event-ID. */
  lastId(): string
  /** Comments received so far. */
  comments(): number
  /** The first event from here on that fits; rejects when the stream ends before. */
  until(fits: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>
  /** Waits until the stream has opened and told where it stands. */
  opened(): Promise<void>
  /** Resolves when the server ends the stream. */
  ended(): Promise<void>
  close(): void
}

export async function readEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const abort = new AbortController()
  const answer = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: abort.signal })
  const events: ReceivedEvent[] = []
  const watchers = new Set<() => void>()
  let lastId = ''
  let comments = 0
  let seen = 0
  let over = false

  const reading = (async () => {
    const decoder = new TextDecoder()
    let rest = ''
    try {
      for await (const piece of answer.body ?? []) {
        rest += decoder.decode(piece as Uint8Array, { stream: true })
        const frames = rest.split('\n\n')
        rest = frames.pop() ?? ''
        for (const frame of frames) take(frame)
        for (const watcher of [...watchers]) watcher()
      }
    } catch {
      // closed from this side, or cut off by the server: over either way
    }
    over = true
    for (const watcher of [...watchers]) watcher()
  })()

  function take(frame: string): void {
    const fields: Record<string, string> = {}
    for (const line of frame.split('\n')) {
      const colon = line.indexOf(': ')
      if (colon === 0) comments++
      else fields[line.slice(0, colon)] = line.slice(colon + 2)
    }
    if (fields.id !== undefined) lastId = fields.id
    if (fields.data !== undefined) events.push({ id: lastId, event: fields.event ?? 'message', data: JSON.parse(fields.data) })
  }

  function when(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!condition() && !over) return
        watchers.delete(look)
        if (condition()) resolve()
        else reject(new Error(`The stream ended after ${JSON.stringify(events)}`))
      }
      watchers.add(look)
      look()
    })
  }

  return {
    status: answer.status,
    headers: answer.headers,
    events,
    lastId: () => lastId,
    comments: () => comments,
    async until(fits) {
      let found: ReceivedEvent | undefined
      await when(() => {
        while (found === undefined && seen < events.length) {
          const event = events[seen++]
          if (event !== undefined && fits(event)) found = event
        }
        return found !== undefined
      })
      return found as ReceivedEvent
    },
    opened: () => when(() => lastId !== ''),
    ended: () => reading,
    close: () => abort.abort(),
  }
}

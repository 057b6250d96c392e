/** An open portal page as the server sees it: follows a circle's Server-Sent Events and notes when each came. */
import type { Line } from '#api/line.ts'
import type { Customer } from './customer.ts'
import { eventually } from './eventually.ts'

export interface StatusEvent {
  event: string
  data: unknown
  /** performance.now() when it was read. */
  at: number
}

export class StatusEvents {
  readonly seen: StatusEvent[] = []
  readonly #abort = new AbortController()
  /** The server has ended the stream. */
  ended = false

  async open(customer: Customer): Promise<this> {
    const { asOf } = await customer.list('?limit=1')
    const answer = await fetch(`${customer.program.url}/api/status-stream?circle=${customer.circle}&after=${asOf}`, {
      headers: customer.headers,
      signal: this.#abort.signal,
    })
    if (answer.status !== 200 || answer.body === null) throw new Error(`the stream was refused: ${answer.status}`)
    void this.#read(answer.body)
    return this
  }

  /** The first event from place `from` on about the line that is as expected; undefined if none comes in time. */
  async line(
    number: string,
    expected: (line: Line) => boolean,
    withinMs = 2000,
    from = 0,
  ): Promise<(StatusEvent & { data: Line }) | undefined> {
    const find = () =>
      this.seen
        .slice(from)
        .find(
          (one): one is StatusEvent & { data: Line } =>
            one.event === 'line' && (one.data as Line).number === number && expected(one.data as Line),
        )
    return eventually(find, (found) => found !== undefined, withinMs)
  }

  close(): void {
    this.#abort.abort()
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let waiting = ''
    try {
      for await (const piece of body) {
        const at = performance.now()
        waiting += decoder.decode(piece, { stream: true })
        const blocks = waiting.split('\n\n')
        waiting = blocks.pop() ?? ''
        for (const block of blocks) {
          const event = /^event: (.*)$/m.exec(block)?.[1]
          const data = /^data: (.*)$/m.exec(block)?.[1]
          if (event !== undefined && data !== undefined) this.seen.push({ event, data: JSON.parse(data), at })
        }
      }
    } catch {
      // Closed by us, or cut off with the server.
    }
    this.ended = true
  }
}

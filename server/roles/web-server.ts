/** The web role put together: facts from the SIP role → status → the portal's door. Lives on a thread of its own. */
import type { MessagePort } from 'node:worker_threads'
import type { DirectoryChanges } from '../directory/directory.ts'
import type { HttpNeeds, HttpServer } from '../http/needs.ts'
import { openHttpServer } from '../http/server.ts'
import type { Log } from '../runtime/log.ts'
import { unpackFacts } from '../status/fact-codec.ts'
import { followDirectory } from './follow-directory.ts'
import type { SipNumbers, SipToWeb } from './role-messages.ts'
import { sipMetricsText } from './sip-metrics.ts'

export interface WebServerNeeds {
  /** All of HttpNeeds that does not come from here. */
  http: Omit<HttpNeeds, 'sip' | 'control' | 'metricsText'>
  /** '' opens no control socket. */
  controlSocket: string
  /** From the SIP role; null where it runs elsewhere or not at all. */
  sip: MessagePort | null
  log: Log
}

const tickEveryMs = 1000
const caughtUpWithinMs = 1000
const lookEveryMs = 20
/** Lines read at a stretch before other work gets its turn. */
const linesAtAStretch = 5000

export class WebServer {
  readonly #needs: WebServerNeeds
  readonly #stops: (() => void)[] = []
  readonly #known = new Set<number>()
  #http: HttpServer | undefined
  #seq = 0
  #sipSeq = 0
  #sipPort = 0
  #sipReason: string
  #numbers: SipNumbers | undefined

  constructor(needs: WebServerNeeds) {
    this.#needs = needs
    this.#sipReason = needs.sip === null ? 'the SIP role does not run in this process' : 'the SIP role is starting'
  }

  /** Reads the directory, then opens the port. Rejects with one sentence when it is taken. Answers the address and port. */
  async start(): Promise<{ url: string; port: number }> {
    const { log, sip } = this.#needs
    const { directory, timers, board, clock } = this.#needs.http
    this.#seq = directory.latestSeq()
    await this.#readLines(undefined)
    this.#listenToSip()
    this.#http = await openHttpServer({
      ...this.#needs.http,
      sip: { ready: () => ({ ready: this.#sipReason === '', reason: this.#sipReason }), port: () => this.#sipPort },
      control: { socketPath: this.#needs.controlSocket, caughtUp: (seq) => this.#caughtUp(seq) },
      metricsText: () => (this.#numbers === undefined ? '' : sipMetricsText(this.#numbers)),
    })
    const address = await this.#http.listen()
    this.#stops.push(
      timers.every(tickEveryMs, () => board.tick(clock.now())),
      followDirectory(directory, this.#seq, timers, log, (changes) => this.#follow(changes)),
    )
    if (sip === null) board.sipLost(clock.now())
    log.info({ lines: this.#known.size, url: address.url }, 'web role is serving')
    return { url: address.url, port: address.port }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    await this.#http?.close()
  }

  #listenToSip(): void {
    const { sip } = this.#needs
    const { board, clock } = this.#needs.http
    if (sip === null) return
    sip.on('message', (message: SipToWeb) => {
      switch (message.kind) {
        case 'facts':
          board.apply(unpackFacts(message.packed))
          return
        case 'serving':
          this.#sipPort = message.port
          return
        case 'followed':
          this.#sipSeq = message.seq
          // Told for the first time when all is read and the sockets are open.
          this.#sipReason = ''
          return
        case 'numbers':
          this.#numbers = message.numbers
          return
      }
    })
    sip.on('close', () => {
      this.#sipReason = 'the SIP role has ended'
      board.sipLost(clock.now())
    })
  }

  async #follow(changes: DirectoryChanges): Promise<void> {
    this.#http?.directoryChanged(changes)
    await this.#readLines(changes.all ? undefined : changes.lineIds)
    this.#seq = changes.seq
  }

  /** Takes over lines that changed; undefined: all of them, a stretch at a time. */
  async #readLines(lineIds: readonly number[] | undefined): Promise<void> {
    const { directory, board, timers } = this.#needs.http
    const seen = new Set<number>()
    let read = 0
    for (const entry of directory.lineEntries(lineIds)) {
      seen.add(entry.id)
      this.#known.add(entry.id)
      board.putLine(entry)
      if (lineIds === undefined && ++read % linesAtAStretch === 0) {
        await new Promise<void>((resolve) => timers.endOfTurn(resolve))
      }
    }
    for (const id of lineIds ?? [...this.#known]) {
      if (seen.has(id) || !this.#known.delete(id)) continue
      board.removeLine(id)
    }
  }

  /** Resolves when both roles have followed the directory to `seq`, or after a second. */
  #caughtUp(seq: number): Promise<void> {
    const { sip } = this.#needs
    const { timers, clock } = this.#needs.http
    const until = clock.monotonic() + caughtUpWithinMs
    return new Promise((resolve) => {
      const look = () => {
        const followed = sip === null ? this.#seq : Math.min(this.#seq, this.#sipSeq)
        if (followed >= seq || clock.monotonic() >= until) resolve()
        else timers.after(lookEveryMs, look)
      }
      look()
    })
  }
}

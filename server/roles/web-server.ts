/** The web role put together: facts from the SIP role → status → the portal's door. Lives on a thread of its own. */
import type { MessagePort } from 'node:worker_threads'
import type { DirectoryChanges } from '../directory/directory.ts'
import type { HttpNeeds, HttpServer } from '../http/needs.ts'
import { openHttpServer } from '../http/server.ts'
import type { Log } from '../runtime/log.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'
import { WebSocketDoor } from '../sip/transport/websocket-door.ts'
import { WebSocketRelay } from '../sip/transport/websocket-relay.ts'
import { unpackFacts } from '../status/fact-codec.ts'
import { followDirectory } from './follow-directory.ts'
import type { SipNumbers, SipToWeb, WebToSip } from './role-messages.ts'
import { sipMetricsText } from './sip-metrics.ts'
import { watchClock } from './watch-clock.ts'

export interface WebServerNeeds {
  /** All of HttpNeeds that does not come from here. */
  http: Omit<HttpNeeds, 'sip' | 'control' | 'metricsText' | 'phones'>
  /** '' opens no control socket. */
  controlSocket: string
  /** Web pages that may sign in as phones besides the portal's own. */
  phoneOrigins: readonly string[]
  /** From the SIP role; null where it runs elsewhere or not at all. */
  sip: MessagePort | null
  log: Log
  /** The clock of the board. */
  steady: SteadyClock
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
  #phones: WebSocketRelay | undefined
  #seq = 0
  #sipSeq = 0
  #sipPort = 0
  #sipReason: string
  /** Why the SIP role can store nothing; '' when it can. */
  #trouble = ''
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
    this.#phones = this.#openPhones()
    this.#listenToSip()
    this.#http = await openHttpServer({
      ...this.#needs.http,
      phones: this.#phones,
      sip: { ready: () => this.#ready(), port: () => this.#sipPort },
      control: { socketPath: this.#needs.controlSocket, caughtUp: (seq) => this.#caughtUp(seq) },
      metricsText: () => (this.#numbers === undefined ? '' : sipMetricsText(this.#numbers)),
    })
    const address = await this.#http.listen()
    this.#stops.push(
      timers.every(tickEveryMs, () => board.tick(clock.now())),
      followDirectory(directory, this.#seq, timers, log, (changes) => this.#follow(changes)),
    )
    if (sip === null) {
      board.sipLost(clock.now())
      this.#stops.push(watchClock(this.#needs.steady, timers, log, (by) => board.clockSet(by)))
    }
    log.info({ lines: this.#known.size, url: address.url }, 'web role is serving')
    return { url: address.url, port: address.port }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#phones?.close()
    await this.#http?.close()
  }

  /** Phones that come in over WebSocket on the portal's port. */
  #openPhones(): WebSocketRelay | undefined {
    const { sip, http, phoneOrigins } = this.#needs
    if (sip === null) return undefined
    return new WebSocketRelay({
      door: new WebSocketDoor([URL.parse(http.config.portalUrl)?.origin ?? '', ...phoneOrigins]),
      send: (events) => sip.postMessage({ kind: 'websockets', events } satisfies WebToSip),
      after: (ms, work) => http.timers.after(ms, work),
      endOfTurn: (work) => http.timers.endOfTurn(work),
    })
  }

  #listenToSip(): void {
    const { sip } = this.#needs
    const { board, clock } = this.#needs.http
    if (sip === null) return
    sip.on('message', (message: SipToWeb) => {
      switch (message.kind) {
        case 'facts':
          board.apply(unpackFacts(message.packed, board))
          return
        case 'stored-stretch':
          this.#askForStored()
          return
        case 'trouble':
          this.#trouble = message.reason
          return
        case 'clock-set':
          this.#clockSet(message.by)
          return
        case 'serving':
          this.#sipPort = message.port
          return
        case 'followed':
          this.#sipSeq = message.seq
          // Told for the first time when all is read and the sockets are open.
          this.#sipReason = ''
          return
        case 'websockets':
          this.#phones?.fromSip(message.events)
          return
        case 'numbers':
          this.#numbers = message.numbers
          return
      }
    })
    sip.on('close', () => {
      this.#sipReason = 'the SIP role has ended'
      this.#phones?.close()
      board.sipLost(clock.now())
    })
    this.#askForStored()
  }

  /** A stretch at a time, so that no backlog piles up while this role reads its lines. */
  #askForStored(): void {
    const message: WebToSip = { kind: 'more-stored' }
    this.#needs.sip?.postMessage(message)
  }

  #ready(): { ready: boolean; reason: string } {
    const reason = this.#sipReason || this.#trouble
    return { ready: reason === '', reason }
  }

  #clockSet(by: number): void {
    this.#needs.steady.move(by)
    this.#needs.http.board.clockSet(by)
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

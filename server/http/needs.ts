/** What the portal's door is given, and what it gives back. main.ts builds the one and keeps the other. */
import type { Config } from '../config/config.ts'
import type { Directory, DirectoryChanges } from '../directory/directory.ts'
import type { BanBook } from '../registrar/guard/ban-store.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { Timers } from '../runtime/timers.ts'
import type { WebSocketRelay } from '../sip/transport/websocket-relay.ts'
import type { HistoryStore } from '../status/history-store.ts'
import type { StatusBoard } from '../status/status-board.ts'
import type { SessionStore } from './session-store.ts'

/** The settings that this part reads; the whole configuration fits. */
export type HttpConfig = Pick<
  Config,
  'httpHost' | 'httpPort' | 'portalUrl' | 'support' | 'trustedProxies' | 'domain' | 'httpsCert' | 'httpsKey'
> & {
  version: string
}

export interface HttpNeeds {
  config: HttpConfig
  directory: Directory
  sessions: SessionStore
  board: StatusBoard
  bans: Pick<BanBook, 'list' | 'lift'>
  history: Pick<HistoryStore, 'between' | 'stateBefore'>
  clock: Clock
  timers: Timers
  random: Random
  log: Log
  sip: {
    ready(): { ready: boolean; reason: string }
    /** Where phones reach it over UDP and TCP; 0 while it is not known. */
    port(): number
  }
  /** Takes phones that come in over WebSocket; undefined where the SIP role is not in this process. */
  phones?: Pick<WebSocketRelay, 'admit'> | undefined
  /** Folder of the built portal (index.html, assets/); need not exist. */
  portalFolder: string
  control: {
    /** '' opens no control socket. */
    socketPath: string
    /** Resolves once the running roles hold the directory's change `seq`. */
    caughtUp(seq: number): Promise<void>
  }
  /** Prometheus text of other parts, added to ours at /metrics. */
  metricsText?: () => string | Promise<string>
}

export interface HttpServer {
  /** Opens the control socket and the port. Throws an Error with one clear sentence when either is taken. */
  listen(): Promise<{ address: string; port: number; url: string }>
  /** What changed in the directory: to be told before the board is, so that events show the new lines. */
  directoryChanged(changes: DirectoryChanges): void
  /** Ends open streams and requests; done within a second. */
  close(): Promise<void>
}

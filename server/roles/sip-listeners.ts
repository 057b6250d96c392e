/** Every door through which phones reach the SIP role: opens the sockets, sends on them, closes them. */
import type { Config } from '../config/config.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { mostOpenFiles } from '../runtime/open-files.ts'
import type { Timers } from '../runtime/timers.ts'
import type { Framed } from '../sip/message/frame-stream.ts'
import { Connections } from '../sip/transport/connections.ts'
import { ipv4Text } from '../sip/transport/datagram-batch.ts'
import type { Flow } from '../sip/transport/flow.ts'
import type { EventToSip, EventToWeb } from '../sip/transport/relay-events.ts'
import { RelayedWebSockets } from '../sip/transport/relayed-websockets.ts'
import type { StreamListener } from '../sip/transport/stream-listener.ts'
import { listenTcp } from '../sip/transport/tcp.ts'
import { TlsTransport } from '../sip/transport/tls.ts'
import { certificateAge, readTlsIdentity, type TlsFiles, type TlsIdentity, watchTlsFiles } from '../sip/transport/tls-identity.ts'
import { type DatagramReceived, type DatagramTaken, UdpTransport } from '../sip/transport/udp.ts'
import { WebSocketTransport } from '../sip/transport/websocket.ts'
import { WebSocketDoor } from '../sip/transport/websocket-door.ts'
import type { SipPorts } from './role-messages.ts'

export interface ListenerNeeds {
  config: Pick<
    Config,
    | 'sipHosts'
    | 'sipPort'
    | 'sipsPort'
    | 'tlsCert'
    | 'tlsKey'
    | 'wsPort'
    | 'wsOrigins'
    | 'portalUrl'
    | 'sipConnections'
    | 'sipConnectionsPerAddress'
  >
  datagram: DatagramReceived
  /** Asked before `datagram`. */
  taken?: DatagramTaken
  received(framed: Framed, flow: Flow): void
  /** A connection is over, and it was not we who ended the program. */
  closed(flow: Flow): void
  /** A TLS handshake failed: a code of the TLS library, `not-tls` or `broken-off`. */
  handshakeFailed(ip: string, why: string): void
  /** To phones whose WebSocket is open on the web thread. */
  toWeb(events: EventToWeb[]): void
  /** A socket failed for good. */
  failed(sentence: string): void
  /** Calls back once after `ms`; the answer cancels. */
  after(ms: number, work: () => void): () => void
  timers: Timers
  clock: Pick<Clock, 'now'>
  log: Log
}

/** Times that another free port is looked for. */
const mostTries = 5
const lookAtFilesEveryMs = 2000
/** Files and sockets that are for everything but phones' connections. */
const otherFiles = 500

export class SipListeners {
  readonly connections: Connections
  readonly #needs: ListenerNeeds
  readonly #relayed: RelayedWebSockets
  readonly #udp: UdpTransport[] = []
  readonly #tcp: StreamListener[] = []
  readonly #tls: TlsTransport[] = []
  readonly #websocket: WebSocketTransport[] = []
  #stopLooking: () => void = () => {}

  private constructor(needs: ListenerNeeds) {
    const { config, closed, log } = needs
    const inAll = Math.min(config.sipConnections, Math.max(100, mostOpenFiles() - otherFiles))
    if (inAll < config.sipConnections)
      log.info(
        { connections: inAll },
        'the system allows fewer open files than REGISTA_SIP_CONNECTIONS; raise its limit of open files for more',
      )
    this.#needs = needs
    this.connections = new Connections({ inAll, fromOneNetwork: config.sipConnectionsPerAddress }, closed)
    this.#relayed = new RelayedWebSockets({ ...this.#streamNeeds, send: needs.toWeb })
  }

  /** Opens all of them; rejects with the system's error (EADDRINUSE, EACCES) or a sentence, and then none is open. */
  static async open(needs: ListenerNeeds): Promise<SipListeners> {
    const listeners = new SipListeners(needs)
    try {
      await listeners.#openUdpAndTcp()
      await listeners.#openTlsAndWebSocket()
    } catch (error) {
      await listeners.close()
      throw error
    }
    return listeners
  }

  /** 0 where a transport is off. UDP and TCP share one. */
  get ports(): SipPorts {
    return { sip: this.#udp[0]?.port ?? 0, sips: this.#tls[0]?.port ?? 0, ws: this.#websocket[0]?.port ?? 0 }
  }

  /** What was counted since the start. */
  get numbers(): Record<string, number> {
    const { numbers, slowReaders } = this.connections
    return { ...numbers, slowReadersCut: slowReaders.cut, sendErrors: this.#udp.reduce((sum, udp) => sum + udp.sendErrors, 0) }
  }

  /** Sends where the flow leads; what cannot be sent is lost, as the network would lose it. */
  send(message: string | Buffer, flow: Flow): void {
    if (flow.transport === 'udp') this.#udp[flow.local]?.send(message, flow)
    else this.connections.send(message, flow)
  }

  /** The same with bytes that lie in `bytes`, to an IPv4 address as its bytes lie in memory, from the UDP socket of this number. */
  sendBytes(bytes: Buffer, start: number, end: number, address: number, port: number, local: number): void {
    const udp = this.#udp[local]
    if (udp === undefined || udp.sendBytes(bytes, start, end, address, port)) return
    const flow: Flow = { transport: 'udp', remoteIp: ipv4Text(address), remotePort: port, connection: 0, local }
    udp.send(bytes.toString('latin1', start, end), flow)
  }

  /** What happened to WebSockets on the web thread. */
  fromWeb(events: readonly EventToSip[]): void {
    this.#relayed.fromWeb(events)
  }

  /** The web thread is gone, and the WebSockets that were open there. */
  webLost(): void {
    this.#relayed.lost()
  }

  async close(): Promise<void> {
    this.#stopLooking()
    this.connections.close()
    const all = [...this.#udp.splice(0), ...this.#tcp.splice(0), ...this.#tls.splice(0), ...this.#websocket.splice(0)]
    await Promise.all(all.map((transport) => transport.close()))
  }

  /** UDP and TCP on the same port, at each address; where any free one will do, one that is free for all. */
  async #openUdpAndTcp(): Promise<void> {
    const { config, datagram, taken, timers } = this.#needs
    const failed = this.#failed('SIP')
    for (let tries = 1; ; tries++) {
      try {
        let port = config.sipPort
        for (const host of listenHosts(config.sipHosts)) {
          const local = this.#udp.length
          this.#udp.push(
            await UdpTransport.open({
              host,
              port,
              local,
              received: datagram,
              ...(taken === undefined ? {} : { taken }),
              endOfTurn: (work) => timers.endOfTurn(work),
              failed,
            }),
          )
          port = this.ports.sip
          this.#tcp.push(await listenTcp({ ...this.#streamNeeds, host, port, failed }))
        }
        return
      } catch (error) {
        await Promise.all([...this.#udp.splice(0), ...this.#tcp.splice(0)].map((transport) => transport.close()))
        if (config.sipPort !== 0 || tries === mostTries) throw withSetting(error, 'REGISTA_SIP_PORT', config.sipPort)
      }
    }
  }

  async #openTlsAndWebSocket(): Promise<void> {
    const { config, handshakeFailed } = this.#needs
    const { sipsPort, wsPort, tlsCert, tlsKey } = config
    if (sipsPort === null && wsPort === null) return
    const files = tlsCert === null || tlsKey === null ? undefined : tlsFiles(tlsCert, tlsKey)
    const identity = files === undefined ? undefined : readTlsIdentity(files)
    if (files !== undefined && identity !== undefined) this.#warnOfAge(identity, files)
    const door = new WebSocketDoor([URL.parse(config.portalUrl)?.origin ?? '', ...config.wsOrigins])
    const streams = { ...this.#streamNeeds, handshakeFailed }
    for (const host of listenHosts(config.sipHosts)) {
      if (sipsPort !== null && identity !== undefined) {
        const port = this.ports.sips || sipsPort
        const opened = TlsTransport.open({ ...streams, host, port, identity, failed: this.#failed('SIP over TLS') })
        this.#tls.push(await orWithSetting(opened, 'REGISTA_SIPS_PORT', port))
      }
      if (wsPort !== null) {
        const port = this.ports.ws || wsPort
        const opened = WebSocketTransport.open({ ...streams, host, port, door, identity, failed: this.#failed('SIP over WebSocket') })
        this.#websocket.push(await orWithSetting(opened, 'REGISTA_WS_PORT', port))
      }
    }
    if (files !== undefined) this.#lookAtFiles(files)
  }

  /** A renewed certificate is taken up without a restart. */
  #lookAtFiles(files: TlsFiles): void {
    const { timers, log } = this.#needs
    const look = watchTlsFiles(
      files,
      (identity) => {
        for (const transport of [...this.#tls, ...this.#websocket]) transport.identify(identity)
        log.info({ validTo: new Date(identity.validTo).toISOString() }, 'the new TLS certificate is in use')
        this.#warnOfAge(identity, files)
      },
      (sentence) => log.error({}, `${sentence} The TLS certificate in use stays.`),
    )
    this.#stopLooking = timers.every(lookAtFilesEveryMs, look)
  }

  #warnOfAge(identity: TlsIdentity, { cert }: TlsFiles): void {
    const sentence = certificateAge(identity, cert, this.#needs.clock.now())
    if (sentence !== undefined) this.#needs.log.warn({}, sentence)
  }

  get #streamNeeds() {
    const { received, after, timers } = this.#needs
    return { connections: this.connections, received, after, endOfTurn: timers.endOfTurn }
  }

  #failed(what: string): (error: Error) => void {
    return (error) => this.#needs.failed(`The socket of ${what} failed (${error.message}).`)
  }
}

/** `::` alone stands for both families. Each gets a socket of its own, so that an IPv4 peer is seen and answered as one. */
export function listenHosts(hosts: readonly string[]): readonly string[] {
  return hosts.length === 1 && hosts[0] === '::' ? ['0.0.0.0', '::'] : hosts
}

function tlsFiles(cert: string, key: string): TlsFiles {
  return { cert, key, certSetting: 'REGISTA_TLS_CERT', keySetting: 'REGISTA_TLS_KEY' }
}

function orWithSetting<T>(opened: Promise<T>, setting: string, port: number): Promise<T> {
  return opened.catch((error: unknown) => {
    throw withSetting(error, setting, port)
  })
}

/** Added to the system's error: which port, and the setting that names it. */
export interface PortProblem {
  setting: string
  wantedPort: number
}

function withSetting(error: unknown, setting: string, wantedPort: number): unknown {
  return error instanceof Error ? Object.assign(error, { setting, wantedPort } satisfies PortProblem) : error
}

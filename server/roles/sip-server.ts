/** The SIP role put together: sockets → endpoint → registrar → store, and facts to the web role. Lives on a thread of its own. */
import type { MessagePort } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import type { Directory } from '../directory/directory.ts'
import type { BindingStore } from '../registrar/binding-store.ts'
import { isProven } from '../registrar/outcome.ts'
import { Registrar } from '../registrar/registrar.ts'
import { replyTo } from '../registrar/reply.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Timers } from '../runtime/timers.ts'
import { issuedAtOf, type Nonces } from '../sip/digest/nonce.ts'
import { Endpoint, type Handler, optionsHandler } from '../sip/endpoint/endpoint.ts'
import { TimerWheel, tickMs } from '../sip/endpoint/timer-wheel.ts'
import { ProvenRing } from '../sip/transaction/proven-ring.ts'
import type { Flow } from '../sip/transport/flow.ts'
import { TcpTransport } from '../sip/transport/tcp.ts'
import { UdpTransport } from '../sip/transport/udp.ts'
import { contactOf, tellChanges, tellOutcome } from '../status/fact-of-outcome.ts'
import type { MemoryLineBook } from '../storage/memory/line-book.ts'
import { FactSender } from './fact-sender.ts'
import { followDirectory } from './follow-directory.ts'
import type { SipNumbers, SipToWeb } from './role-messages.ts'
import { toTagMaker } from './to-tag.ts'

export interface SipServerNeeds {
  config: Pick<Config, 'sipHost' | 'sipPort' | 'domain' | 'expiresMin' | 'expiresDefault' | 'expiresMax'>
  /** Lower-case names and addresses that are ours. */
  domains: ReadonlySet<string>
  directory: Directory
  lines: MemoryLineBook
  store: BindingStore
  nonces: Nonces
  /** Key of the To tags. */
  tagKey: Buffer
  /** To the web role; null where there is none. */
  web: MessagePort | null
  clock: Clock
  timers: Timers
  log: Log
  /** A socket failed for good. */
  failed(sentence: string): void
}

const numbersEveryMs = 1000
const aliveEveryMs = 5000
/** Rows read at a stretch before other work gets its turn. */
const rowsAtAStretch = 2000
const allow = 'REGISTER, OPTIONS'
/** Times that another free port is looked for. */
const mostTries = 5

export class SipServer {
  readonly #needs: SipServerNeeds
  readonly #wheel: TimerWheel
  readonly #registrar: Registrar
  readonly #endpoint: Endpoint
  readonly #ring = new ProvenRing()
  readonly #facts: FactSender
  readonly #outcomes: Record<string, number> = {}
  readonly #stops: (() => void)[] = []
  #udp: UdpTransport | undefined
  #tcp: TcpTransport | undefined
  #seq = 0

  constructor(needs: SipServerNeeds) {
    const { config, clock, timers } = needs
    this.#needs = needs
    this.#wheel = new TimerWheel(clock.now())
    this.#facts = new FactSender(needs.web, timers)
    const realm = config.domain.toLowerCase()
    this.#registrar = new Registrar({
      lines: needs.lines,
      nonces: needs.nonces,
      realm,
      domains: needs.domains,
      expiresMin: config.expiresMin,
      expiresDefault: config.expiresDefault,
      expiresMax: config.expiresMax,
      store: needs.store,
      wheel: this.#wheel,
      endOfTurn: (work) => timers.endOfTurn(work),
      issuedAtOf,
      changed: (changes, at) => {
        tellChanges(changes, at, this.#facts.facts)
        this.#facts.added()
      },
    })
    const register: Handler = (request, flow, now, answer) =>
      this.#registrar.register(request, flow, now, (outcome) => {
        this.#outcomes[outcome.kind] = (this.#outcomes[outcome.kind] ?? 0) + 1
        tellOutcome(outcome, flow, now, this.#facts.facts)
        this.#facts.added()
        const reply = replyTo(outcome, now, flow.remoteIp, { nonces: needs.nonces, realm })
        answer({ status: reply.status, reason: reply.reason, headers: reply.headers, remember: isProven(outcome) })
      })
    this.#endpoint = new Endpoint({
      handlers: new Map<string, Handler>([
        ['REGISTER', register],
        ['OPTIONS', optionsHandler(allow)],
      ]),
      ring: this.#ring,
      now: () => clock.now(),
      toTag: toTagMaker(needs.tagKey),
      send: (bytes, flow) => this.#send(bytes, flow),
    })
  }

  /** Reads what is stored, then opens the sockets. Rejects with the system's error when a port is taken. Answers the port. */
  async start(): Promise<number> {
    const { config, directory, clock, timers, log } = this.#needs
    const startedAt = clock.now()
    this.#seq = directory.latestSeq()
    const open = new Set<number>()
    for (const login of directory.sipLogins()) {
      this.#needs.lines.put(login)
      if (login.open) open.add(login.lineId)
    }
    for (const _ of this.#registrar.load(startedAt)) await this.#pause()
    await this.#tellStored(startedAt)
    // Disabled, cancelled or removed while nobody served.
    for (const { lineId } of this.#registrar.held.all()) if (!open.has(lineId)) this.#registrar.closeLine(lineId, startedAt)
    this.#registrar.flush()
    await this.#listen()
    this.#needs.store.noteAlive(clock.now())
    this.#stops.push(
      timers.every(tickMs, () => this.#wheel.advance(clock.now())),
      timers.every(aliveEveryMs, () => this.#noteAlive()),
      timers.every(numbersEveryMs, () => this.#tellNumbers()),
      followDirectory(directory, this.#seq, timers, log, async (changes) => {
        await this.#followChanges(changes.all ? undefined : changes.lineIds)
        this.#seq = changes.seq
        this.#tell({ kind: 'followed', seq: changes.seq })
      }),
    )
    this.#tell({ kind: 'serving', port: this.#udp?.port ?? 0 })
    this.#tell({ kind: 'followed', seq: this.#seq })
    log.info({ lines: this.#needs.lines.size, ms: clock.now() - startedAt, host: config.sipHost }, 'SIP role is serving')
    return this.#udp?.port ?? 0
  }

  /** Stores and tells what waits, then closes the sockets. */
  async stop(): Promise<void> {
    for (const stop of this.#stops) stop()
    this.#registrar.flush()
    this.#facts.send()
    await Promise.all([this.#udp?.close(), this.#tcp?.close()])
    // Who never listened (a port in use) was not there for the phones: what they missed meanwhile stays our outage.
    if (this.#udp !== undefined) this.#noteAlive()
    this.#needs.store.close()
  }

  /** UDP and TCP on the same port; where any free one will do, one that is free for both. */
  async #listen(): Promise<void> {
    const { config } = this.#needs
    for (let tries = 1; ; tries++) {
      const udp = await this.#openUdp()
      try {
        this.#tcp = await this.#openTcp(udp.port)
        this.#udp = udp
        return
      } catch (error) {
        await udp.close()
        if (config.sipPort !== 0 || tries === mostTries) throw error
      }
    }
  }

  #openUdp(): Promise<UdpTransport> {
    const { config, failed } = this.#needs
    return UdpTransport.open({
      host: config.sipHost,
      port: config.sipPort,
      received: this.#endpoint.datagram,
      failed: (error) => failed(`The SIP socket failed (${error.message}).`),
    })
  }

  #openTcp(port: number): Promise<TcpTransport> {
    const { config, clock, failed } = this.#needs
    return TcpTransport.open({
      host: config.sipHost,
      port,
      received: (framed, flow) => this.#endpoint.received(framed, flow),
      closed: () => {},
      failed: (error) => failed(`The SIP socket failed (${error.message}).`),
      after: (ms, work) => this.#wheel.after(ms, clock.now(), work),
    })
  }

  #send(bytes: Buffer, flow: Flow): void {
    if (flow.transport === 'udp') this.#udp?.send(bytes, flow)
    else this.#tcp?.send(bytes, flow)
  }

  /** The web role starts with what is stored. */
  async #tellStored(at: number): Promise<void> {
    let told = 0
    for (const line of this.#registrar.held.all()) {
      const ended = line.lastEnded
      if (ended !== null) {
        this.#facts.facts.push({ kind: 'ended', lineId: line.lineId, at: ended.at, how: ended.how, contact: contactOf(ended.binding) })
      }
      for (const binding of line.bindings) {
        this.#facts.facts.push({ kind: 'bound', lineId: line.lineId, at: binding.boundAt, contact: contactOf(binding) })
      }
      if (++told % rowsAtAStretch === 0) {
        this.#facts.send()
        await this.#pause()
      }
    }
    this.#facts.facts.push({ kind: 'loaded', at, downSince: this.#needs.store.lastAlive() })
    this.#facts.send()
  }

  /** Takes over lines that changed; undefined: all of them, a stretch at a time. */
  async #followChanges(lineIds: readonly number[] | undefined): Promise<void> {
    const { directory, lines } = this.#needs
    const seen = new Set<number>()
    let read = 0
    for (const login of directory.sipLogins(lineIds)) {
      seen.add(login.lineId)
      lines.put(login)
      if (!login.open) this.#registrar.closeLine(login.lineId, this.#needs.clock.now())
      if (lineIds === undefined && ++read % rowsAtAStretch === 0) await this.#pause()
    }
    for (const lineId of lineIds ?? [...lines.ids()]) {
      if (seen.has(lineId) || !lines.remove(lineId)) continue
      this.#registrar.closeLine(lineId, this.#needs.clock.now())
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#needs.timers.endOfTurn(resolve))
  }

  #noteAlive(): void {
    try {
      this.#needs.store.noteAlive(this.#needs.clock.now())
    } catch (error) {
      this.#needs.log.error({ error: String(error) }, 'bindings cannot be stored')
    }
  }

  #tellNumbers(): void {
    const numbers: SipNumbers = {
      outcomes: { ...this.#outcomes },
      endpoint: { ...this.#endpoint.numbers, sendErrors: this.#udp?.sendErrors ?? 0 },
      lines: this.#registrar.held.size,
      connections: this.#tcp?.connections ?? 0,
    }
    this.#tell({ kind: 'numbers', numbers })
  }

  #tell(message: SipToWeb): void {
    this.#needs.web?.postMessage(message)
  }
}

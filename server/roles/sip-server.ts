/** The SIP role put together: sockets → endpoint → registrar → store, and facts to the web role. Lives on a thread of its own. */
import type { MessagePort } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import type { Directory } from '../directory/directory.ts'
import type { RegEvents } from '../reg-event/reg-events.ts'
import type { BindingStore } from '../registrar/binding-store.ts'
import type { BanStore } from '../registrar/guard/ban-store.ts'
import type { GuessLimits } from '../registrar/guard/guess-limits.ts'
import { isProven } from '../registrar/outcome.ts'
import { Registrar } from '../registrar/registrar.ts'
import { replyTo } from '../registrar/reply.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import { sharedTexts } from '../runtime/shared-texts.ts'
import type { SteadyClock } from '../runtime/steady-clock.ts'
import type { Timers } from '../runtime/timers.ts'
import { Admission } from '../sip/admission/admission.ts'
import { issuedAtOf, type Nonces } from '../sip/digest/nonce.ts'
import { Endpoint, type Handler, optionsHandler } from '../sip/endpoint/endpoint.ts'
import { TimerWheel, tickMs } from '../sip/endpoint/timer-wheel.ts'
import { ProvenRing } from '../sip/transaction/proven-ring.ts'
import { RequestHasher } from '../sip/transaction/request-hash.ts'
import type { DatagramTaken } from '../sip/transport/udp.ts'
import { tellChanges, tellOutcome } from '../status/fact-of-outcome.ts'
import type { MemoryLineBook } from '../storage/memory/line-book.ts'
import { FactSender } from './fact-sender.ts'
import { followDirectory } from './follow-directory.ts'
import { openGuessGuard, settleEveryMs } from './guess-guard.ts'
import { knownRenewals } from './known-renewals.ts'
import { openRegEvents } from './open-reg-events.ts'
import { openPhoneQuestions, type PhoneQuestions } from './phone-questions.ts'
import { type RegistrarConfig, type RegistrarSettings, registrarSettings } from './registrar-settings.ts'
import type { SipNumbers, SipPorts, SipToWeb, WebToSip } from './role-messages.ts'
import { logOverload, overloadNumbers } from './sip-admission.ts'
import { type ListenerNeeds, SipListeners } from './sip-listeners.ts'
import { StoredTeller } from './tell-stored.ts'
import { watchClock } from './watch-clock.ts'
import { noteAlive, watchStore } from './watch-store.ts'

export interface SipServerNeeds {
  config: ListenerNeeds['config'] & RegistrarConfig & Pick<Config, 'shedLoad' | 'pingSeconds' | 'dropScanners'>
  /** Lower-case names and addresses that are ours. */
  domains: ReadonlySet<string>
  directory: Directory
  lines: MemoryLineBook
  store: BindingStore
  bans: BanStore
  nonces: Nonces
  /** Key of the addresses that stand for one device, 32 bytes, the same after a restart. */
  gruuKey: Buffer
  /** Key of what requests are told apart by, new for every start. */
  hashKey: Buffer
  /** To the web role; null where there is none. */
  web: MessagePort | null
  clock: SteadyClock
  random: Random
  timers: Timers
  log: Log
  /** A socket failed for good. */
  failed(sentence: string): void
}

const numbersEveryMs = 1000
/** Rows read at a stretch before other work gets its turn. */
const rowsAtAStretch = 2000
/** Timers fired at a stretch: a binding that ends is stored and told. */
const timersAtAStretch = 256
const allow = 'REGISTER, OPTIONS, SUBSCRIBE'

export class SipServer {
  readonly #needs: SipServerNeeds
  readonly #wheel: TimerWheel
  readonly #registrar: Registrar
  readonly #guesses: GuessLimits
  readonly #settings: RegistrarSettings
  readonly #endpoint: Endpoint
  readonly #questions: PhoneQuestions
  readonly #regEvents: RegEvents
  readonly #admission: Admission | undefined
  readonly #ring = new ProvenRing()
  readonly #facts: FactSender
  readonly #outcomes: Record<string, number> = {}
  readonly #stops: (() => void)[] = []
  #listeners: SipListeners | undefined
  #seq = 0
  #advancing = false

  constructor(needs: SipServerNeeds) {
    const { config, clock, timers } = needs
    this.#needs = needs
    this.#wheel = new TimerWheel(clock.now())
    this.#facts = new FactSender(needs.web, timers)
    const settings = registrarSettings(config, needs.domains, needs.gruuKey, needs.random)
    this.#settings = settings
    const answers = { ...settings.answers, nonces: needs.nonces }
    const hasher = new RequestHasher(needs.hashKey)
    this.#guesses = openGuessGuard(needs, this.#facts)
    this.#registrar = new Registrar({
      lines: needs.lines,
      nonces: needs.nonces,
      guesses: this.#guesses,
      ...settings.rules,
      store: needs.store,
      wheel: this.#wheel,
      endOfTurn: (work) => timers.endOfTurn(work),
      issuedAtOf,
      shared: sharedTexts(),
      renewals: knownRenewals({
        key: needs.hashKey,
        hasher,
        answers,
        clock,
        ring: this.#ring,
        facts: this.#facts,
        outcomes: this.#outcomes,
        isWatched: (lineId) => this.#regEvents.isWatched(lineId),
        listeners: () => this.#listeners,
      }),
      changed: (changes, at) => {
        tellChanges(changes, at, this.#facts.facts)
        this.#facts.added()
        this.#regEvents.changed(changes, at)
      },
    })
    const register: Handler = (request, flow, now, answer) =>
      this.#registrar.register(request, flow, now, (outcome) => {
        this.#outcomes[outcome.kind] = (this.#outcomes[outcome.kind] ?? 0) + 1
        tellOutcome(outcome, flow, now, this.#facts.facts)
        this.#facts.added()
        if (isProven(outcome)) this.#listeners?.connections.proven(flow)
        if (outcome.kind === 'registered') this.#regEvents.changed(outcome.changes, now)
        const reply = replyTo(outcome, now, flow.remoteIp, answers)
        answer({ status: reply.status, reason: reply.reason, headers: reply.headers, keep: reply.keep, remember: isProven(outcome) })
      })
    this.#admission = config.shedLoad
      ? new Admission({
          now: () => clock.monotonic(),
          time: () => clock.now(),
          nonces: needs.nonces,
          bytes: (count) => needs.random.bytes(count),
          below: (below) => needs.random.below(below),
          endOfTurn: (work) => timers.endOfTurn(work),
          after: (ms, work) => this.#wheel.after(ms, clock.now(), work),
          serve: (bytes, from, start, length) => this.#endpoint.waited(bytes, from, start, length),
          told: (news) => logOverload(needs.log, news),
        })
      : undefined
    this.#questions = openPhoneQuestions({
      ...needs,
      registrar: this.#registrar,
      wheel: this.#wheel,
      send: (text, flow) => this.#listeners?.send(text, flow),
      port: () => this.#listeners?.ports.sip ?? 0,
      overloaded: () => this.#admission?.overloaded === true,
      probed: (probe) => {
        this.#facts.facts.push({ kind: 'probed', ...probe })
        this.#facts.added()
      },
    })
    this.#regEvents = openRegEvents({
      ...needs,
      registrar: this.#registrar,
      domains: settings.rules.domains,
      answers,
      wheel: this.#wheel,
      ask: this.#questions.requester.ask,
      ports: () => this.#listeners?.ports,
      refused: (refusal, flow, at) => {
        tellOutcome(refusal, flow, at, this.#facts.facts)
        this.#facts.added()
      },
      proven: (flow) => this.#listeners?.connections.proven(flow),
    })
    this.#endpoint = new Endpoint({
      ...(this.#admission === undefined ? {} : { admission: this.#admission }),
      handlers: new Map<string, Handler>([
        ['REGISTER', register],
        ['OPTIONS', optionsHandler(allow, 'reg')],
        ['SUBSCRIBE', (request, flow, now, answer) => this.#regEvents.subscribe(request, flow, now, answer)],
      ]),
      ring: this.#ring,
      now: () => clock.now(),
      hasher,
      dropScanners: config.dropScanners,
      allowEvents: 'reg',
      answered: this.#questions.requester.answered,
      send: (bytes, flow) => this.#listeners?.send(bytes, flow),
    })
  }

  /** Reads what is stored, then opens the sockets. Rejects with the system's error when a port is taken. Answers the ports. */
  async start(): Promise<SipPorts> {
    const { config, directory, store, clock, timers, log } = this.#needs
    const startedAt = clock.now()
    this.#seq = directory.latestSeq()
    const open = new Set<number>()
    for (const login of directory.sipLogins()) {
      this.#needs.lines.put(login)
      if (login.open) open.add(login.lineId)
    }
    for (const _ of this.#registrar.load(startedAt)) await this.#pause()
    this.#guesses.load(startedAt)
    // Disabled, cancelled or removed while nobody served.
    for (const { lineId } of this.#registrar.held.all()) if (!open.has(lineId)) this.#registrar.closeLine(lineId, startedAt)
    this.#registrar.flush()
    const listeners = await SipListeners.open({
      ...this.#needs,
      datagram: this.#endpoint.datagram,
      ...(this.#registrar.renewals === undefined ? {} : { taken: this.#taken }),
      received: (framed, flow) => this.#endpoint.received(framed, flow),
      closed: (flow) => this.#registrar.flowClosed(flow.connection, clock.now()),
      handshakeFailed: (ip, why) => log.debug({ ip, why }, 'a TLS handshake failed'),
      toWeb: (events) => this.#tell({ kind: 'websockets', events }),
      after: (ms, work) => this.#wheel.after(ms, clock.now(), work),
    })
    this.#listeners = listeners
    const stored = new StoredTeller(this.#registrar.held.all(), { kind: 'loaded', at: startedAt, downSince: store.lastAlive() })
    this.#needs.web?.on('message', (message: WebToSip) => {
      switch (message.kind) {
        case 'websockets':
          listeners.fromWeb(message.events)
          return
        case 'more-stored':
          this.#tellStored(stored)
          return
      }
    })
    this.#needs.web?.on('close', () => listeners.webLost())
    noteAlive(store, clock.now())
    this.#stops.push(
      timers.every(tickMs, this.#advance),
      watchClock(clock, timers, log, (by) => this.#clockSet(by)),
      watchStore({ store, clock, timers, log, trouble: (reason) => this.#tell({ kind: 'trouble', reason }) }),
      timers.every(numbersEveryMs, () => this.#tellNumbers()),
      timers.every(settleEveryMs, () => this.#guesses.settle(clock.now())),
      followDirectory(directory, this.#seq, timers, log, async (changes) => {
        await this.#followChanges(changes.all ? undefined : changes.lineIds)
        this.#seq = changes.seq
        this.#tell({ kind: 'followed', seq: changes.seq })
      }),
    )
    this.#settings.opened(listeners.ports)
    this.#questions.start()
    this.#tell({ kind: 'serving', port: listeners.ports.sip })
    this.#tell({ kind: 'followed', seq: this.#seq })
    log.info({ lines: this.#needs.lines.size, ms: clock.now() - startedAt, hosts: config.sipHosts }, 'SIP role is serving')
    return listeners.ports
  }

  /** Stores and tells what waits, then closes the sockets. */
  async stop(): Promise<void> {
    const { store, clock } = this.#needs
    for (const stop of this.#stops) stop()
    this.#registrar.flush()
    store.settle()
    this.#guesses.settle(clock.now())
    this.#facts.send()
    await this.#listeners?.close()
    // Who never listened (a port in use) was not there for the phones: what they missed meanwhile stays our outage.
    if (this.#listeners !== undefined) noteAlive(store, clock.now())
    store.close()
    this.#needs.bans.close()
  }

  /** The web role starts with what is stored: it asks for each stretch when it has taken in the one before. */
  #tellStored(stored: StoredTeller): void {
    if (!stored.tell(this.#facts.facts)) return
    this.#facts.send()
    this.#tell({ kind: 'stored-stretch' })
  }

  /** What the registrar recognises it answers itself. */
  readonly #taken: DatagramTaken = (bytes, start, length, address, port, local) => {
    if (this.#registrar.renewals?.take(bytes, start, length, address, port, local) !== true) return false
    this.#admission?.passed()
    this.#endpoint.numbers.requests++
    return true
  }

  /** Fires what is due; where very much is, other work gets its turn in between. */
  readonly #advance = (): void => {
    const { clock, timers } = this.#needs
    if (this.#advancing) return
    this.#advancing = this.#wheel.advance(clock.now(), timersAtAStretch)
    if (!this.#advancing) return
    timers.endOfTurn(() => {
      this.#advancing = false
      this.#advance()
    })
  }

  #clockSet(by: number): void {
    this.#facts.send()
    this.#tell({ kind: 'clock-set', by })
    this.#wheel.clockSet(by)
    this.#needs.nonces.clockSet(by)
    this.#registrar.clockSet(by)
    this.#guesses.clockSet(by)
    this.#regEvents.clockSet(by)
  }

  /** Takes over lines that changed; undefined: all of them, a stretch at a time. */
  async #followChanges(lineIds: readonly number[] | undefined): Promise<void> {
    const { directory, lines } = this.#needs
    const seen = new Set<number>()
    let read = 0
    for (const login of directory.sipLogins(lineIds)) {
      seen.add(login.lineId)
      lines.put(login)
      this.#registrar.lineChanged(login.lineId)
      if (!login.open) this.#closeLine(login.lineId)
      if (lineIds === undefined && ++read % rowsAtAStretch === 0) await this.#pause()
    }
    for (const lineId of lineIds ?? [...lines.ids()]) {
      if (seen.has(lineId) || !lines.remove(lineId)) continue
      this.#closeLine(lineId)
    }
  }

  #closeLine(lineId: number): void {
    const now = this.#needs.clock.now()
    this.#registrar.closeLine(lineId, now)
    this.#regEvents.lineClosed(lineId, now)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#needs.timers.endOfTurn(resolve))
  }

  #tellNumbers(): void {
    const numbers: SipNumbers = {
      outcomes: { ...this.#outcomes },
      endpoint: { ...this.#endpoint.numbers, ...this.#listeners?.numbers },
      lines: this.#registrar.held.size,
      connections: { ...this.#listeners?.connections.counts },
      bans: this.#guesses.bans,
      untoldFailures: this.#facts.untold,
      questions: this.#questions.numbers,
      regEvents: this.#regEvents.numbers,
      overload: overloadNumbers(this.#admission),
    }
    this.#tell({ kind: 'numbers', numbers })
  }

  #tell(message: SipToWeb): void {
    this.#needs.web?.postMessage(message)
  }
}

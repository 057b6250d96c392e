/**
 * The exchange as the simulated phones meet it: registrar and store on one side, the recorder of signs on the other, facts packed in
 * between; each side can be lost and started again, as threads and programs are.
 */

import type { BindingStore } from '../../server/registrar/binding-store.ts'
import type { Outcome } from '../../server/registrar/outcome.ts'
import { StoredTeller } from '../../server/roles/tell-stored.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import { packFacts, unpackFacts } from '../../server/status/fact-codec.ts'
import { tellChanges, tellOutcome } from '../../server/status/fact-of-outcome.ts'
import type { Fact } from '../../server/status/facts.ts'
import type { HistoryStore } from '../../server/status/history-store.ts'
import { StatusRecorder } from '../../server/status/recorder.ts'
import type { FakeClock } from '../support/fake-clock.ts'
import { sampleEntry } from '../support/line-samples.ts'
import { openRegistrar } from '../support/open-registrar.ts'
import type { RegisterWish } from '../support/register-request.ts'

export interface SimLine {
  id: number
  circleId: number
  username: string
  password: string
  disabledAt: number | null
  createdAt: number
}

export interface Stores {
  bindings: BindingStore
  history: HistoryStore
}

const maxContacts = 10
/** Between two notes that the program lives; after an outage, so much of it is not known to be one. */
export const aliveEveryMs = 5000

export class Exchange {
  readonly clock: FakeClock
  readonly lines: readonly SimLine[]
  /** Opens them anew, as a program that starts does. */
  readonly #open: (clock: FakeClock) => Stores
  #stores: Stores
  #sip: ReturnType<typeof openRegistrar> | null = null
  #board: StatusRecorder
  #facts: Fact[] = []
  #aliveAt = 0

  constructor(clock: FakeClock, lines: readonly SimLine[], open: (clock: FakeClock) => Stores) {
    this.clock = clock
    this.lines = lines
    this.#open = open
    this.#stores = open(clock)
    this.#board = this.#newBoard()
    this.startSip()
  }

  get board(): StatusRecorder {
    return this.#board
  }

  get history(): HistoryStore {
    return this.#stores.history
  }

  get serves(): boolean {
    return this.#sip !== null
  }

  /** What must not grow over the days. */
  sizes(): { timers: number; lines: number; waiting: number } {
    return { timers: this.#sip?.wheel.size ?? 0, lines: this.#sip?.registrar.held.size ?? 0, waiting: this.clock.waiting }
  }

  /** Bindings that the registrar holds of a line. */
  held(lineId: number): number {
    return this.#sip?.registrar.held.find(lineId)?.bindings.length ?? 0
  }

  /** Lets a second pass. */
  second(): void {
    this.clock.advance(1000)
    const now = this.clock.now()
    this.#sip?.pass(now - this.#sip.now())
    this.#tell()
    if (now - this.#aliveAt >= aliveEveryMs && this.#sip !== null) {
      this.#stores.bindings.noteAlive(now)
      this.#aliveAt = now
    }
    this.#board.tick(now)
  }

  /** One REGISTER; undefined when nobody serves. */
  register(wish: RegisterWish, flow: Flow): Outcome | undefined {
    const sip = this.#sip
    if (sip === null) return undefined
    const outcome = sip.send(wish, flow)
    this.#tell()
    if (outcome !== undefined) tellOutcome(outcome, flow, this.clock.now(), this.#facts)
    this.#tell()
    return outcome
  }

  nonce(ip: string): string {
    return this.#sip?.nonce(ip) ?? ''
  }

  /** A line was disabled, opened again, or got another password. */
  changed(line: SimLine): void {
    const sip = this.#sip
    sip?.put({ ...line, maxContacts, open: line.disabledAt === null }, line.id)
    if (line.disabledAt !== null) sip?.registrar.closeLine(line.id, this.clock.now())
    sip?.endTurn()
    this.#tell()
    this.#board.putLine(entryOf(line))
  }

  /** The SIP thread ends without warning. */
  loseSip(): void {
    this.#sip = null
    this.#facts = []
    this.#board.sipLost(this.clock.now())
  }

  startSip(): void {
    const now = this.clock.now()
    const sip = openRegistrar(
      this.lines.map((line) => ({ ...line, maxContacts, open: line.disabledAt === null })),
      this.#stores.bindings,
    )
    sip.pass(now - sip.now())
    for (const _ of sip.registrar.load(now)) {
      // All at one stretch.
    }
    for (const line of this.lines) if (line.disabledAt !== null) sip.registrar.closeLine(line.id, now)
    sip.endTurn()
    sip.told.length = 0
    this.#sip = sip
    const stored = new StoredTeller(sip.registrar.held.all(), { kind: 'loaded', at: now, downSince: this.#stores.bindings.lastAlive() })
    while (stored.tell(this.#facts)) this.#tell()
    this.#stores.bindings.noteAlive(now)
    this.#aliveAt = now
  }

  /** The whole program ends: what was only in memory is lost. */
  loseAll(): void {
    this.#sip = null
    this.#facts = []
    this.#stores.history.close()
    this.#stores.bindings.close()
  }

  startAll(): void {
    this.#stores = this.#open(this.clock)
    this.#board = this.#newBoard()
    this.startSip()
  }

  #newBoard(): StatusRecorder {
    const board = new StatusRecorder({ clock: this.clock, timers: this.clock, random: systemRandom, history: this.#stores.history })
    for (const line of this.lines) board.putLine(entryOf(line))
    return board
  }

  /** What the SIP side has to tell crosses to the other side. */
  #tell(): void {
    const told = this.#sip?.told
    if (told !== undefined && told.length > 0) tellChanges(told.splice(0), this.clock.now(), this.#facts)
    if (this.#facts.length === 0) return
    this.#board.apply(unpackFacts(packFacts(this.#facts)))
    this.#facts = []
  }
}

function entryOf(line: SimLine) {
  const { id, circleId, username, disabledAt, createdAt } = line
  return sampleEntry({ id, circleId, accountId: circleId, number: username, username, disabledAt, disabledBy: 'operator', createdAt })
}

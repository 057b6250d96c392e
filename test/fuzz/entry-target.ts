/**
 * The whole entry: bytes of a datagram or a stream, through endpoint and registrar, to the store and back as answers. Mutated requests carry
 * right proofs, so that they reach the decision about bindings.
 */
import { isDeepStrictEqual } from 'node:util'
import { isProven } from '../../server/registrar/outcome.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import { checkAnswer } from './check-answer.ts'
import { Dice } from './dice.ts'
import { type EntryWorld, maxContacts, openEntryWorld } from './entry-world.ts'
import { fillProofs } from './proof.ts'
import { mostlyProven } from './seeds.ts'
import { must, type Target } from './target.ts'

const addresses = ['192.0.2.10', '198.51.100.7', '2001:db8::10']
/** What an answer may be larger than its request: our own rows of a challenge or a refusal. */
const ownRows = 700
/** A contact in an answer, at most: URI, what is echoed (a whole header) and what we add. */
const contactRow = 8_192 + 600

export function entryTarget(): Target {
  return new EntryTarget()
}

class EntryTarget implements Target {
  readonly name = 'entry'
  readonly weight = 5
  readonly seeds = mostlyProven
  #world: EntryWorld = openEntryWorld()
  #connection = 1
  /** Lines that were proven, and bytes that came, on the present connection. */
  readonly #ofConnection = new Set<number>()
  #bytesOfConnection = 0
  #isOpen = true

  run(input: Buffer): void {
    // Where it comes from and when follows from the input: the same episode can be had again.
    const dice = new Dice(input.length * 65_537 + (input[input.length >> 1] ?? 0) * 257 + (input[input.length - 1] ?? 0))
    if (dice.oneIn(8)) this.#world.pass(dice.pick([1, 100, 1_000, 61_000, 700_000, 3_700_000]))
    const flow = this.#flow(dice)
    const { bytes, lines } = fillProofs(input, () => this.#world.nonce(flow.remoteIp))
    if (flow.transport !== 'udp') {
      // The proof may have come with an earlier part of the same message.
      for (const line of lines) this.#ofConnection.add(line)
      for (const line of this.#ofConnection) lines.add(line)
      this.#bytesOfConnection += bytes.length
    }
    const marks = this.#world.marks()
    const repeatedBefore = this.#world.repeated()
    const before = this.#world.held()
    const answers = flow.transport === 'udp' ? this.#datagram(bytes, flow, lines.size > 0) : this.#stream(bytes, flow, dice)
    // A request that comes again from the same place gets its answer again (RFC 3261 §17.2.2), whatever else stands in it.
    const repeated = this.#world.repeated() > repeatedBefore
    const asked = flow.transport === 'udp' ? bytes.length : this.#bytesOfConnection
    for (const answer of answers) checkSize(answer, asked, lines.size > 0, repeated)
    if (flow.transport !== 'udp') this.#maybeNextConnection(dice)
    const outcomes = this.#world.outcomes()
    if (lines.size === 0) {
      must(!outcomes.some(isProven), 'a request without a proof was taken for proven')
      must(this.#world.marks() === marks, () => `a request without a proof changed ${marks} to ${this.#world.marks()}`)
    }
    this.#checkBindings(before, lines)
  }

  reset(): void {
    this.#checkStore()
    this.#world = openEntryWorld()
    this.#connection = 1
    this.#ofConnection.clear()
    this.#bytesOfConnection = 0
    this.#isOpen = true
  }

  another(): Target {
    return new EntryTarget()
  }

  #flow(dice: Dice): Flow {
    const remoteIp = dice.pick(addresses)
    if (!dice.oneIn(4)) return { transport: 'udp', remoteIp, remotePort: 5060 + dice.below(3), connection: 0, local: 0 }
    return { transport: dice.pick(['tcp', 'tls', 'ws'] as const), remoteIp, remotePort: 40_000, connection: this.#connection, local: 0 }
  }

  #datagram(bytes: Buffer, flow: Flow, proven: boolean): Buffer[] {
    const answers = this.#world.datagram(bytes, flow)
    must(answers.length <= 1, () => `${answers.length} answers to one datagram`)
    const message = parseDatagram(bytes, bytes.length)
    const silent =
      message.kind === 'keepalive' || message.kind === 'response' || (message.kind === 'parse-error' && message.answer === null)
    if (message.kind === 'keepalive' && message.what === 'stun') return this.#stun(bytes, answers)
    if (silent) must(answers.length === 0, 'garbage was answered')
    if (message.kind === 'request' && message.method === 'OPTIONS') must(answers.length === 1, 'OPTIONS was not answered')
    if (message.kind === 'request' && message.method === 'REGISTER' && !proven) must(answers.length === 1, 'REGISTER was not answered')
    return answers
  }

  /** The answer to a STUN request is one, of the same transaction, and hardly longer. */
  #stun(bytes: Buffer, answers: readonly Buffer[]): Buffer[] {
    for (const answer of answers) {
      must(answer.readUInt16BE(0) === 0x0101 && answer.subarray(4, 20).equals(bytes.subarray(4, 20)), 'a STUN answer to another request')
      must(answer.length <= bytes.length + 24, 'a STUN answer that is much longer than its request')
    }
    return []
  }

  #stream(bytes: Buffer, flow: Flow, dice: Dice): Buffer[] {
    if (flow.transport === 'ws') return this.#world.webSocket(bytes, flow).filter((answer) => answer.toString() !== '\r\n')
    const cut = dice.below(bytes.length + 1)
    const { answers, open, framed } = this.#world.stream([Buffer.from(bytes.subarray(0, cut)), Buffer.from(bytes.subarray(cut))], flow)
    must(answers.length <= framed, () => `${answers.length} answers to ${framed} messages`)
    this.#isOpen = open
    return answers.filter((answer) => answer.length !== 2 || answer.toString() !== '\r\n')
  }

  /** A new connection now and then, so that what one left half said does not hold up all that follow. */
  #maybeNextConnection(dice: Dice): void {
    if (this.#isOpen && !dice.oneIn(3)) return
    this.#isOpen = true
    this.#world.closed(this.#connection++)
    this.#ofConnection.clear()
    this.#bytesOfConnection = 0
  }

  #checkBindings(before: ReturnType<EntryWorld['held']>, proven: Set<number>): void {
    const held = this.#world.held()
    const now = this.#world.now()
    const ofLine = new Map<number, number>()
    const ids = new Set<number>()
    for (const one of held) {
      ofLine.set(one.lineId, (ofLine.get(one.lineId) ?? 0) + 1)
      must(!ids.has(one.id), 'two bindings have one id')
      ids.add(one.id)
      must(one.expiresAt <= now + 3_600_000, 'a binding lives longer than is ever granted')
      must(one.q >= 0 && one.q <= 1000 && Number.isInteger(one.q), `a q of ${one.q}`)
      must(Number.isInteger(one.regId) && one.regId >= 0 && one.regId <= 0x7fff_ffff, `a reg-id of ${one.regId}`)
      must(/^sips?:/i.test(one.uri) && one.uri.length <= 1024, 'a contact that is no SIP URI')
      for (const text of [one.uri, one.echo, one.instance, one.callId, one.userAgent, one.path])
        must(!/[\r\n]/.test(text), 'a line end is kept')
    }
    for (const [line, count] of ofLine) must(count <= maxContacts, `${count} contacts of line ${line}`)
    // What a request changed is its own line's.
    const byId = new Map(held.map((one) => [one.id, one]))
    for (const one of before) {
      if (!proven.has(one.lineId) && one.expiresAt > now) must(byId.get(one.id) === one, 'a request touched another line')
    }
  }

  #checkStore(): void {
    const order = (one: { id: number }, other: { id: number }) => one.id - other.id
    must(isDeepStrictEqual(this.#world.held().sort(order), this.#world.stored().sort(order)), 'the store holds other bindings than memory')
  }
}

function checkSize(answer: Buffer, asked: number, proven: boolean, repeated: boolean): void {
  const { contacts } = checkAnswer(answer)
  if (repeated) return
  must(proven || contacts === 0, 'contacts were told without a proof')
  must(answer.length <= asked + ownRows + contacts * contactRow, () => `${asked} bytes were answered by ${answer.length}`)
}

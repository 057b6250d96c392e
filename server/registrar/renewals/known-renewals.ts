/**
 * Recognises the renewals of phones that renew as they did last time, and does with them what register.ts would: the same checks, the same
 * answer, the same change of the binding. Reads memory only, throws nothing. Hot path: known-renewals.bench.ts.
 */

import { hexDigit } from '../../sip/digest/address-network.ts'
import type { Nonces } from '../../sip/digest/nonce.ts'
import { digestOfUri } from '../../sip/digest/verify.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import type { RequestForm } from '../../sip/request-form/request-form.ts'
import { FormReader } from '../../sip/request-form/request-form.ts'
import type { RequestHasher } from '../../sip/transaction/request-hash.ts'
import type { Flow } from '../../sip/transport/flow.ts'
import type { GuessLimits } from '../guard/guess-limits.ts'
import { type CardDraft, draftOf } from './card-draft.ts'
import type { Accepted, KnownLine } from './known-line.ts'
import { isProvenBy } from './proof-in-bytes.ts'
import { RenewalAnswers } from './renewal-answer.ts'
import * as card from './renewal-cards.ts'
import { RenewalRows } from './renewal-rows.ts'

export interface KnownRenewalNeeds {
  /** 8 bytes, new for every start. */
  key: Buffer
  hasher: RequestHasher
  /** Rows that every 200 has at its end, each ending in CRLF; and those of a 500. */
  lastRows: string
  retryAfter: string
  /** Epoch ms. */
  now(): number
  /** The text of an IPv4 address whose bytes lie in memory like this. */
  ipOf(address: number): string
  /** Whether somebody is told of each change of this line's bindings: its renewals are never recognised. */
  isWatched(lineId: number): boolean
  /** A renewal is stored: what the portal learns of it. */
  renewed(lineId: number, bindingId: number, seenAt: number, granted: number): void
  /** The answer to one, to be sent and remembered under the two halves of its request's hash. */
  answered(answer: KnownAnswer): void
}

/** Good during the call only. */
export interface KnownAnswer {
  stored: boolean
  hashLow: number
  hashHigh: number
  bytes: Buffer
  start: number
  end: number
  address: number
  port: number
  local: number
  at: number
}

/** What of the registrar is used. */
export interface RenewalRules {
  nonces: Pick<Nonces, 'isCurrent' | 'hasKey'>
  guesses: Pick<GuessLimits, 'watching' | 'renewed'>
  expiresMin: number
  shorten(seconds: number, least: number): number
  /** As BindingStore has them. */
  clockAhead(): number
  placeOf(bindingId: number): number
  /** Its phone came by. */
  heard(bindingId: number): void
  /** One more waits for the commit; and the commit now. */
  waits(): void
  commit(): void
}

/** Nonce id: without the key's number before it and the proof behind it, as Nonces names it. */
const idStart = 2
const idSize = 32
const answersSize = 1 << 20
/** Numbers kept of each that waits: card, values before, hash, answer, where it came from. */
const waitingSize = 14
const mostWaiting = 1024
const mostUris = 1024
const ha2Size = 32

export class KnownRenewals {
  readonly rows = new RenewalRows()
  readonly #needs: KnownRenewalNeeds
  readonly #rules: RenewalRules
  readonly #reader: FormReader
  readonly #cards = new card.RenewalCards()
  readonly #uris = new Map<string, number>()
  readonly #ha2s = new DataView(new ArrayBuffer(mostUris * ha2Size))
  readonly #answers: RenewalAnswers
  /** Of the renewals that wait for their commit; times apart. */
  readonly #waiting = new Int32Array(mostWaiting * waitingSize)
  readonly #times = new Float64Array(mostWaiting * 2)
  #count = 0
  /** The request that was looked at last is none that is known, and lies there, having come from there. */
  #isNews = false
  #newsStart = 0
  #newsLength = 0
  #newsAddress = 0
  #newsPort = 0
  readonly #answer: KnownAnswer

  constructor(needs: KnownRenewalNeeds, rules: RenewalRules) {
    this.#needs = needs
    this.#rules = rules
    this.#reader = new FormReader(needs.key)
    this.#answers = new RenewalAnswers(answersSize, needs.lastRows, needs.retryAfter)
    this.#answer = {
      stored: true,
      hashLow: 0,
      hashHigh: 0,
      bytes: this.#answers.bytes,
      start: 0,
      end: 0,
      address: 0,
      port: 0,
      local: 0,
      at: 0,
    }
  }

  /** Renewals that wait for their commit. */
  get waiting(): number {
    return this.#count
  }

  /** Lines whose renewals are recognised. */
  get size(): number {
    return this.#cards.size
  }

  /**
   * Takes a datagram if it is a renewal that is known and in order: it is staged, and answered when it is stored. False: it is for the parser,
   * whatever it is. `address`, `port`: where it came from, the address as its bytes lie in memory; `local`: the number of the socket.
   */
  take(bytes: Uint8Array, start: number, length: number, address: number, port: number, local: number): boolean {
    this.#isNews = false
    const reader = this.#reader
    if (!reader.read(bytes, start, length)) return false
    const { form } = reader
    const cards = this.#cards
    const found = cards.find(form.low, form.high)
    const { ints, floats } = cards
    const at = found * card.cardSize
    if (found === 0 || ints[at + card.address] !== (address | 0) || ((ints[at + card.portAndUri] as number) & 0xffff) !== port) {
      this.#isNews = true
      this.#newsStart = start + bytes.byteOffset
      this.#newsLength = length
      this.#newsAddress = address
      this.#newsPort = port
      return false
    }
    const { nonces, guesses, shorten, expiresMin } = this.#rules
    const count = readCount(reader.view, form.countStart)
    if (form.cseq <= (ints[at + card.cseq] as number) || count <= (ints[at + card.nonceCount] as number) >>> 0) return false
    const now = this.#needs.now()
    const before = floats[(at >> 1) + card.seenAt] as number
    const grantedBefore = ints[at + card.granted] as number
    const expiresBefore = before + grantedBefore * 1000
    if (expiresBefore <= now || !nonces.isCurrent((ints[at + card.nonceIssuedAt] as number) >>> 0, now)) return false
    if (!nonces.hasKey((ints[at + card.contactAndKey] as number) >>> 16)) return false
    const most = ints[at + card.mostGranted] as number
    const granted = shorten(most, Math.min(most, expiresMin))
    // Its timer would come too late.
    if (now + granted * 1000 < expiresBefore) return false
    const ha2At = ((ints[at + card.portAndUri] as number) >>> 16) * ha2Size
    if (!isProvenBy(form, reader.view, ints, at + card.md5State, this.#ha2s, ha2At)) return false
    const ip = this.#needs.ipOf(address)
    if (guesses.watching) guesses.renewed(ip)
    if (this.#count === mostWaiting || !this.#answers.hasRoom) this.#rules.commit()
    this.#stage(form, at, found, count, granted, now, ip, address, port, local)
    this.#rules.waits()
    return true
  }

  #stage(
    form: RequestForm,
    at: number,
    found: number,
    count: number,
    granted: number,
    now: number,
    ip: string,
    address: number,
    port: number,
    local: number,
  ): void {
    const { ints, floats } = this.#cards
    const { view } = this.#reader
    const answers = this.#answers
    const id = floats[(at >> 1) + card.bindingId] as number
    const waiting = this.#waiting
    const to = this.#count * waitingSize
    waiting[to] = found
    waiting[to + 1] = ints[at + card.cseq] as number
    waiting[to + 2] = ints[at + card.granted] as number
    waiting[to + 3] = granted
    const { low, high } = this.#needs.hasher.ofForm(form, view, ip, port)
    waiting[to + 4] = low
    waiting[to + 5] = high
    waiting[to + 6] = answers.used
    const contactSize = (ints[at + card.contactAndKey] as number) & 0xffff
    answers.write(form, view, ip, port, low, contactSize, granted, now)
    waiting[to + 7] = answers.used
    waiting[to + 8] = answers.ownEnd
    waiting[to + 9] = address
    waiting[to + 10] = port
    waiting[to + 11] = local
    waiting[to + 12] = ints[at + card.lineId] as number
    this.#times[this.#count * 2] = floats[(at >> 1) + card.seenAt] as number
    this.#times[this.#count * 2 + 1] = now
    this.#count++
    const ahead = this.#rules.clockAhead()
    const { rows } = this
    const nonceAt = rows.add(id, now - ahead, form.cseq, granted, count, port, idSize, ints[at + card.storePlace] as number)
    copy(view, form.nonceStart + idStart, rows.bytes, nonceAt, idSize)
    ints[at + card.cseq] = form.cseq
    // A count that was used stays used, stored or not.
    ints[at + card.nonceCount] = count
    ints[at + card.granted] = granted
    floats[(at >> 1) + card.seenAt] = now
    ints[at + card.waitingForCommit] = (ints[at + card.waitingForCommit] as number) + 1
  }

  /** All that waited is stored, or nothing of it. */
  settle(stored: boolean): void {
    const count = this.#count
    if (!stored) this.#undo(count)
    const { ints, floats } = this.#cards
    const waiting = this.#waiting
    for (let i = 0; i < count; i++) {
      const from = i * waitingSize
      const at = (waiting[from] as number) * card.cardSize
      ints[at + card.waitingForCommit] = (ints[at + card.waitingForCommit] as number) - 1
      const seenAt = this.#times[i * 2 + 1] as number
      if (stored) {
        const id = floats[(at >> 1) + card.bindingId] as number
        this.#rules.heard(id)
        this.#needs.renewed(waiting[from + 12] as number, id, seenAt, waiting[from + 3] as number)
      }
      this.#tell(from, stored, seenAt)
    }
    this.#count = 0
    this.#answers.clear()
    this.rows.clear()
  }

  #tell(from: number, stored: boolean, at: number): void {
    const waiting = this.#waiting
    const answer = this.#answer
    answer.stored = stored
    answer.hashLow = waiting[from + 4] as number
    answer.hashHigh = waiting[from + 5] as number
    answer.address = (waiting[from + 9] as number) >>> 0
    answer.port = waiting[from + 10] as number
    answer.local = waiting[from + 11] as number
    answer.at = at
    const start = waiting[from + 6] as number
    if (stored) {
      answer.bytes = this.#answers.bytes
      answer.start = start
      answer.end = waiting[from + 7] as number
    } else {
      answer.bytes = Buffer.from(this.#answers.failed(start, waiting[from + 8] as number), 'latin1')
      answer.start = 0
      answer.end = answer.bytes.length
    }
    this.#needs.answered(answer)
  }

  /** The newest first: of two of one card the older holds what was stored. */
  #undo(count: number): void {
    const { ints, floats } = this.#cards
    for (let i = count - 1; i >= 0; i--) {
      const from = i * waitingSize
      const at = (this.#waiting[from] as number) * card.cardSize
      ints[at + card.cseq] = this.#waiting[from + 1] as number
      ints[at + card.granted] = this.#waiting[from + 2] as number
      floats[(at >> 1) + card.seenAt] = this.#times[i * 2] as number
    }
  }

  /**
   * What a card for this line would say, if the request that was just judged is one whose like can be recognised. `outcome`: how it ended, once it is stored.
   */
  draft(request: SipRequest, flow: Flow, outcome: Accepted): CardDraft | undefined {
    if (!this.#isNews) return undefined
    this.#isNews = false
    // The first renewal with a nonce shows that it is used more than once: many phones ask for another one every time.
    const [change] = outcome.changes
    if (change?.kind !== 'renewed' || change.before.nonceId !== change.binding.nonceId) return undefined
    if (this.#newsPort !== flow.remotePort || flow.transport !== 'udp' || request.text.length !== this.#newsLength) return undefined
    if (this.#needs.ipOf(this.#newsAddress) !== flow.remoteIp || this.#needs.isWatched(outcome.line.lineId)) return undefined
    const { form, view } = this.#reader
    return draftOf({
      request,
      outcome,
      form,
      view,
      start: this.#newsStart,
      address: this.#newsAddress,
      port: this.#newsPort,
      uriOf: (uri) => this.#uriOf(uri),
      ha2s: this.#ha2s,
    })
  }

  /** Makes the line's card, now that what the draft was made of is stored. */
  record(draft: CardDraft, line: KnownLine): void {
    const [binding] = line.bindings
    if (binding === undefined || line.bindings.length > 1 || line.waiting > 0 || line.card !== 0) return
    // Something else has used the nonce since, which the binding does not know of.
    if (line.nonceCount(binding.nonceId, 0) !== binding.nonceCount) return
    const found = this.#cards.add(draft.low, draft.high)
    if (found === 0) return
    const { ints, floats } = this.#cards
    const at = found * card.cardSize
    ints.set(draft.md5State, at + card.md5State)
    ints[at + card.nonceIssuedAt] = draft.nonceIssuedAt
    ints[at + card.mostGranted] = draft.most
    ints[at + card.granted] = binding.granted
    ints[at + card.cseq] = binding.cseq
    ints[at + card.nonceCount] = binding.nonceCount
    ints[at + card.lineId] = line.lineId
    floats[(at >> 1) + card.seenAt] = binding.seenAt
    floats[(at >> 1) + card.bindingId] = binding.id
    ints[at + card.address] = draft.address
    ints[at + card.portAndUri] = draft.port | (draft.uri << 16)
    ints[at + card.storePlace] = this.#rules.placeOf(binding.id)
    ints[at + card.contactAndKey] = draft.contactSize | (draft.nonceKey << 16)
    line.card = found
  }

  /** Brings the line's own objects up to date with its card. */
  takeOver(line: KnownLine): void {
    const at = line.card * card.cardSize
    if (this.#cards.ints[at + card.waitingForCommit] !== 0) this.#rules.commit()
    const { ints, floats } = this.#cards
    const [binding] = line.bindings
    if (binding === undefined) return
    binding.cseq = ints[at + card.cseq] as number
    binding.granted = ints[at + card.granted] as number
    binding.seenAt = floats[(at >> 1) + card.seenAt] as number
    binding.expiresAt = binding.seenAt + binding.granted * 1000
    binding.nonceCount = (ints[at + card.nonceCount] as number) >>> 0
    line.raiseNonce(binding.nonceId, binding.nonceCount)
  }

  /** From now on the line's renewals are read, until one of them makes a card anew. */
  forget(line: KnownLine): void {
    if (line.card === 0) return
    this.takeOver(line)
    this.#cards.remove(line.card)
    line.card = 0
  }

  /** The number of a digest-uri among those known, each with its HA2; -1 if there are too many: phones of one domain all send the same. */
  #uriOf(uri: string): number {
    const known = this.#uris.get(uri)
    if (known !== undefined) return known
    const number = this.#uris.size
    if (number === mostUris) return -1
    const ha2 = digestOfUri('MD5', 'REGISTER', uri)
    for (let i = 0; i < ha2Size; i++) this.#ha2s.setUint8(number * ha2Size + i, ha2.charCodeAt(i))
    this.#uris.set(Buffer.from(uri, 'latin1').toString('latin1'), number)
    return number
  }
}

/** Eight hex digits as an unsigned number; -1 if one of them is none. */
function readCount(view: DataView, start: number): number {
  let value = 0
  let bad = 0
  for (let at = start; at < start + 8; at++) {
    const digit = hexDigit[view.getUint8(at)] as number
    bad |= digit
    value = (value << 4) | digit
  }
  return bad > 15 ? -1 : value >>> 0
}

function copy(from: DataView, start: number, to: Buffer, toStart: number, size: number): void {
  for (let i = 0; i < size; i++) to[toStart + i] = from.getUint8(start + i)
}

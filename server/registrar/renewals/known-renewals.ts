/**
 * Recognises the renewals of phones that renew as they did last time, and does with them what register.ts would: the same checks, the same
 * answer, the same change of the binding. Reads memory only, throws nothing. Hot path: known-renewals.bench.ts.
 */
import { issuedStart, nonceIdLength, nonceIdStart, readHexBytes } from '../../sip/digest/nonce.ts'
import type { SipRequest } from '../../sip/message/message.ts'
import { FormReader, type RequestForm } from '../../sip/request-form/request-form.ts'
import type { Flow } from '../../sip/transport/flow.ts'
import { type CardDraft, draftOf } from './card-draft.ts'
import type { Accepted, KnownLine, KnownLogin } from './known-line.ts'
import { KnownUris } from './known-uris.ts'
import { hashNonce, nonceHash } from './nonce-hash.ts'
import { digestSize, isProvenBy } from './proof-in-bytes.ts'
import * as card from './renewal-cards.ts'
import type { KnownRenewalNeeds, RenewalRules } from './renewal-needs.ts'
import type { RenewalRows } from './renewal-rows.ts'
import { WaitingRenewals } from './waiting-renewals.ts'

export class KnownRenewals {
  readonly #needs: KnownRenewalNeeds
  readonly #rules: RenewalRules
  readonly #reader: FormReader
  readonly #cards = new card.RenewalCards()
  /** The line of each card. */
  readonly #logins: (KnownLogin | undefined)[] = []
  readonly #uris = new KnownUris()
  readonly #waiting: WaitingRenewals
  /** The request that was looked at last is none that is known, and lies there, having come from there. */
  #isUnknown = false
  #unknownStart = 0
  #unknownLength = 0
  #unknownAddress = 0
  #unknownPort = 0

  constructor(needs: KnownRenewalNeeds, rules: RenewalRules) {
    this.#needs = needs
    this.#rules = rules
    this.#reader = new FormReader(needs.key)
    this.#waiting = new WaitingRenewals(this.#cards, needs, rules)
  }

  /** Renewals that wait for their commit. */
  get waiting(): number {
    return this.#waiting.count
  }

  /** What the store is to keep of them. */
  get rows(): RenewalRows {
    return this.#waiting.rows
  }

  /**
   * Takes a datagram if it is a renewal that is known and in order: it is staged, and answered when it is stored. False: it is for the parser,
   * whatever it is. `address`, `port`: where it came from, the address as its bytes lie in memory; `local`: the number of the socket.
   */
  take(bytes: Uint8Array, start: number, length: number, address: number, port: number, local: number): boolean {
    this.#isUnknown = false
    const reader = this.#reader
    if (!reader.read(bytes, start, length)) return false
    const { form } = reader
    const cards = this.#cards
    const found = cards.find(form.low, form.high)
    const { ints, floats } = cards
    const at = found * card.cardSize
    // Until it is taken it may be one that makes a card.
    this.#isUnknown = true
    this.#unknownStart = start + bytes.byteOffset
    this.#unknownLength = length
    this.#unknownAddress = address
    this.#unknownPort = port
    if (found === 0 || ints[at + card.address] !== (address | 0) || ints[at + card.port] !== port) return false
    const { view } = reader
    const count = readHexBytes(reader.bytes, form.countStart, form.countStart + 8)
    if (form.cseq <= (ints[at + card.cseq] as number) || count < 0) return false
    const now = this.#needs.now()
    const expiresBefore = (floats[(at >> 1) + card.seenAt] as number) + (ints[at + card.granted] as number) * 1000
    if (expiresBefore <= now) return false
    const { guesses, shorten, expiresMin } = this.#rules
    const most = ints[at + card.mostGranted] as number
    const granted = shorten(most, Math.min(most, expiresMin))
    // Its timer would come too late.
    if (now + granted * 1000 < expiresBefore) return false
    const ip = this.#needs.ipOf(address)
    hashNonce(view, form.nonceStart)
    const isNewNonce = ints[at + card.nonceLow] !== nonceHash.low || ints[at + card.nonceHigh] !== nonceHash.high
    if (isNewNonce ? !this.#mayUseNew(form, found, count, now, ip) : !this.#mayUseAgain(form, at, count, now)) return false
    const ha2At = (ints[at + card.uri] as number) * digestSize
    if (!isProvenBy(form, view, ints, at + card.ha1, this.#uris.ha2s, ha2At)) return false
    if ((isNewNonce || !this.#waiting.hasRoom) && !this.#isReady(found)) return false
    if (isNewNonce) this.#useNonce(form, at, found, count, ip)
    else if (guesses.watching) guesses.renewed(ip)
    this.#waiting.stage(form, view, { found, count, granted, now, ip, address, port, local, isNewNonce })
    this.#isUnknown = false
    this.#rules.waits()
    return true
  }

  /** Stores what waits, and lets the line's objects know what its card knows of the last nonce. False if the card did not outlive that. */
  #isReady(found: number): boolean {
    const line = this.#logins[found]?.held ?? null
    if (!this.#waiting.hasRoom) this.#rules.commit()
    if (line?.card === found) this.takeOver(line)
    return line?.card === found
  }

  #mayUseAgain(form: RequestForm, at: number, count: number, now: number): boolean {
    const { ints } = this.#cards
    const { nonces } = this.#rules
    if (count <= (ints[at + card.nonceCount] as number) >>> 0) return false
    const { bytes } = this.#reader
    const issued = form.nonceStart + issuedStart
    return (
      nonces.isCurrent(readHexBytes(bytes, issued, issued + 8), now) &&
      nonces.hasKey(readHexBytes(bytes, form.nonceStart, form.nonceStart + 2))
    )
  }

  /** Another nonce than last time. While anybody is kept out whoever signs in anew is looked at closely, elsewhere. */
  #mayUseNew(form: RequestForm, found: number, count: number, now: number, ip: string): boolean {
    const { nonces, guesses, issuedAtOf } = this.#rules
    const line = this.#logins[found]?.held
    if (guesses.bans > 0 || line === undefined || line === null) return false
    if ((this.#cards.ints[found * card.cardSize + card.contactAndName] as number) >>> 16 !== 1) return false
    if (nonces.known(this.#reader.bytes, form.nonceStart, now, ip) === 0) return false
    const id = this.#nonceId(form)
    // One that was used before, and is not the last one, is nothing that phones do.
    return count > 0 && line.nonceCount(id, issuedAtOf(id)) === 0
  }

  #useNonce(form: RequestForm, at: number, found: number, count: number, ip: string): void {
    const { guesses, issuedAtOf } = this.#rules
    const login = this.#logins[found]
    login?.held?.useNonce(this.#nonceId(form), count, issuedAtOf)
    guesses.succeeded(ip, login?.username ?? '')
    const { ints } = this.#cards
    hashNonce(this.#reader.view, form.nonceStart)
    ints[at + card.nonceLow] = nonceHash.low
    ints[at + card.nonceHigh] = nonceHash.high
    ints[at + card.nonceIsNew] = 1
  }

  #nonceId(form: RequestForm): string {
    const { bytes } = this.#reader
    return Buffer.from(bytes.buffer, bytes.byteOffset + form.nonceStart + nonceIdStart, nonceIdLength).toString('latin1')
  }

  /** All that waited is stored, or nothing of it. */
  settle(stored: boolean): void {
    this.#waiting.settle(stored)
    if (!stored) for (const found of this.#waiting.undoneNewNonces()) this.#drop(found)
    this.#waiting.clear()
  }

  /** A nonce that was new is not its binding's: such a line's next renewal is read. */
  #drop(found: number): void {
    const line = this.#logins[found]?.held
    if (line?.card !== found) return
    // What was used of it stays used all the same.
    line.raiseNonce(line.newestNonce, (this.#cards.ints[found * card.cardSize + card.nonceCount] as number) >>> 0)
    this.#remove(line)
  }

  #remove(line: KnownLine): void {
    this.#uris.giveBack(this.#cards.ints[line.card * card.cardSize + card.uri] as number)
    this.#cards.remove(line.card)
    this.#logins[line.card] = undefined
    line.card = 0
  }

  /**
   * What a card for this line would say, if the request that was just judged is one whose like can be recognised. `outcome`: how it ended, once it is stored.
   */
  draft(request: SipRequest, flow: Flow, outcome: Accepted): CardDraft | undefined {
    if (!this.#isUnknown) return undefined
    this.#isUnknown = false
    // A phone that has only just come may be gone as soon: it shows that it stays by its first renewal.
    if (outcome.changes[0]?.kind !== 'renewed') return undefined
    if (this.#unknownPort !== flow.remotePort || flow.transport !== 'udp' || request.text.length !== this.#unknownLength) return undefined
    if (this.#needs.ipOf(this.#unknownAddress) !== flow.remoteIp || this.#needs.isWatched(outcome.line.lineId)) return undefined
    const { form, view } = this.#reader
    return draftOf({
      request,
      outcome,
      form,
      view,
      start: this.#unknownStart,
      address: this.#unknownAddress,
      port: this.#unknownPort,
      uris: this.#uris,
    })
  }

  /** Makes the line's card, now that what the draft was made of is stored. */
  record(draft: CardDraft, login: KnownLogin): void {
    const line = login.held
    const binding = line?.bindings[0]
    if (line === null || binding === undefined || line.bindings.length > 1 || line.waiting > 0 || line.card !== 0) return
    // Something else has used the nonce since, which the binding does not know of.
    if (line.nonceCount(binding.nonceId, 0) !== binding.nonceCount) return
    const found = this.#cards.add(draft.low, draft.high)
    if (found === 0) return
    const uri = this.#uris.take(draft.uri)
    if (uri < 0) {
      this.#cards.remove(found)
      return
    }
    const { ints, floats } = this.#cards
    const at = found * card.cardSize
    ints.set(draft.ha1, at + card.ha1)
    ints[at + card.nonceLow] = draft.nonceLow
    ints[at + card.nonceHigh] = draft.nonceHigh
    ints[at + card.mostGranted] = draft.most
    ints[at + card.granted] = binding.granted
    ints[at + card.cseq] = binding.cseq
    ints[at + card.nonceCount] = binding.nonceCount
    ints[at + card.lineId] = line.lineId
    floats[(at >> 1) + card.seenAt] = binding.seenAt
    floats[(at >> 1) + card.bindingId] = binding.id
    ints[at + card.address] = draft.address
    ints[at + card.port] = draft.port
    ints[at + card.uri] = uri
    ints[at + card.storePlace] = this.#rules.placeOf(binding.id)
    ints[at + card.contactAndName] = draft.contactSize | (draft.isPlainName ? 1 << 16 : 0)
    this.#logins[found] = login
    line.card = found
  }

  /** Brings the line's own objects up to date with its card. */
  takeOver(line: KnownLine): void {
    const at = line.card * card.cardSize
    if (this.#cards.ints[at + card.waitingForCommit] !== 0) this.#rules.commit()
    // It was not stored, and the card dropped.
    if (line.card === 0) return
    const { ints, floats } = this.#cards
    const [binding] = line.bindings
    if (binding === undefined) return
    binding.cseq = ints[at + card.cseq] as number
    binding.granted = ints[at + card.granted] as number
    binding.seenAt = floats[(at >> 1) + card.seenAt] as number
    binding.expiresAt = binding.seenAt + binding.granted * 1000
    binding.nonceCount = (ints[at + card.nonceCount] as number) >>> 0
    if (ints[at + card.nonceIsNew] === 1) {
      binding.nonceId = line.newestNonce
      ints[at + card.nonceIsNew] = 0
    }
    line.raiseNonce(binding.nonceId, binding.nonceCount)
  }

  /** From now on the line's renewals are read, until one of them makes a card anew. */
  forget(line: KnownLine): void {
    if (line.card === 0) return
    this.takeOver(line)
    // The commit that this may have taken can have dropped it.
    if (line.card !== 0) this.#remove(line)
  }
}

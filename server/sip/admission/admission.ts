/**
 * Who is served first while more comes than can be answered at once. Whoever has proven himself before (a nonce of ours, given to this
 * address), calls and small things are served as they come; first attempts wait (waiting-room.ts) and are served in what time is left, of
 * which they have a share in any case. What the room does not hold is turned away: in silence, since the phone asks again by itself, and
 * when it lasts with 503. RFC 3261 §21.5.4, RFC 6357.
 *
 * The governor is how much one turn of the event loop reads: a long turn means a long queue in front of the socket. While turns are
 * short everything passes and nothing is looked at. Nothing here grows. Hot path: admission.bench.ts.
 */
import { type Nonces, nonceLength } from '../digest/nonce.ts'
import type { Flow } from '../transport/flow.ts'
import { AddressShare } from './address-share.ts'
import { glanceAt, nonceAt } from './peek.ts'
import { longestKept, WaitingRoom } from './waiting-room.ts'

export type Verdict =
  | 'pass'
  /** 503 with `retryAfter`. */
  | 'refuse'
  /** Nothing now: it waits, or is turned away in silence. */
  | 'keep-silent'

export interface AdmissionNeeds {
  /** Monotonic, in ms. */
  now(): number
  /** Epoch ms, for the age of nonces. */
  time(): number
  nonces: Pick<Nonces, 'known'>
  /** `count` bytes that nobody can guess. */
  bytes(count: number): Buffer
  /** A whole number, 0 ≤ n < `below`. */
  below(below: number): number
  /** Calls back when this turn of the event loop has handed over all that it read. */
  endOfTurn(work: () => void): void
  /** Calls back once after `ms`. */
  after(ms: number, work: () => void): void
  /** Answers a datagram that has waited. */
  serve(bytes: Buffer, flow: Flow, start: number, length: number): void
  /** Overload has begun (somebody was turned away), or has ended (for a while nobody was). */
  told(news: OverloadNews): void
}

export type OverloadNews = { kind: 'began' } | { kind: 'ended'; seconds: number; dropped: number; refused: number }

/** What was counted since the start. */
export interface AdmissionNumbers {
  /** First attempts that waited and were served. */
  waited: number
  /** First attempts for which there was no room. */
  dropped: number
  /** Answered 503. */
  refused: number
  /** Of addresses that sent more than their share. */
  overShare: number
}

/** Datagrams between two looks at the turn. */
const lookEvery = 64
/** Datagrams of one turn that are nothing out of the common: some 5 ms of work. */
const longTurn = 192
/** Datagrams of a turn that has left more at the socket: proven ones may be among them. */
const fullTurn = 448
/** Those who wait are served for as long as the turn has read, or this long, in ms; after a full turn for a part of it only. */
const leastServedMs = 0.5
/** And no longer, in ms, should the machine have given its time to others while the turn read. */
const mostServedMs = 2
const shareOfFullTurn = 0.1
/** Those who wait and are served between two looks at the clock. */
const servedAtATime = 8
/** Nobody turned away for so long, in ms: it is over. */
const quietMs = 5000
/** Silence is for short overload: when it has lasted so long, in ms, and what is turned away would take so many seconds, 503 says when to come. */
const silentMs = 2000
/** As long as a transaction lasts (timer F): who is not heard by then gives up, and some makes wait for minutes. */
const patienceSeconds = 32
/** 503s for each that is served: one costs as much as the other. */
const refusalsEach = 0.25
const mostRefusalsSaved = 64
/** Window of the figures for 503, in ms: timer T2, in which each who waits asks once or more often. */
const windowMs = 4000
/** Seconds. */
const retryBase = 2
const leastSpread = 4
const mostSpread = 60
/** The memory of the waiting room is kept for so long, in ms. */
const keepRoomMs = 60_000
/** Nonces remembered for a failed proof. */
const failedNonces = 4096

export class Admission {
  readonly numbers: AdmissionNumbers = { waited: 0, dropped: 0, refused: 0, overShare: 0 }
  readonly #needs: AdmissionNeeds
  readonly #room = new WaitingRoom()
  readonly #shares: AddressShare
  readonly #failed = new Int32Array(failedNonces)
  /** Nonce of the request that is being judged, as `Nonces.known` names it. */
  #nonce = 0
  #count = 0
  /** A turn is watched: since this many datagrams and this time. */
  #watching = false
  #watchedCount = 0
  #watchedAt = 0
  /** Requests are looked at: this turn is long, or somebody waits. */
  #choosing = false
  #now = 0
  #lettingGo = false
  #overloadedSince = Number.NaN
  #turnedAwayAt = 0
  #droppedBefore = 0
  #refusedBefore = 0
  #refusals = 0
  #windowAt = 0
  #turnedAway = 0
  #served = 0
  #turnedAwayBefore = 0
  #servedBefore = 0

  constructor(needs: AdmissionNeeds) {
    this.#needs = needs
    this.#shares = new AddressShare(needs.bytes(4).readInt32LE(0))
  }

  /** Somebody was turned away lately. */
  get overloaded(): boolean {
    return !Number.isNaN(this.#overloadedSince)
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#room.size
  }

  /** Judges one datagram. Costs next to nothing while turns are short. */
  datagram(bytes: Uint8Array, flow: Flow, start: number, length: number): Verdict {
    if ((++this.#count & (lookEvery - 1)) === 0) this.#look()
    return this.#choosing ? this.#judge(bytes, flow, start, length) : 'pass'
  }

  /** One datagram that needs no judging: it counts as one that was read in this turn. */
  passed(): void {
    if ((++this.#count & (lookEvery - 1)) === 0) this.#look()
  }

  /** Judges a request that came over a stream: there nothing is sent again, so silence helps nobody. */
  streamed(text: string, flow: Flow): Verdict {
    if (!this.overloaded) return 'pass'
    const bytes = Buffer.from(text, 'latin1')
    if (glanceAt(bytes, 0, bytes.length) !== 'request' || this.#isProven(bytes, flow.remoteIp, 0, bytes.length)) return 'pass'
    this.numbers.refused++
    return 'refuse'
  }

  /**
   * How the request ended that was judged last: a nonce under which a proof failed, or that stood in what needs no proof, earns nothing more.
   * That we could not serve (5xx) is not the phone's fault.
   */
  answered(status: number, proven: boolean): void {
    if (this.#nonce === 0 || proven) return
    if (status < 500) this.#failed[this.#nonce & (failedNonces - 1)] = this.#nonce
    this.#nonce = 0
  }

  /** Seconds after which a phone that is refused should come again: spread over the time that the others take. */
  retryAfter(): number {
    const spread = Math.min(Math.max(Math.ceil(this.#clearedIn()), leastSpread), mostSpread)
    return retryBase + this.#needs.below(spread)
  }

  #look(): void {
    if (this.#watching) {
      if (this.#count - this.#watchedCount >= longTurn) this.#choosing = true
      return
    }
    this.#watch()
  }

  #watch(): void {
    this.#watching = true
    this.#watchedCount = this.#count
    this.#watchedAt = this.#needs.now()
    this.#now = this.#watchedAt
    this.#needs.endOfTurn(this.#turnEnds)
  }

  /** Those who wait have their share of each turn. */
  readonly #turnEnds = (): void => {
    this.#watching = false
    if (!this.#choosing) return
    const begun = this.#needs.now()
    this.#now = begun
    this.#nonce = 0
    const read = this.#count - this.#watchedCount
    const readMs = begun - this.#watchedAt
    const until = begun + Math.min(read >= fullTurn ? readMs * shareOfFullTurn : Math.max(readMs, leastServedMs), mostServedMs)
    let left = true
    do {
      for (let i = 0; i < servedAtATime && left; i++) {
        left = this.#room.take(begun, this.#needs.serve)
        if (left) this.#servedOne()
      }
    } while (left && this.#needs.now() < until)
    this.#turnWindow(begun)
    if (left || read >= longTurn) this.#watch()
    else {
      this.#choosing = false
      this.#letGoLater()
    }
  }

  /** The room's memory is given back after a while: to touch new memory in each long turn would cost more than all the rest. */
  #letGoLater(): void {
    if (this.#lettingGo) return
    this.#lettingGo = true
    this.#needs.after(keepRoomMs, () => {
      this.#lettingGo = false
      if (!this.#choosing) this.#room.close()
    })
  }

  #servedOne(): void {
    this.numbers.waited++
    this.#served++
    if (this.#refusals < mostRefusalsSaved) this.#refusals += refusalsEach
  }

  #judge(bytes: Uint8Array, flow: Flow, start: number, length: number): Verdict {
    if (this.#isProven(bytes, flow.remoteIp, start, length)) return 'pass'
    const over = this.#shares.over(flow.remoteIp, this.#now) && this.overloaded
    const glance = glanceAt(bytes, start, length)
    if (over) {
      this.numbers.overShare++
      this.#turnAway()
      return 'keep-silent'
    }
    if (glance !== 'request') return 'pass'
    if (this.#room.full && this.#mayRefuse()) {
      this.#refusals--
      this.numbers.refused++
      this.#turnAway()
      return 'refuse'
    }
    if (length > longestKept || !this.#room.put(bytes, flow, start, length, this.#now)) {
      this.numbers.dropped++
      this.#turnAway()
    }
    return 'keep-silent'
  }

  #isProven(bytes: Uint8Array, ip: string, start: number, length: number): boolean {
    const at = nonceAt(bytes, start, length, nonceLength)
    this.#nonce = at < 0 ? 0 : this.#needs.nonces.known(bytes, at, this.#needs.time(), ip)
    return this.#nonce !== 0 && this.#failed[this.#nonce & (failedNonces - 1)] !== this.#nonce
  }

  #mayRefuse(): boolean {
    return this.#refusals >= 1 && this.#now - this.#overloadedSince >= silentMs && this.#clearedIn() >= patienceSeconds
  }

  /** Seconds that those who were turned away lately would take. */
  #clearedIn(): number {
    return (this.#turnedAway + this.#turnedAwayBefore) / Math.max((this.#served + this.#servedBefore) / ((2 * windowMs) / 1000), 1) / 2
  }

  #turnAway(): void {
    this.#turnedAway++
    this.#turnedAwayAt = this.#now
    if (this.overloaded) return
    this.#overloadedSince = this.#now
    this.#windowAt = this.#now
    this.#droppedBefore = this.numbers.dropped + this.numbers.overShare - 1
    this.#refusedBefore = this.numbers.refused
    this.#needs.after(quietMs, this.#isOver)
    this.#needs.told({ kind: 'began' })
  }

  readonly #isOver = (): void => {
    const now = this.#needs.now()
    const left = this.#turnedAwayAt + quietMs - now
    if (left > 0) {
      this.#needs.after(left, this.#isOver)
      return
    }
    const seconds = (this.#turnedAwayAt - this.#overloadedSince) / 1000
    this.#overloadedSince = Number.NaN
    const { dropped, overShare, refused } = this.numbers
    this.#needs.told({
      kind: 'ended',
      seconds,
      dropped: dropped + overShare - this.#droppedBefore,
      refused: refused - this.#refusedBefore,
    })
  }

  #turnWindow(now: number): void {
    if (now - this.#windowAt < windowMs) return
    this.#windowAt = now
    this.#turnedAwayBefore = this.#turnedAway
    this.#servedBefore = this.#served
    this.#turnedAway = 0
    this.#served = 0
  }
}

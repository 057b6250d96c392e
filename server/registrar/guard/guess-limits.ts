/**
 * How often somebody may guess. First by (address, name): so many wrong passwords within ten minutes; by address alone only when many
 * different names fail there and none succeeds, since an office or a push gateway is one address too. Then nothing is proven from
 * there for a quarter of an hour; on the wire that looks like any wrong password. Hot path: guess-limits.bench.ts.
 *
 * Counted are answers to nonces that were given to their very address, so that no forged packet can block anybody.
 */
import { networkText, readNetwork } from '../../sip/digest/address-network.ts'
import { SipHashKey } from '../../sip/digest/siphash.ts'
import { BanList } from './ban-list.ts'
import type { Ban, BanReason, BanStore } from './ban-store.ts'
import { FailingNames } from './failing-names.ts'
import { ForeignNonces } from './foreign-nonces.ts'
import { guessKey, mostName, readGuessKey } from './guess-key.ts'
import { GuessTable } from './guess-table.ts'

const wrongPasswords = 20
const withinSeconds = 600
const failingNames = 30
/** Names that failed from an address are forgotten when it has been quiet so long. */
const quietSeconds = 3600
const blockedMs = 15 * 60_000
/** 32,768 × 100 and 8,192 × 130 bytes: all that guessing can ever take up. */
const pairEntries = 1 << 15
const addressEntries = 1 << 13
const sweepEveryMs = 60_000
const mostUnsaved = 10_000
/** A name that is empty is counted all the same; '' stands for all names of an address. */
const noName = '(none)'

/** What one attempt said of itself. */
export interface Guess {
  ip: string
  /** The digest's user name without a domain of ours. */
  name: string
  /** The digest itself: tells a new attempt from the same packet again. */
  response: string
  userAgent: string
  /** The line that it is about, 0 if about none. */
  lineId: number
}

export interface GuessLimitsOptions {
  /** 32 random bytes. */
  key: Buffer
  store: BanStore
  /** A ban concerns this line: told once for each, by `load` and `settle`. */
  banned(ban: Ban, lineId: number): void
  lifted(ban: Ban, by: string): void
}

export class GuessLimits {
  readonly #options: GuessLimitsOptions
  readonly #key: SipHashKey
  readonly #pairs = new GuessTable(pairEntries, wrongPasswords, withinSeconds)
  readonly #addresses = new FailingNames(addressEntries, failingNames, quietSeconds)
  readonly #foreign = new ForeignNonces(wrongPasswords, withinSeconds)
  readonly #foreignNames = new ForeignNonces(failingNames, withinSeconds)
  readonly #bans: BanList
  readonly #unsaved = new Set<Ban>()
  #untold: { ban: Ban; lineId: number }[] = []
  #lastId: number
  #sweptAt = 0

  constructor(options: GuessLimitsOptions) {
    this.#options = options
    this.#key = new SipHashKey(options.key, 0)
    this.#bans = new BanList(new SipHashKey(options.key, 16))
    this.#lastId = options.store.highestId()
  }

  /** Takes over what was in force when the program ended, and tells it. */
  load(now: number): void {
    for (const ban of this.#options.store.load(now)) {
      this.#bans.add(ban)
      for (const lineId of ban.lineIds) this.#options.banned(ban, lineId)
    }
  }

  /** Bans in force. */
  get bans(): number {
    return this.#bans.size
  }

  /** Whether a renewal at any address is worth telling (`renewed`): nearly never. */
  get watching(): boolean {
    return this.#addresses.watched > 0
  }

  /** The ban that an attempt from this address with this name meets; undefined if none. */
  banOn(ip: string, name: string, now: number): Ban | undefined {
    return this.#bans.find(ip, name === '' ? noName : name, now)
  }

  /** A phone of this line met the ban. */
  refused(ban: Ban, lineId: number): void {
    if (lineId === 0 || !this.#bans.concerns(ban, lineId)) return
    this.#keep(ban)
    this.#tell(ban, lineId)
  }

  /** A wrong answer to a nonce that was given to this very address. `now` in epoch ms. */
  failed(guess: Guess, now: number): void {
    const seconds = Math.floor(now / 1000)
    const name = guess.name === '' ? noName : guess.name
    // Keyed: two guesses that look alike here could be made up by trial otherwise, and would count as one.
    readGuessKey(this.#key, '', guess.response)
    const answer = guessKey.low
    readGuessKey(this.#key, guess.ip, name)
    const nameTag = guessKey.low
    if (this.#pairs.failed(seconds, answer)) this.#ban('wrong-passwords', guess, name, wrongPasswords, now)
    readGuessKey(this.#key, guess.ip, '')
    if (this.#addresses.failed(nameTag, seconds)) this.#ban('many-names', guess, '', failingNames, now)
  }

  /** A right answer that signs in anew: whatever failed before, of this name or at this address, was a mistake. */
  succeeded(ip: string, name: string): void {
    readGuessKey(this.#key, ip, name === '' ? noName : name)
    this.#pairs.forget()
    this.renewed(ip)
  }

  /** A phone that is signed in renewed: its address is not only a guesser's. Its name's failures are another phone's, and stay. */
  renewed(ip: string): void {
    readGuessKey(this.#key, ip, '')
    this.#addresses.forget()
  }

  /** Whether this address may still be told that an answer to a nonce it was not given is right (stale=true). */
  mayTell(ip: string, name: string, now: number): boolean {
    const seconds = Math.floor(now / 1000)
    readGuessKey(this.#key, ip, name === '' ? noName : name)
    const forName = this.#foreign.mayTell(seconds)
    readGuessKey(this.#key, ip, '')
    return this.#foreignNames.mayTell(seconds) && forName
  }

  /** A wrong answer to a nonce that this address was not given. It blocks nobody. */
  failedForeign(ip: string, name: string, now: number): void {
    const seconds = Math.floor(now / 1000)
    readGuessKey(this.#key, ip, name === '' ? noName : name)
    this.#foreign.failed(seconds)
    readGuessKey(this.#key, ip, '')
    this.#foreignNames.failed(seconds)
  }

  /** The machine's clock was set ahead by `by` ms (negative: back). What is only counted so far keeps its time: it blocks nobody. */
  clockSet(by: number): void {
    for (const ban of this.#bans.clockSet(by)) this.#keep(ban)
  }

  /** Stores what is new, follows what was lifted, forgets what is over: for a few times a second. */
  settle(now: number): void {
    const { store, banned, lifted } = this.#options
    for (const { ban, lineId } of this.#untold.splice(0)) banned(ban, lineId)
    if (this.#unsaved.size > 0 && store.save([...this.#unsaved], now)) this.#unsaved.clear()
    for (const { id, by } of store.takeLifted()) {
      const ban = this.#bans.remove(id)
      if (ban !== undefined) lifted(ban, by)
    }
    if (now - this.#sweptAt < sweepEveryMs && now >= this.#sweptAt) return
    this.#sweptAt = now
    this.#bans.sweep(now)
    this.#addresses.sweep(Math.floor(now / 1000))
    // What could not be stored in its time need not be any more.
    for (const ban of this.#unsaved) if (ban.until <= now) this.#unsaved.delete(ban)
  }

  #ban(reason: BanReason, guess: Guess, username: string, count: number, now: number): void {
    readNetwork(guess.ip)
    const ban: Ban = {
      id: ++this.#lastId,
      address: networkText(),
      username: Buffer.from(username.slice(0, mostName)).toString(),
      reason,
      lineIds: guess.lineId === 0 ? [] : [guess.lineId],
      userAgent: Buffer.from(guess.userAgent).toString(),
      count,
      from: now,
      until: now + blockedMs,
    }
    this.#bans.add(ban)
    this.#keep(ban)
    if (guess.lineId !== 0) this.#tell(ban, guess.lineId)
  }

  /** Told at the next look: what a known line adds to the work of a turn could be measured from outside. */
  #tell(ban: Ban, lineId: number): void {
    this.#untold.push({ ban, lineId })
  }

  /** While nothing can be stored only so many wait for it. */
  #keep(ban: Ban): void {
    if (this.#unsaved.size < mostUnsaved) this.#unsaved.add(ban)
  }
}

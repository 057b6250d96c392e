/** The bans in force, in memory: few, each earned by many attempts, and never more than `mostBans`. Hot path: guess-limits.bench.ts. */
import type { SipHashKey } from '../../sip/digest/siphash.ts'
import type { Ban } from './ban-store.ts'
import { guessKeyNumber, readGuessKey } from './guess-key.ts'

/** Beyond this the oldest makes room: by then an attacker has had a hundred thousand tries from as many addresses. */
const mostBans = 10_000
/** Lines that one ban remembers to concern. */
const mostLines = 64

export class BanList {
  readonly #key: SipHashKey
  /** By the tag of address and name, the oldest first. */
  readonly #byKey = new Map<number, Ban>()

  constructor(key: SipHashKey) {
    this.#key = key
  }

  get size(): number {
    return this.#byKey.size
  }

  /** The ban on this address as a whole, or on this name from it; undefined if there is none in force. */
  find(ip: string, name: string, now: number): Ban | undefined {
    if (this.#byKey.size === 0) return undefined
    readGuessKey(this.#key, ip, '')
    const whole = this.#byKey.get(guessKeyNumber())
    readGuessKey(this.#key, ip, name)
    const one = this.#byKey.get(guessKeyNumber())
    if (whole !== undefined && whole.until > now) return whole
    return one !== undefined && one.until > now ? one : undefined
  }

  add(ban: Ban): void {
    readGuessKey(this.#key, ban.address, ban.username)
    const key = guessKeyNumber()
    this.#byKey.delete(key)
    this.#byKey.set(key, ban)
    if (this.#byKey.size <= mostBans) return
    for (const oldest of this.#byKey.keys()) return void this.#byKey.delete(oldest)
  }

  /** Notes that the ban concerns this line too; false if that is known, or too many are. */
  concerns(ban: Ban, lineId: number): boolean {
    if (ban.lineIds.length >= mostLines || ban.lineIds.includes(lineId)) return false
    ban.lineIds.push(lineId)
    return true
  }

  /** The clock was set ahead by `by` ms (negative: back): each ban keeps the time it has left. Answers all of them. */
  clockSet(by: number): Iterable<Ban> {
    for (const ban of this.#byKey.values()) {
      ban.from += by
      ban.until += by
    }
    return this.#byKey.values()
  }

  /** Takes out one that was lifted; undefined if it is not here. */
  remove(id: number): Ban | undefined {
    for (const [key, ban] of this.#byKey) {
      if (ban.id !== id) continue
      this.#byKey.delete(key)
      return ban
    }
    return undefined
  }

  /** Takes out those whose time is over. */
  sweep(now: number): void {
    for (const [key, ban] of this.#byKey) if (ban.until <= now) this.#byKey.delete(key)
  }
}

/** From which addresses each account's phones were accepted in the last 30 days, and how many of its lines are connected there now. */
const rememberMs = 30 * 24 * 3600 * 1000
const sweepPerCall = 2000

/** One address for telling customers apart: IPv4 exactly, IPv6 by its /64, since a phone changes the rest at will. */
export function addressKey(ip: string): string {
  const bare = ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
  if (!bare.includes(':')) return bare
  const [head = '', tail] = (bare.split('%')[0] ?? '').toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  const groups = [...left, ...Array<string>(gap).fill('0'), ...right].slice(0, 4)
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}

/** Each once. */
export function addressKeys(ips: readonly string[]): readonly string[] {
  const [only] = ips
  return ips.length === 1 && only !== undefined ? [addressKey(only)] : [...new Set(ips.map(addressKey))]
}

interface Presence {
  accountId: number
  circleId: number
  /** Lines with a live binding from here. */
  live: number
  /** When a binding from here was last known to live, in seconds, rounded up: a small number takes no memory of its own. */
  lastAt: number
}

export interface Customer {
  accountId: number
  /** The circle that was heard from here last. */
  circleId: number
}

export class AddressBook {
  /** Nearly every address has one circle's phones, which then stand without an array. */
  readonly #at = new Map<string, Presence | readonly Presence[]>()
  #sweeping: Iterator<[string, Presence | readonly Presence[]]> | null = null

  get size(): number {
    return this.#at.size
  }

  /** A line has a binding from here, or (`lines` = -1) no longer has; `at` is when it was last heard. */
  count(key: string, accountId: number, circleId: number, lines: 1 | 0 | -1, at: number): void {
    const here = this.#here(key)
    let one = here.find((presence) => presence.circleId === circleId)
    if (one === undefined) {
      one = { accountId, circleId, live: 0, lastAt: 0 }
      this.#at.set(key, here.length === 0 ? one : [...here, one])
    }
    one.live += lines
    one.lastAt = Math.max(one.lastAt, Math.ceil(at / 1000))
  }

  /** The one account whose accepted bindings came from here; null if there is none, or more than one. */
  customerAt(key: string, now: number): Customer | null {
    let found: Presence | null = null
    for (const one of this.#here(key)) {
      if (!isRemembered(one, now)) continue
      if (found !== null && found.accountId !== one.accountId) return null
      if (found === null || newer(one, found)) found = one
    }
    return found
  }

  usedBy(circleId: number, key: string, now: number): boolean {
    return this.#here(key).some((one) => one.circleId === circleId && isRemembered(one, now))
  }

  /** Lines of the account that are connected from here now. */
  connected(accountId: number, key: string): number {
    let lines = 0
    for (const one of this.#here(key)) if (one.accountId === accountId) lines += one.live
    return lines
  }

  #here(key: string): readonly Presence[] {
    const here = this.#at.get(key)
    if (here === undefined) return []
    return 'live' in here ? [here] : here
  }

  /** Forgets what is older than 30 days, a part of the book each time. */
  sweep(now: number): void {
    this.#sweeping ??= this.#at.entries()
    for (let seen = 0; seen < sweepPerCall; seen++) {
      const next = this.#sweeping.next()
      if (next.done === true) {
        this.#sweeping = null
        return
      }
      const [key] = next.value
      const here = this.#here(key)
      const left = here.filter((one) => isRemembered(one, now))
      if (left.length === 0) this.#at.delete(key)
      else if (left.length < here.length) this.#at.set(key, left)
    }
  }
}

function isRemembered(one: Presence, now: number): boolean {
  return one.live > 0 || one.lastAt * 1000 > now - rememberMs
}

function newer(one: Presence, other: Presence): boolean {
  return one.live > 0 !== other.live > 0 ? one.live > 0 : one.lastAt > other.lastAt
}

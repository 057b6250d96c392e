/** How often a sign-in may fail: counted per login and per address over a sliding window, in bounded memory. */
import type { Clock } from '../runtime/clock.ts'

const windowMs = 15 * 60_000
const triesPerLogin = 10
const triesPerAddress = 50
/** Names and addresses remembered; the one tried longest ago is forgotten first. */
const remembered = 100_000

export interface SignInLimits {
  /** Milliseconds to wait before the next try; 0 counts this one, until `succeeded` takes it back. */
  begin(name: string, ip: string): number
  /** The password was right: the login's tries are forgotten, the address's only by this one. */
  succeeded(name: string, ip: string): void
}

export function openSignInLimits(clock: Clock): SignInLimits {
  const byLogin = new Map<string, number[]>()
  const byAddress = new Map<string, number[]>()

  return {
    begin(name, ip) {
      const now = clock.monotonic()
      const address = addressKey(ip)
      const wait = Math.max(waitOf(byLogin, name, triesPerLogin, now), waitOf(byAddress, address, triesPerAddress, now))
      if (wait > 0) return wait
      count(byLogin, name, now)
      count(byAddress, address, now)
      return 0
    },
    succeeded(name, ip) {
      byLogin.delete(name)
      byAddress.get(addressKey(ip))?.pop()
    },
  }
}

/** One office is one address: IPv4 as it is, IPv6 by its /64. */
export function addressKey(ip: string): string {
  if (!ip.includes(':')) return ip
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped?.[1] !== undefined) return mapped[1]
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::')
  const left = head === '' ? [] : head.split(':')
  if (tail === undefined) return left.slice(0, 4).join(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, 4).join(':')
}

function waitOf(tries: Map<string, number[]>, key: string, most: number, now: number): number {
  const times = tries.get(key)
  if (times === undefined) return 0
  while (times[0] !== undefined && times[0] <= now - windowMs) times.shift()
  const oldest = times[0]
  return oldest === undefined || times.length < most ? 0 : oldest + windowMs - now
}

function count(tries: Map<string, number[]>, key: string, now: number): void {
  const times = tries.get(key) ?? []
  times.push(now)
  tries.delete(key)
  tries.set(key, times)
  if (tries.size <= remembered) return
  const [longestAgo] = tries.keys()
  if (longestAgo !== undefined) tries.delete(longestAgo)
}

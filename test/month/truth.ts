/**
 * What must be true of every line, kept from what the phones were told and nothing else: a line is signed in exactly while a phone of its has
 * a 200 that has not run out. Written without a look at how the server does it.
 */
import type { LineStatus } from '../../server/status/status-board.ts'

interface Promise200 {
  until: number
  granted: number
}

interface LineTruth {
  live: Map<string, Promise200>
  /** How the last of its bindings ended. */
  end: { at: number; how: 'expired' | 'signed-off' | 'disabled'; granted: number } | null
  /** When its last bindings ended, of the last two hours. */
  ends: number[]
  /** Newest refusal of a password since the program started. */
  refusedAt: number
  /** The same, from an address that no phone of the circle was accepted at: it may be a stranger's. */
  strangeAt: number
  /** Anything that may change the sign happened then: for a moment after it nothing is demanded. */
  touchedAt: number
  disabled: boolean
}

interface Outage {
  from: number
  to: number | null
}

/** Seconds within which the sign must have followed; a binding that ran out is found out by the clock of the server. */
const followsWithinMs = 3000
const breathMs = 15_000
const day = 24 * 3600_000
const hour = 3600_000

export class Truth {
  readonly #lines = new Map<number, LineTruth>()
  /** Where phones of a circle were accepted since the program started. */
  readonly #places = new Set<string>()
  #outages: Outage[] = []

  /** `place`: the circle and the address. */
  bound(lineId: number, identity: string, place: string, now: number, granted: number): void {
    const line = this.#line(lineId, now)
    this.#places.add(place)
    line.live.set(identity, { until: now + granted * 1000, granted })
    line.touchedAt = now
  }

  signedOff(lineId: number, identity: string, now: number): void {
    const line = this.#line(lineId, now)
    const gone = line.live.get(identity)
    if (gone === undefined) return
    line.live.delete(identity)
    this.#ended(line, now, 'signed-off', gone.granted)
  }

  refused(lineId: number, place: string, now: number): void {
    const line = this.#line(lineId, now)
    if (this.#places.has(place) || line.end === null) line.refusedAt = now
    else line.strangeAt = now
    line.touchedAt = now
  }

  disabled(lineId: number, disabled: boolean, now: number): void {
    const line = this.#line(lineId, now)
    line.disabled = disabled
    line.touchedAt = now
    if (!disabled || line.live.size === 0) return
    line.live.clear()
    this.#ended(line, now, 'disabled', 0)
  }

  /** Nobody serves, from now on or again. `forgets`: the program itself ended, and with it what is only in memory. */
  outage(over: boolean, now: number, forgets: boolean): void {
    const last = this.#outages.at(-1)
    // Seconds between two of them give no phone a chance.
    if (last !== undefined && !over && last.to !== null && now - last.to <= breathMs) last.to = null
    else if (over && last !== undefined) last.to = now
    else this.#outages.push({ from: now, to: null })
    if (forgets) this.#places.clear()
    for (const line of this.#lines.values()) {
      line.touchedAt = now
      if (!forgets) continue
      line.strangeAt = 0
      line.refusedAt = 0
      line.ends = []
    }
  }

  /** How many phones hold a promise that has not run out. */
  live(lineId: number, now: number): number {
    return this.#line(lineId, now).live.size
  }

  /** True when the sign may still be on its way. */
  unsettled(lineId: number, now: number): boolean {
    return now - this.#line(lineId, now).touchedAt <= followsWithinMs
  }

  /** What is wrong with this sign; '' if nothing is. */
  lie(lineId: number, status: LineStatus, now: number): string {
    const line = this.#line(lineId, now)
    if (this.unsettled(lineId, now)) return ''
    const wanted = this.#wanted(line, now)
    if (status.sign !== wanted.sign)
      return `shows ${status.sign} (${status.cause?.code ?? 'no cause'}), is ${wanted.sign}: ${wanted.because}`
    const code = status.cause?.code ?? ''
    if (!wanted.causes.includes(code)) return `shows the cause ${code || 'none'}, is ${wanted.causes.join(' or ')}: ${wanted.because}`
    return ''
  }

  #wanted(line: LineTruth, now: number): { sign: LineStatus['sign']; causes: string[]; because: string } {
    const last = this.#outages.at(-1)
    if (last !== undefined && last.to === null) return { sign: 'no-data', causes: ['server-outage'], because: 'nobody serves' }
    const unstable = line.ends.filter((at) => at > now - 2 * hour).length >= 6 ? ['unstable'] : []
    if (line.live.size > 0) {
      // A phone with an old password goes on being refused while its binding lives.
      return { sign: 'registered', causes: ['', 'wrong-password', ...unstable], because: `${line.live.size} phones hold a 200` }
    }
    const { end } = line
    // What is not known comes before what is: of a line that we cut off, nobody can say why its phone is away.
    const outage = this.#outages.find(({ from, to }) => end?.how === 'expired' && to !== null && end.at >= from - 6000 && end.at <= to)
    const grace = outage?.to == null ? 0 : outage.to + (end?.granted ?? 0) * 1000 + 60_000
    if (now < grace) return { sign: 'no-data', causes: ['server-outage'], because: 'it ran out while nobody served' }
    if (line.disabled) return { sign: 'unregistered', causes: ['disabled'], because: 'it is disabled' }
    const refused = line.refusedAt > Math.max(end?.at ?? 0, now - day) ? ['wrong-password'] : []
    const maybe = line.strangeAt > Math.max(end?.at ?? 0, now - day) ? ['wrong-password'] : []
    if (end === null)
      return { sign: 'unregistered', causes: refused.length > 0 ? refused : ['never-connected', ...maybe], because: 'it was never bound' }
    const how = { expired: 'expired', 'signed-off': 'signed-off', disabled: 'signed-off-by-portal' }[end.how]
    const causes = refused.length > 0 ? refused : [how, ...(how === 'expired' ? ['office-offline'] : []), ...unstable, ...maybe]
    return { sign: 'unregistered', causes, because: `its last binding ended (${end.how}) ${Math.round((now - end.at) / 1000)} s ago` }
  }

  #line(lineId: number, now: number): LineTruth {
    let line = this.#lines.get(lineId)
    if (line === undefined) {
      line = { live: new Map(), end: null, ends: [], refusedAt: 0, strangeAt: 0, touchedAt: 0, disabled: false }
      this.#lines.set(lineId, line)
    }
    for (const [identity, { until, granted }] of line.live) {
      if (until > now) continue
      line.live.delete(identity)
      this.#ended(line, until, 'expired', granted)
    }
    // The edge of a grace is an edge of the sign.
    for (const { to } of this.#outages) {
      const edge = to === null || line.end === null ? 0 : to + line.end.granted * 1000 + 60_000
      if (edge <= now && edge > line.touchedAt) line.touchedAt = edge
    }
    this.#outages = this.#outages.filter(({ to }) => to === null || to > now - 7 * hour)
    return line
  }

  #ended(line: LineTruth, at: number, how: 'expired' | 'signed-off' | 'disabled', granted: number): void {
    line.touchedAt = Math.max(line.touchedAt, at)
    if (line.end === null || line.end.at <= at) line.end = { at, how, granted }
    if (line.live.size > 0) return
    line.ends = [...line.ends.filter((one) => one > at - 2 * hour), at]
  }
}

/** A phone with habits: renews, reboots, moves behind its NAT, is switched off, is told a wrong password. Knows only what a phone knows. */

import type { Outcome } from '../../server/registrar/outcome.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import type { Dice } from '../fuzz/dice.ts'
import type { Exchange, SimLine } from './exchange.ts'

/** What the phone was told about its own binding, for the model. */
export type Told =
  | { kind: 'bound'; granted: number }
  | { kind: 'signed-off' }
  | { kind: 'refused'; why: Outcome['kind'] }
  | { kind: 'nobody' }

export interface Habits {
  /** Seconds asked for, and the share of them after which it renews. */
  expires: number
  share: number
  /** Tells its instance, so that it is known again whatever changes. */
  instance: boolean
  /** Signs off at night and comes back in the morning. */
  night: boolean
  /** Seconds, on average, between two reboots, two changes of its port at the NAT, two times without power, two hours of coming and going. */
  reboots: number
  wanders: number
  powerCuts: number
  flaps: number
}

export class SimPhone {
  readonly line: SimLine
  readonly index: number
  readonly habits: Habits
  readonly #dice: Dice
  password: string
  on = true
  flapsUntil = 0
  #ip: string
  #port: number
  #lanPort = 5060
  #boots = 0
  #cseq = 0
  #nonce = ''
  #nonceCount = 0

  constructor(line: SimLine, index: number, habits: Habits, ip: string, dice: Dice) {
    this.line = line
    this.index = index
    this.habits = habits
    this.password = line.password
    this.#dice = dice
    this.#ip = ip
    this.#port = 1024 + dice.below(60_000)
  }

  /** What a registrar can know it by: its instance, else its contact together with the Call-ID of this boot. */
  get identity(): string {
    return this.habits.instance ? `${this.index}` : `${this.index} ${this.#lanPort}`
  }

  get ip(): string {
    return this.#ip
  }

  /** Starts anew: another Call-ID, CSeq from one, no nonce; now and then another port of its own. */
  reboot(): void {
    this.#boots++
    this.#cseq = 0
    this.#nonce = ''
    if (this.#dice.oneIn(3)) this.#lanPort = 5060 + this.#dice.below(2000)
  }

  /** The NAT gives it another port, or the whole site another address. */
  move(ip = this.#ip): void {
    this.#ip = ip
    this.#port = 1024 + this.#dice.below(60_000)
  }

  /** Registers, or signs off with `expires` 0; once more where the first answer asks for it. */
  register(exchange: Exchange, expires = this.habits.expires): Told {
    for (let round = 0; round < 3; round++) {
      const outcome = this.#send(exchange, expires)
      if (outcome === undefined) return { kind: 'nobody' }
      if (outcome.kind === 'challenged') {
        this.#nonce = exchange.nonce(this.#ip)
        this.#nonceCount = 0
      } else if (outcome.kind === 'interval-too-brief') expires = outcome.least
      else if (outcome.kind !== 'registered' && outcome.kind !== 'retransmitted') return { kind: 'refused', why: outcome.kind }
      else if (expires === 0) return { kind: 'signed-off' }
      else {
        const own = outcome.bindings.find((one) => one.uri === this.#uri)
        if (own === undefined) throw new Error('a 200 does not list the contact that it answers')
        return { kind: 'bound', granted: own.granted }
      }
    }
    return { kind: 'refused', why: 'challenged' }
  }

  get #uri(): string {
    return `sip:${this.line.username}@10.0.${this.index >> 8}.${this.index & 255}:${this.#lanPort}`
  }

  #send(exchange: Exchange, expires: number): Outcome | undefined {
    const flow: Flow = { transport: 'udp', remoteIp: this.#ip, remotePort: this.#port, connection: 0, local: 0 }
    const instance = this.habits.instance ? `;+sip.instance="<urn:uuid:phone-${this.index}>"` : ''
    this.#cseq++
    const digest = this.#nonce === '' ? {} : { digest: { password: this.password, nonce: this.#nonce, nc: ++this.#nonceCount } }
    return exchange.register(
      {
        user: this.line.username,
        callId: `call-${this.index}-${this.#boots}`,
        cseq: this.#cseq,
        branch: `z9hG4bK${this.index}x${this.#boots}x${this.#cseq}`,
        userAgent: `Sim Phone ${this.index}`,
        rows: [`Contact: <${this.#uri}>${instance};expires=${expires}`],
        ...digest,
      },
      flow,
    )
  }
}

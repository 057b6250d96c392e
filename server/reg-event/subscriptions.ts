/**
 * All subscriptions, in memory: what changed of a line's bindings is gathered for each, and told when it may be. One NOTIFY of a subscription
 * is under way at a time; one that fails ends it (RFC 6665 §4.2.2). After a restart nothing is left: a further SUBSCRIBE gets 481, and the
 * phone begins anew.
 */
import type { BindingChange } from '../registrar/binding.ts'
import type { HeldLines } from '../registrar/held-lines.ts'
import type { Flow } from '../sip/transport/flow.ts'
import { addPending, contactEvents } from './contact-event.ts'
import { aorOf, reginfoBody } from './reginfo.ts'
import type { SubscribeRequest } from './subscribe.ts'
import { type Notify, newSubscription, nextNotify, renewSubscription, type Subscription } from './subscription.ts'

export type NotifyAnswer = { status: number } | 'timeout' | 'not-sent'

export interface SubscriptionNeeds {
  held: Pick<HeldLines, 'find'>
  /** Of every address-of-record. */
  domain: string
  /** Where timers go: hands `key` back to `owner` at or after `when` (epoch ms). */
  wheel: { at(when: number, owner: { fired(key: number, now: number): void }, key: number): void }
  /** Epoch ms. */
  now(): number
  /** `count` bytes that nobody can guess. */
  random(count: number): Buffer
  /** Sends a NOTIFY; calls `done` once, maybe before it returns. */
  ask(notify: Notify, flow: Flow, done: (answer: NotifyAnswer) => void): void
  /** Value of Contact: where a phone on this flow reaches us. */
  contact(flow: Flow): string
  /** Subscriptions at once; 100,000 unless given. */
  most?: number
}

/** Counted since the start. */
export interface NotifyNumbers {
  sent: number
  /** Accepted by the phone. */
  answered: number
  /** Refused, not answered, not sent: the subscription ended. */
  failed: number
}

const mostInAll = 100_000
export const mostOfLine = 10
/** Between two NOTIFYs that tell changes. */
const quietMs = 5000
const separator = '-'

export class Subscriptions {
  readonly numbers: NotifyNumbers = { sent: 0, answered: 0, failed: 0 }
  readonly #needs: SubscriptionNeeds
  readonly #all = new Map<number, Subscription>()
  readonly #ofLine = new Map<number, Subscription[]>()
  #last = 0

  constructor(needs: SubscriptionNeeds) {
    this.#needs = needs
  }

  get size(): number {
    return this.#all.size
  }

  /** The subscription whose dialog and event this SUBSCRIBE is of. */
  find({ toTag, fromTag, callId, eventId }: SubscribeRequest): Subscription | undefined {
    const found = this.#all.get(Number.parseInt(toTag.slice(0, toTag.indexOf(separator)), 36))
    if (found === undefined || found.ending !== '' || found.tag !== toTag) return undefined
    return found.fromTag === fromTag && found.callId === callId && found.eventId === eventId ? found : undefined
  }

  /** A new subscription to a line that may be watched by who asks; undefined if there are too many. It is silent until `begin`. */
  open(request: SubscribeRequest, line: { lineId: number; username: string }, flow: Flow, now: number): Subscription | undefined {
    const { lineId } = line
    const isOnce = request.expires === 0
    if (!isOnce && !this.#makeRoom(lineId, request.target)) return undefined
    const number = ++this.#last
    const tag = `${number.toString(36)}${separator}${this.#needs.random(8).toString('hex')}`
    const subscription = newSubscription(request, { number, tag, lineId, aor: aorOf(line.username, this.#needs.domain) }, flow, now)
    if (isOnce) return subscription
    this.#all.set(number, subscription)
    const others = this.#ofLine.get(lineId)
    if (others === undefined) this.#ofLine.set(lineId, [subscription])
    else others.push(subscription)
    this.#armExpiry(subscription)
    return subscription
  }

  /** Its SUBSCRIBE has been answered: now the NOTIFY. */
  begin(subscription: Subscription, now: number): void {
    this.#look(subscription, now)
  }

  /** A further SUBSCRIBE of its dialog, which is answered before `begin` is called. */
  renew(subscription: Subscription, request: SubscribeRequest, flow: Flow, now: number): void {
    renewSubscription(subscription, request, flow, now)
    this.#armExpiry(subscription)
  }

  /** Whether anybody watches this line. */
  isWatched(lineId: number): boolean {
    return this.#ofLine.has(lineId)
  }

  /** Bindings changed, and that is stored. `at`: epoch ms. Costs nothing while nobody watches. */
  changed(changes: readonly BindingChange[], at: number): void {
    if (this.#all.size === 0) return
    for (const change of changes) {
      const watching = this.#ofLine.get(change.binding.lineId)
      if (watching === undefined) continue
      for (const event of contactEvents(change)) {
        for (const subscription of watching) {
          if (!addPending(subscription.pending, event)) forgetChanges(subscription)
          // At the next tick at the earliest: what happens in one turn is told in one document.
          this.#armChange(subscription, Math.max(at, subscription.quietUntil))
        }
      }
    }
  }

  /** The line may not be used any more: who watches it is told the last changes, of this turn too, and that there is nothing to watch. */
  lineClosed(lineId: number, now: number): void {
    for (const subscription of this.#ofLine.get(lineId) ?? []) {
      if (subscription.ending === '') subscription.ending = 'noresource'
      this.#armChange(subscription, now)
    }
  }

  /** The machine's clock was set ahead by `by` ms. The owner of the wheel moves that. */
  clockSet(by: number): void {
    for (const subscription of this.#all.values()) {
      subscription.expiresAt += by
      subscription.quietUntil += by
      if (subscription.expiryAt !== 0) subscription.expiryAt += by
      if (subscription.changeAt !== 0) subscription.changeAt += by
    }
  }

  /** From the wheel: `key` is twice a subscription's number, and one more where something changed. */
  fired(key: number, now: number): void {
    const subscription = this.#all.get(Math.floor(key / 2))
    if (subscription === undefined) return
    if (key % 2 === 1) {
      subscription.changeAt = 0
      this.#look(subscription, now)
      return
    }
    // A look that was planned and then overtaken by an earlier one: were it to plan the next, they would multiply.
    if (subscription.expiryAt === 0 || subscription.expiryAt > now) return
    subscription.expiryAt = 0
    if (subscription.expiresAt > now) this.#armExpiry(subscription)
    else this.#look(subscription, now)
  }

  /** Sends what is due. */
  #look(subscription: Subscription, now: number): void {
    // Looked at again when it is answered.
    if (subscription.underWay) return
    if (subscription.ending === '' && subscription.expiresAt <= now) subscription.ending = 'timeout'
    if (subscription.ending !== '') {
      this.#remove(subscription)
      this.#notify(subscription, now)
      return
    }
    if (subscription.full || (subscription.pending.size > 0 && subscription.quietUntil <= now)) this.#notify(subscription, now)
    else if (subscription.pending.size > 0) this.#armChange(subscription, subscription.quietUntil)
  }

  #notify(subscription: Subscription, now: number): void {
    const { lineId, aor, version, pending, full, forgotten, flow } = subscription
    const bindings = this.#needs.held.find(lineId)?.bindings ?? []
    const state = full ? 'full' : 'partial'
    const body = reginfoBody({ version, state, aor, lineId, bindings, changed: pending, forgotten, now })
    subscription.full = false
    subscription.forgotten = false
    subscription.pending.clear()
    subscription.quietUntil = now + quietMs
    subscription.underWay = true
    this.numbers.sent++
    this.#needs.ask(nextNotify(subscription, body, this.#needs.contact(flow), now), flow, (answer) => this.#notified(subscription, answer))
  }

  #notified(subscription: Subscription, answer: NotifyAnswer): void {
    subscription.underWay = false
    if (typeof answer === 'object' && answer.status < 300) {
      this.numbers.answered++
      if (this.#all.has(subscription.number)) this.#look(subscription, this.#needs.now())
      return
    }
    this.numbers.failed++
    this.#remove(subscription)
  }

  #armExpiry(subscription: Subscription): void {
    const { number, expiryAt, expiresAt } = subscription
    if (expiryAt !== 0 && expiryAt <= expiresAt) return
    subscription.expiryAt = expiresAt
    this.#needs.wheel.at(expiresAt, this, number * 2)
  }

  #armChange(subscription: Subscription, when: number): void {
    if (subscription.changeAt !== 0 && subscription.changeAt <= when) return
    subscription.changeAt = when
    this.#needs.wheel.at(when, this, subscription.number * 2 + 1)
  }

  /** Where a line has as many as it may, an older one of the same phone gives way, which has begun anew: at its next NOTIFY it would fail. */
  #makeRoom(lineId: number, target: string): boolean {
    const others = this.#ofLine.get(lineId) ?? []
    if (others.length >= mostOfLine) {
      const old = others.find((one) => one.target === target)
      if (old === undefined) return false
      this.#remove(old)
    }
    return this.#all.size < (this.#needs.most ?? mostInAll)
  }

  #remove(subscription: Subscription): void {
    if (!this.#all.delete(subscription.number)) return
    const others = this.#ofLine.get(subscription.lineId) ?? []
    if (others.length <= 1) this.#ofLine.delete(subscription.lineId)
    else others.splice(others.indexOf(subscription), 1)
  }
}

/** Instead of what changed, all that is held will be told. */
function forgetChanges(subscription: Subscription): void {
  subscription.pending.clear()
  subscription.forgotten = true
  subscription.full = true
}

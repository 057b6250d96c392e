/**
 * Event package reg for a line's own phones (RFC 3680, RFC 6665): one SUBSCRIBE from top to bottom. Who sent it is proven as a REGISTER is,
 * by the registrar; who may watch a line is that line alone (RFC 3680 §4.6).
 */
import type { BindingChange } from '../registrar/binding.ts'
import type { Refusal } from '../registrar/prove.ts'
import type { Registrar } from '../registrar/registrar.ts'
import { type ReplyNeeds, replyTo } from '../registrar/reply.ts'
import type { SipRequest } from '../sip/message/message.ts'
import type { Flow } from '../sip/transport/flow.ts'
import { readSubscribe, type SubscribeRequest } from './subscribe.ts'
import type { Subscription } from './subscription.ts'
import { type NotifyNumbers, type SubscriptionNeeds, Subscriptions } from './subscriptions.ts'

export interface RegEventNeeds extends Omit<SubscriptionNeeds, 'held' | 'domain'> {
  registrar: Pick<Registrar, 'held' | 'prove'>
  /** Lower-case domains and addresses that are ours. */
  domains: ReadonlySet<string>
  answers: Pick<ReplyNeeds, 'nonces' | 'realm'>
  /** A SUBSCRIBE that proved no password. */
  refused(refusal: Refusal, flow: Flow, now: number): void
  proven(flow: Flow): void
}

/** `toTag`: our tag of the dialog that begins. */
export interface SubscribeAnswer {
  status: number
  reason: string
  headers: string
  remember: boolean
  toTag?: string
}

export interface RegEventNumbers {
  subscriptions: number
  notifies: NotifyNumbers
  /** Answers to SUBSCRIBE, by status. */
  subscribes: Record<string, number>
}

export class RegEvents {
  readonly #needs: RegEventNeeds
  readonly #subscriptions: Subscriptions
  readonly #subscribes: Record<string, number> = {}

  constructor(needs: RegEventNeeds) {
    this.#needs = needs
    this.#subscriptions = new Subscriptions({ ...needs, held: needs.registrar.held, domain: needs.answers.realm })
  }

  get numbers(): RegEventNumbers {
    const { size, numbers } = this.#subscriptions
    return { subscriptions: size, notifies: { ...numbers }, subscribes: { ...this.#subscribes } }
  }

  /** Answers one SUBSCRIBE in this turn, then sends the NOTIFY that it is owed. */
  subscribe(request: SipRequest, flow: Flow, now: number, answer: (answer: SubscribeAnswer) => void): void {
    const said = (one: SubscribeAnswer) => {
      this.#subscribes[one.status] = (this.#subscribes[one.status] ?? 0) + 1
      answer(one)
    }
    const wanted = readSubscribe(request, this.#needs.answers.realm)
    if ('status' in wanted) {
      said({ ...wanted, remember: false })
      return
    }
    const judged = this.#judge(request, wanted, flow, now)
    if ('status' in judged) {
      said(judged)
      return
    }
    const headers = `Expires: ${wanted.expires}\r\nContact: ${this.#needs.contact(flow)}\r\n`
    said({ status: 200, reason: 'OK', headers, remember: true, toTag: judged.tag })
    this.#subscriptions.begin(judged, now)
  }

  /** Whether somebody is told of each change of this line's bindings. */
  isWatched(lineId: number): boolean {
    return this.#subscriptions.isWatched(lineId)
  }

  /** Bindings changed, and that is stored; `at` in epoch ms. */
  changed(changes: readonly BindingChange[], at: number): void {
    this.#subscriptions.changed(changes, at)
  }

  /** A line was disabled, cancelled or removed. */
  lineClosed(lineId: number, now: number): void {
    this.#subscriptions.lineClosed(lineId, now)
  }

  /** As Subscriptions.clockSet. */
  clockSet(by: number): void {
    this.#subscriptions.clockSet(by)
  }

  #judge(request: SipRequest, wanted: SubscribeRequest, flow: Flow, now: number): Subscription | SubscribeAnswer {
    const { registrar, domains, answers } = this.#needs
    const { user, domain, toTag, cseq } = wanted
    const known = toTag === '' ? undefined : this.#subscriptions.find(wanted)
    // It ended, or we were restarted: the phone subscribes anew (RFC 6665 §4.1.2.1).
    if (toTag !== '' && known === undefined) return { ...refusal(481, 'Subscription Does Not Exist'), remember: false }
    const proof = registrar.prove(request, flow, now, user, domain)
    if (proof.kind !== 'proven') {
      this.#needs.refused(proof, flow, now)
      const { status, reason, headers } = replyTo(proof, now, flow.remoteIp, answers)
      return { status, reason, headers, remember: false }
    }
    this.#needs.proven(flow)
    const { line, toLine } = proof
    if (!domains.has(domain)) return refusal(404, 'Not Found')
    if (toLine !== line || !line.open || (known !== undefined && known.lineId !== line.lineId)) return refusal(403, 'Forbidden')
    if (known === undefined) return this.#subscriptions.open(wanted, line, flow, now) ?? refusal(403, 'Too Many Subscriptions')
    if (cseq <= known.cseq) return refusal(500, 'CSeq out of order')
    this.#subscriptions.renew(known, wanted, flow, now)
    return known
  }
}

function refusal(status: number, reason: string): SubscribeAnswer {
  return { status, reason, headers: '', remember: true }
}

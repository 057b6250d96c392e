/** One subscription, and the NOTIFY that it is owed (RFC 6665 §4.2.2, RFC 3680 §4.7). Pure. */
import type { Flow } from '../sip/transport/flow.ts'
import type { PendingEvents } from './contact-event.ts'
import { reginfoType } from './reginfo.ts'
import type { SubscribeRequest } from './subscribe.ts'

/** Why a subscription is over, as Subscription-State says it; '' while it is not. */
export type EndReason = '' | 'timeout' | 'noresource'

export interface Subscription {
  /** Never used twice in one run. */
  readonly number: number
  /** Our tag in its dialog. */
  readonly tag: string
  readonly lineId: number
  /** The line's address-of-record. */
  readonly aor: string
  readonly eventId: string
  readonly callId: string
  readonly from: string
  readonly to: string
  readonly fromTag: string
  readonly route: string
  target: string
  flow: Flow
  /** Of the newest SUBSCRIBE, and of our newest NOTIFY. */
  cseq: number
  notifyCSeq: number
  /** Of the next document. */
  version: number
  /** Epoch ms. */
  expiresAt: number
  /** Epoch ms before which no change is told. */
  quietUntil: number
  /** Epoch ms at which it is looked at for its expiry, and for what changed; 0 for never. Of each, one entry in the wheel counts. */
  expiryAt: number
  changeAt: number
  /** A NOTIFY waits for its answer. */
  underWay: boolean
  /** The next document tells all. */
  full: boolean
  /** More changed than is kept. */
  forgotten: boolean
  pending: PendingEvents
  ending: EndReason
}

/** A request of ours as the requester takes it. */
export interface Notify {
  method: 'NOTIFY'
  uri: string
  from: string
  to: string
  callId: string
  cseq: number
  headers: string
  body: string
  contentType: string
}

/** A subscription as its first SUBSCRIBE makes it. Copies all that it keeps: a slice would hold the whole message in memory. */
export function newSubscription(
  request: SubscribeRequest,
  own: { number: number; tag: string; lineId: number; aor: string },
  flow: Flow,
  now: number,
): Subscription {
  const { eventId, callId, from, to, fromTag, target, route, cseq, expires } = request
  return {
    ...own,
    eventId: ownText(eventId),
    callId: ownText(callId),
    from: ownText(from),
    to: ownText(to),
    fromTag: ownText(fromTag),
    target: ownText(target),
    route: ownText(route),
    flow: { ...flow },
    cseq,
    notifyCSeq: 0,
    version: 0,
    expiresAt: now + expires * 1000,
    quietUntil: 0,
    expiryAt: 0,
    changeAt: 0,
    underWay: false,
    full: true,
    forgotten: false,
    pending: new Map(),
    ending: expires === 0 ? 'timeout' : '',
  }
}

/** A further SUBSCRIBE of its dialog: all is told anew, the way that it came by (RFC 6665 §4.2.1.2, RFC 3261 §12.2.2). */
export function renewSubscription(subscription: Subscription, { target, cseq, expires }: SubscribeRequest, flow: Flow, now: number): void {
  // The route set of a dialog stays as it was (§12.2).
  subscription.target = ownText(target)
  subscription.flow = { ...flow }
  subscription.cseq = cseq
  subscription.expiresAt = now + expires * 1000
  subscription.full = true
  if (expires === 0) subscription.ending = 'timeout'
}

/** The next NOTIFY with this document; `contact` is where we are reached. Counts it. */
export function nextNotify(subscription: Subscription, body: string, contact: string, now: number): Notify {
  const { target, from, to, tag, callId, route, eventId, ending, expiresAt } = subscription
  subscription.notifyCSeq++
  subscription.version++
  const left = Math.max(0, Math.ceil((expiresAt - now) / 1000))
  const state = ending === '' ? `active;expires=${left}` : `terminated;reason=${ending}`
  return {
    method: 'NOTIFY',
    uri: target,
    from: `${to};tag=${tag}`,
    to: from,
    callId,
    cseq: subscription.notifyCSeq,
    headers:
      `${route === '' ? '' : `Route: ${route}\r\n`}Contact: ${contact}\r\nEvent: reg${eventId === '' ? '' : `;id=${eventId}`}\r\n` +
      `Subscription-State: ${state}\r\n`,
    body,
    contentType: reginfoType,
  }
}

function ownText(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'latin1').toString('latin1')
}

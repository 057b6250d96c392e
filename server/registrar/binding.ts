/** One contact of one line with its expiry (RFC 3261 §10), and all that one line holds. */
import type { TransportName } from '../sip/transport/flow.ts'

export interface Binding {
  /** Unique in this store, never used twice; a renewed binding keeps it. */
  readonly id: number
  readonly lineId: number
  /** The contact's URI byte for byte as the phone sent it, without < >. */
  uri: string
  /** Contact parameters to echo (`;q=…;+sip.instance=…;reg-id=…`), as sent, without expires. */
  echo: string
  /** `+sip.instance` without quotes and < >, '' if none. */
  instance: string
  regId: number
  /** Thousandths; 1000 when none was given. */
  q: number
  callId: string
  cseq: number
  /** Epoch ms. */
  expiresAt: number
  /** Seconds granted at the last renewal. */
  granted: number
  transport: TransportName
  ip: string
  port: number
  connection: number
  path: string
  userAgent: string
  /** Epoch ms of the first REGISTER of this binding, and of the newest. */
  boundAt: number
  seenAt: number
  /** Nonce of the newest accepted REGISTER and its highest count: a replay is refused after a restart too. */
  nonceId: string
  nonceCount: number
}

/** How a binding ended. */
export type EndHow = 'signed-off' | 'signed-off-by-portal' | 'expired' | 'connection-lost' | 'replaced' | 'evicted' | 'line-closed'

export interface EndedBinding {
  binding: Binding
  how: EndHow
  at: number
}

/** What one REGISTER (or the expirer) does to a line's bindings, in the order of the contacts. */
export type BindingChange =
  | { kind: 'added'; binding: Binding }
  | { kind: 'renewed'; before: Binding; binding: Binding }
  | { kind: 'ended'; binding: Binding; how: EndHow }

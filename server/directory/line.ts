/** A line ("unique"): a number, a type, a login server and SIP credentials. Secrets are never part of these values. */
import type { LineType } from './line-type.ts'

export interface NumberEnd {
  extension: string
  number: string
  kind: string
}

export interface Line {
  id: number
  accountId: number
  circleId: number
  circleNumber: string
  number: string
  type: LineType
  loginServer: LoginServer
  username: string
  name: string
  department: string
  pickupGroup: string
  inbound: NumberEnd
  outbound: NumberEnd
  note: string
  auth: 'password' | 'ip'
  ipAddress: string
  /** SHA-256 only. */
  strong: boolean
  maxContacts: number
  /** Epoch ms, null while the line may be used. */
  disabledAt: number | null
  disabledBy: string
  /** YYYY-MM-DD of the last day of service; null while not cancelled. */
  cancelOn: string | null
  createdAt: number
  passwordChangedAt: number
}

export type LoginServerKind = 'main' | 'kamailio' | 'opensips' | 'asterisk-ami' | 'asterisk-ari' | 'freeswitch' | 'reg-event' | 'webhook'

export interface LoginServer {
  id: number
  /** `main` is this installation. */
  name: string
  kind: LoginServerKind
  url: string
  domain: string
  /** Whether it tells us of changes by itself, so that its lines are live. */
  pushes: boolean
}

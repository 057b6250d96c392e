/** A customer company, its circles, and who of them may sign in to the portal. */
export interface Account {
  id: number
  login: string
  name: string
  mail: string
  language: 'ja' | 'en'
  createdAt: number
}

export type CircleState = 'in-use' | 'cancelled' | 'other'

export interface Circle {
  id: number
  accountId: number
  /** 10 digits. */
  number: string
  name: string
  department: string
  person: string
  /** YYYY-MM-DD */
  appliedOn: string
  state: CircleState
  administrator: boolean
  /** SHA-256 only for all of its lines. */
  strong: boolean
}

/** Whom a read or write is done for. Every call of a store carries one. */
export type Scope =
  | { kind: 'operator' }
  | { kind: 'account'; accountId: number }
  | { kind: 'circle'; accountId: number; circleId: number }
  | { kind: 'line'; accountId: number; circleId: number; lineId: number }

/** Contract: bans kept over a restart. The SIP role writes and follows; portal and command list and lift, also in another process. */

/** `wrong-passwords`: one name from one address. `many-names`: many names from one address; it holds for every name there. */
export type BanReason = 'wrong-passwords' | 'many-names'

export interface Ban {
  readonly id: number
  /** An IPv4 address, or an IPv6 network as `2001:db8:0:1::/64`. */
  readonly address: string
  /** As it was sent, at most 64 characters; '' for every name. */
  readonly username: string
  readonly reason: BanReason
  /** Lines that it concerns, as far as known; no more than a few. */
  readonly lineIds: number[]
  readonly userAgent: string
  /** Wrong passwords, or failing names, that led to it. */
  readonly count: number
  /** Epoch ms; both move along when the clock is set. */
  from: number
  until: number
}

export interface LiftedBan {
  id: number
  /** Who lifted it. */
  by: string
}

/** What the SIP role needs. Nothing throws: what cannot be written now is tried again by the caller. */
export interface BanStore {
  /** Bans that are neither over nor lifted. */
  load(now: number): Ban[]
  highestId(): number
  /** Stores bans that are new or concern more lines; false when nothing of it is stored. */
  save(bans: readonly Ban[], now: number): boolean
  /** Bans that were lifted since the last call. Cheap when nothing was. */
  takeLifted(): LiftedBan[]
  close(): void
}

/** What portal and command need. Throws where the database does. */
export interface BanBook {
  /** In force at `now`, newest first. */
  list(now: number): Ban[]
  /** Lifts a ban; false if there is none of this id in force. A running SIP role follows within its next look. */
  lift(id: number, by: string, now: number): boolean
  /** Whether a SIP role has followed the lift of this ban. */
  isFollowed(id: number): boolean
  close(): void
}

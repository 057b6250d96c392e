/** A block of attempts to sign in that guessed too much. Times are RFC 3339 UTC with milliseconds. */
import { type Static, Type } from 'typebox'

export const Ban = Type.Object({
  id: Type.Integer(),
  /** An IPv4 address, or an IPv6 network as `2001:db8:0:1::/64`. */
  address: Type.String(),
  /** The name that was tried, as it was sent; '' when every name of the address is blocked. */
  username: Type.String(),
  reason: Type.Union([Type.Literal('wrong-passwords'), Type.Literal('many-names')]),
  /** Wrong passwords, or failing names, that led to it. */
  count: Type.Integer(),
  userAgent: Type.String(),
  from: Type.String({ format: 'date-time' }),
  until: Type.String({ format: 'date-time' }),
  /** Numbers of the caller's lines that it concerns, as far as known. */
  lines: Type.Array(Type.String()),
  /** Whether the caller may lift it. */
  mayLift: Type.Boolean(),
})
export type Ban = Static<typeof Ban>

export const BanList = Type.Object({ items: Type.Array(Ban) })
export type BanList = Static<typeof BanList>

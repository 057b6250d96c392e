/** A line as the portal and other programs see it. Times are RFC 3339 UTC with milliseconds, dates YYYY-MM-DD. */
import { type Static, Type } from 'typebox'

export const LineTypeName = Type.Union([
  Type.Literal('sip-phone'),
  Type.Literal('smartphone'),
  Type.Literal('softphone'),
  Type.Literal('video-phone'),
  Type.Literal('sip-phone-campaign'),
  Type.Literal('sip-trunk'),
  Type.Literal('sip-trunk-2'),
  Type.Literal('forward'),
  Type.Literal('outbound-forward'),
  Type.Literal('from-call'),
  Type.Literal('conference'),
  Type.Literal('ivr'),
  Type.Literal('mobile'),
  Type.Literal('other'),
])
export type LineTypeName = Static<typeof LineTypeName>

/** What the list shows: ✓ ✕ — ? and "no data". */
export const Sign = Type.Union([
  Type.Literal('registered'),
  Type.Literal('unregistered'),
  Type.Literal('not-needed'),
  Type.Literal('ask'),
  Type.Literal('no-data'),
])
export type Sign = Static<typeof Sign>

/** The finer fact behind the sign. */
export const LineState = Type.Union([
  Type.Literal('registered'),
  Type.Literal('late'),
  Type.Literal('unreachable'),
  Type.Literal('unstable'),
  Type.Literal('expired'),
  Type.Literal('left'),
  Type.Literal('never'),
  Type.Literal('failing'),
  Type.Literal('blocked'),
  Type.Literal('disabled'),
  Type.Literal('not-needed'),
  Type.Literal('not-asked'),
  Type.Literal('asking'),
  Type.Literal('no-data'),
])
export type LineState = Static<typeof LineState>

export const causeCodes = [
  'wrong-password',
  'old-password',
  'password-of-another-line',
  'password-slip',
  'wrong-username',
  'wrong-domain',
  'blocked',
  'disabled',
  'cancelled',
  'never-connected',
  'expired',
  'signed-off',
  'signed-off-by-portal',
  'unreachable',
  'unstable',
  'connection-lost',
  'office-offline',
  'nat-mangled',
  'too-many-contacts',
  'replaced',
  'tls-refused',
  'ip-mismatch',
  'unsupported',
  'remote-silent',
  'server-outage',
] as const
export const CauseCode = Type.Union(causeCodes.map((code) => Type.Literal(code)))
export type CauseCode = (typeof causeCodes)[number]

const Time = Type.String({ format: 'date-time' })
const NullableTime = Type.Union([Time, Type.Null()])

/** What proves a cause. Which fields are there depends on the code; none is ever a secret. */
export const Evidence = Type.Object({
  /** The user name that arrived, and the one that was probably meant. */
  sent: Type.Optional(Type.String()),
  expected: Type.Optional(Type.String()),
  /** Address the attempts or the last renewal came from, and the phone's own name for itself. */
  from: Type.Optional(Type.String()),
  userAgent: Type.Optional(Type.String()),
  firstAt: Type.Optional(Time),
  /** Until when (blocked). */
  until: Type.Optional(Time),
  /** Person (disabled, signed off by the portal). */
  by: Type.Optional(Type.String()),
  /** Usual seconds between renewals. */
  period: Type.Optional(Type.Number()),
  /** Other lines at the same address that are connected now. */
  neighbours: Type.Optional(Type.Number()),
  transport: Type.Optional(Type.String()),
  /** Start and end of an outage of ours. */
  outageFrom: Type.Optional(Time),
  outageTo: Type.Optional(Time),
  /** How sure: proven by the line's own name or password, or inferred from address and likeness. */
  certainty: Type.Union([Type.Literal('known'), Type.Literal('inferred')]),
  /** What an inference rests on. */
  tie: Type.Optional(Type.Union([Type.Literal('instance'), Type.Literal('call-id'), Type.Literal('address'), Type.Literal('slip')])),
})
export type Evidence = Static<typeof Evidence>

export const Cause = Type.Object({
  code: Type.Unsafe<CauseCode>(CauseCode),
  count: Type.Integer(),
  lastAt: NullableTime,
  evidence: Evidence,
})
export type Cause = Static<typeof Cause>

const NumberEnd = Type.Object({ extension: Type.String(), number: Type.String(), kind: Type.String() })

export const Contact = Type.Object({
  uri: Type.String(),
  received: Type.String(),
  transport: Type.String(),
  userAgent: Type.String(),
  expiresAt: Time,
  lastSeenAt: Time,
  rttMs: Type.Union([Type.Number(), Type.Null()]),
  instance: Type.String(),
})
export type Contact = Static<typeof Contact>

export const Failure = Type.Object({
  at: Time,
  cause: Type.Unsafe<CauseCode>(CauseCode),
  from: Type.String(),
  userAgent: Type.String(),
  username: Type.String(),
  count: Type.Integer(),
})
export type Failure = Static<typeof Failure>

export const LineDetail = Type.Object({
  username: Type.String(),
  domain: Type.String(),
  contacts: Type.Array(Contact),
  failures: Type.Array(Failure),
})
export type LineDetail = Static<typeof LineDetail>

const lineFields = {
  number: Type.String(),
  circle: Type.String(),
  type: LineTypeName,
  loginServer: Type.String(),
  name: Type.String(),
  department: Type.String(),
  pickupGroup: Type.String(),
  inbound: NumberEnd,
  outbound: NumberEnd,
  note: Type.String(),
  cancelOn: Type.Union([Type.String({ format: 'date' }), Type.Null()]),
  sign: Sign,
  state: LineState,
  /** Since when the state holds, and how old the knowledge is; null while nothing is known. */
  since: NullableTime,
  knownAt: NullableTime,
  cause: Type.Union([Cause, Type.Null()]),
  /** What was last known, while the sign is `no-data`, or `ask` after an answer that is too old to stand. */
  lastKnown: Type.Optional(Type.Object({ sign: Sign, state: LineState, at: Time })),
}
export const Line = Type.Object(lineFields)
export type Line = Static<typeof Line>

export const LineWithDetail = Type.Object({ ...lineFields, detail: LineDetail })
export type LineWithDetail = Static<typeof LineWithDetail>

/** `lines` = registered + unregistered + unknown + notNeeded; `never` is part of unregistered. */
export const Counts = Type.Object({
  lines: Type.Integer(),
  registered: Type.Integer(),
  unregistered: Type.Integer(),
  unknown: Type.Integer(),
  notNeeded: Type.Integer(),
  never: Type.Integer(),
})
export type Counts = Static<typeof Counts>

export const LineListQuery = Type.Object({
  type: Type.Optional(LineTypeName),
  sign: Type.Optional(Sign),
  q: Type.Optional(Type.String({ maxLength: 100 })),
  sort: Type.Optional(Type.String({ maxLength: 40 })),
  cursor: Type.Optional(Type.String({ maxLength: 400 })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
})
export type LineListQuery = Static<typeof LineListQuery>

export const LineList = Type.Object({
  items: Type.Array(Line),
  /** Cursor of the next page; null on the last. */
  next: Type.Union([Type.String(), Type.Null()]),
  /** Place in the stream of changes that this list stands at (`epoch-seq`): `?after=` of the status stream. */
  asOf: Type.String(),
  /** Of the whole circle, whatever the filter. */
  counts: Counts,
  /** Lines of each type in the whole circle, for the tabs. */
  types: Type.Record(Type.String(), Type.Integer()),
  /** Lines that the filter lets through. */
  total: Type.Integer(),
})
export type LineList = Static<typeof LineList>

export const HistoryItem = Type.Object({
  at: Time,
  kind: LineState,
  cause: Type.Union([Type.Unsafe<CauseCode>(CauseCode), Type.Null()]),
  evidence: Type.Union([Evidence, Type.Null()]),
})
export const LineHistory = Type.Object({ items: Type.Array(HistoryItem), state0: Type.Union([LineState, Type.Null()]) })
export type LineHistory = Static<typeof LineHistory>

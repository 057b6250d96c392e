/**
 * `GET /api/status-stream?circle=&after=asOf`: Server-Sent Events, `id:` = epoch-seq. Events: `line` (a Line), `gone`,
 * `counts`, `outage`, `reset` (fetch the list anew). Without `circle` only `counts`, one a circle.
 */
import { type Static, Type } from 'typebox'
import { Counts } from './line.ts'

export const StatusStreamQuery = Type.Object({
  circle: Type.Optional(Type.String({ maxLength: 20 })),
  after: Type.Optional(Type.String({ maxLength: 60 })),
})
export const LineGone = Type.Object({ number: Type.String() })
export type LineGone = Static<typeof LineGone>
export const CircleCounts = Type.Object({ circle: Type.String(), counts: Counts })
export type CircleCounts = Static<typeof CircleCounts>
export const Outage = Type.Object({ from: Type.String(), to: Type.Union([Type.String(), Type.Null()]) })
export type Outage = Static<typeof Outage>

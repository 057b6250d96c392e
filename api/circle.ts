/** A circle: a group of lines under a 10-digit number. */
import { type Static, Type } from 'typebox'
import { Counts } from './line.ts'

export const Circle = Type.Object({
  number: Type.String(),
  name: Type.String(),
  department: Type.String(),
  person: Type.String(),
  appliedOn: Type.String({ format: 'date' }),
  state: Type.Union([Type.Literal('in-use'), Type.Literal('cancelled'), Type.Literal('other')]),
  administrator: Type.Boolean(),
  counts: Counts,
})
export type Circle = Static<typeof Circle>

export const CircleList = Type.Object({
  items: Type.Array(Circle),
  /** Place in the stream of changes that these counts stand at: `?after=` of the status stream without `circle`. */
  asOf: Type.String(),
})
export type CircleList = Static<typeof CircleList>

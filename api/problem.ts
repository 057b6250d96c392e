/** An error answer: RFC 9457, with a code that does not change. */
import { type Static, Type } from 'typebox'

export const problemCodes = [
  'bad-request',
  'not-signed-in',
  'wrong-login',
  'too-many-tries',
  'wrong-origin',
  'forbidden',
  'not-found',
  'not-ready',
  'internal',
] as const
export type ProblemCode = (typeof problemCodes)[number]

export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Unsafe<ProblemCode>(Type.String()),
  detail: Type.Optional(Type.String()),
})
export type Problem = Static<typeof Problem>

/** Signing in to the portal, and who is signed in. */
import { type Static, Type } from 'typebox'

export const SignInAs = Type.Union([Type.Literal('account'), Type.Literal('circle'), Type.Literal('line'), Type.Literal('operator')])
export type SignInAs = Static<typeof SignInAs>

export const SignIn = Type.Object({
  as: SignInAs,
  login: Type.String({ minLength: 1, maxLength: 200 }),
  password: Type.String({ minLength: 1, maxLength: 1000 }),
})
export type SignIn = Static<typeof SignIn>

/** `GET /api/me`: 401 when nobody is signed in. */
export const Me = Type.Object({
  as: SignInAs,
  login: Type.String(),
  /** The company's, circle's or line's name. */
  title: Type.String(),
  /** For a circle login its number; for a line login its circle's. */
  circle: Type.Union([Type.String(), Type.Null()]),
  line: Type.Union([Type.String(), Type.Null()]),
})
export type Me = Static<typeof Me>

/** `GET /api/about`: what the sign-in page shows before anybody is known; `sipPort` is for SIP over UDP and TCP. */
export const About = Type.Object({ support: Type.String(), domain: Type.String(), sipPort: Type.Integer(), version: Type.String() })
export type About = Static<typeof About>

/** Signing in and out. An unknown login costs the same time and gets the same answer as a wrong password. */

import { Type } from 'typebox'
import { Problem } from '#api/problem.ts'
import { SignIn } from '#api/sign-in.ts'
import { verifyPassword } from '../../directory/password.ts'
import { refuse } from '../errors.ts'
import { type Door, forAnyone, type Route } from '../route.ts'
import { sessionCookie, sessionLife } from '../session.ts'
import { openSignInLimits } from '../sign-in-limits.ts'

/** Sign-ins that may wait for their turn; each takes tens of milliseconds of one core. */
const mostWaiting = 40

export function signIn(door: Door): Route {
  const limits = openSignInLimits(door.clock)
  let waiting = 0
  return forAnyone({
    summary: 'Signs in and sets the session cookie',
    body: SignIn,
    answers: { 204: Type.Null(), 401: Problem, 429: Problem },
    async handle({ body, request, reply }) {
      const name = `${body.as} ${body.login.normalize('NFKC').trim().toLowerCase()}`
      const wait = waiting >= mostWaiting ? 2000 : limits.begin(name, request.ip)
      if (wait > 0) {
        door.metrics.signIns.inc({ as: body.as, result: 'limited' })
        return refuse(reply.header('retry-after', Math.ceil(wait / 1000)), 'too-many-tries')
      }
      waiting++
      try {
        const login = await door.directory.portalLogin(body.as, body.login)
        const right = await verifyPassword(body.password, login?.passwordHash ?? '')
        door.metrics.signIns.inc({ as: body.as, result: right ? 'accepted' : 'refused' })
        if (login === undefined || !right) return await refuse(reply, 'wrong-login')
        // A change of the password ends the sessions that there are: one with the old password must not come after it.
        const still = await door.directory.portalLogin(body.as, body.login)
        if (still?.passwordHash !== login.passwordHash) return await refuse(reply, 'wrong-login')
        limits.succeeded(name, request.ip)
        const before = request.cookies[sessionCookie]
        if (before !== undefined) await door.callers.close(before)
        const token = await door.callers.open(login, body.login)
        const secure = request.protocol === 'https'
        return await reply
          .setCookie(sessionCookie, token, { path: '/', httpOnly: true, sameSite: 'strict', secure, maxAge: sessionLife / 1000 })
          .status(204)
          .send()
      } finally {
        waiting--
      }
    },
  })
}

export function signOut(door: Door): Route {
  return forAnyone({
    summary: 'Ends the session and takes the cookie back',
    answers: { 204: Type.Null() },
    async handle({ request, reply }) {
      const token = request.cookies[sessionCookie]
      if (token !== undefined) await door.callers.close(token)
      return reply
        .clearCookie(sessionCookie, { path: '/', httpOnly: true, sameSite: 'strict', secure: request.protocol === 'https' })
        .status(204)
        .send()
    },
  })
}

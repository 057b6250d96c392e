/** Stands before every route: refuses writes that another site sends, and finds out who is calling. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { refuse } from './errors.ts'
import { type Caller, type Sessions, sessionCookie } from './session.ts'

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null
  }
  interface FastifyContextConfig {
    /** `anyone`: answered without a login. Routes that say nothing are for callers who are signed in. */
    access?: 'anyone' | 'signed-in'
  }
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Adds the checks to every route of `app` under /api. */
export function placeGuard(app: FastifyInstance, sessions: Sessions, portalUrl: string): void {
  const portalOrigin = originOf(portalUrl)
  app.decorateRequest('caller', null)
  app.addHook('onRequest', async (request, reply) => {
    if (!safeMethods.has(request.method) && !fromOwnSite(request, portalOrigin)) return refuse(reply, 'wrong-origin')
    if (request.is404 || request.routeOptions.config.access === 'anyone') return
    const caller = await sessions.caller({ cookie: request.cookies[sessionCookie], authorization: request.headers.authorization })
    if (caller === undefined) return refuse(reply, 'not-signed-in')
    request.caller = caller
  })
}

/**
 * Whether a browser says that our own page sent this. Programs that are no browsers send neither header and carry no
 * cookies of others, so they pass.
 */
export function fromOwnSite(request: FastifyRequest, portalOrigin: string): boolean {
  const site = request.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = request.headers.origin
  return origin === undefined || origin === portalOrigin || origin === `${request.protocol}://${request.host}`
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : ''
}

/** The portal's door: opens the HTTP server with its plugins in order, and every route in one list. */
import { chmodSync, rmSync } from 'node:fs'
import { ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { type AddressInfo, isIPv6, type Socket } from 'node:net'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import { openHttpMetrics } from '../metrics/http-metrics.ts'
import { certificateAge, readTlsIdentity, type TlsFiles, watchTlsFiles } from '../sip/transport/tls-identity.ts'
import { openControl, socketName } from './control.ts'
import { answerError, answerWithProblems } from './errors.ts'
import { placeGuard } from './guard.ts'
import { openLineCache } from './line-cache.ts'
import type { HttpConfig, HttpNeeds, HttpServer } from './needs.ts'
import { isApi, servePortal } from './portal-files.ts'
import type { Door, Route } from './route.ts'
import { bans, liftBan } from './routes/bans.ts'
import { circles } from './routes/circles.ts'
import { health, metrics } from './routes/health.ts'
import { checkLine, line } from './routes/line.ts'
import { lineHistory } from './routes/line-history.ts'
import { lines } from './routes/lines.ts'
import { about, me } from './routes/me.ts'
import { signIn, signOut } from './routes/sign-in.ts'
import { sipWebSocket } from './routes/sip-websocket.ts'
import { statusStream } from './routes/status-stream.ts'
import { openSessions } from './session.ts'
import { openStatusStreams } from './status-streams.ts'
import { asksForWebSocket, keepUpgrade } from './upgrades.ts'

/** Every route there is. Besides: /api/openapi.json describes them, and anything else is the portal's files. */
export const routes: Record<`${'GET' | 'POST' | 'DELETE'} /${string}`, (door: Door) => Route> = {
  'POST /api/sign-in': signIn,
  'POST /api/sign-out': signOut,
  'GET /api/me': me,
  'GET /api/about': about,
  'GET /api/circles': circles,
  'GET /api/circles/:number/lines': lines,
  'GET /api/lines/:number': line,
  'POST /api/lines/:number/check': checkLine,
  'GET /api/lines/:number/history': lineHistory,
  'GET /api/bans': bans,
  'DELETE /api/bans/:id': liftBan,
  'GET /api/status-stream': statusStream,
  'GET /sip': sipWebSocket,
  'GET /healthz': health,
  'GET /metrics': metrics,
}

const policy = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  'style-src': ["'self'", "'unsafe-inline'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
}
const largestBody = 64 * 1024
/** Requests still running when the server closes get so long (ms). */
const closingGrace = 700
const sweepEvery = 3_600_000
/** How often it is looked whether the certificate was renewed. */
const lookAtFilesEvery = 2000

/** Builds the server; nothing listens yet. `app` is there for requests without a socket. */
export async function openHttpServer(needs: HttpNeeds): Promise<HttpServer & { app: FastifyInstance }> {
  const { config, log, timers, clock } = needs
  const callers = openSessions(needs.sessions, needs.directory, clock, needs.random)
  const cache = openLineCache(needs.directory)
  const streams = openStatusStreams({ ...needs, callers, cache })
  const door: Door = { ...needs, callers, cache, streams, metrics: openHttpMetrics() }

  const app = newApp(config, needs)
  answerWithProblems(app, log)
  app.setSerializerCompiler(() => JSON.stringify)
  await app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: policy }, strictTransportSecurity: false })
  await app.register(cookie)
  await app.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'Regista', version: config.version } } })
  app.addHook('onRequest', async (request, reply) => {
    if (isApi(request)) reply.header('cache-control', 'no-store')
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000')
  })
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request
    door.metrics.requests.observe({ method, route: routeOptions.url ?? 'none', status: reply.statusCode }, reply.elapsedTime / 1000)
  })
  await app.register(async (api) => {
    placeGuard(api, callers, config.portalUrl)
    for (const [name, route] of Object.entries(routes)) addRoute(api, name, route(door))
    api.get('/api/openapi.json', { schema: { hide: true }, config: { access: 'anyone' } }, async () => app.swagger())
  })
  await servePortal(app, needs.portalFolder)
  app.server.on('upgrade', (request, socket, head) => {
    const response = new ServerResponse(request)
    keepUpgrade(request, socket as Socket, head, response)
    app.routing(request, response)
  })
  await app.ready()

  const control = openControl(needs)
  const stopSweeping = timers.every(sweepEvery, () => {
    needs.sessions
      .removeExpired(clock.now())
      .catch((error: unknown) => log.error({ err: error }, 'Sessions that are over could not be removed; it is tried again in an hour'))
  })
  const files = tlsFiles(config)
  const warnOfAge = (identity: ReturnType<typeof readTlsIdentity>) => {
    const sentence = certificateAge(identity, files?.cert ?? '', clock.now())
    if (sentence !== undefined) log.warn({}, sentence)
  }
  if (files !== undefined) warnOfAge(readTlsIdentity(files))
  const renewed = (identity: ReturnType<typeof readTlsIdentity>) => {
    ;(app.server as HttpsServer).setSecureContext(identity)
    warnOfAge(identity)
  }
  const unusable = (sentence: string) => log.error({}, `${sentence} The certificate in use stays.`)
  const stopLooking = files === undefined ? () => {} : timers.every(lookAtFilesEvery, watchTlsFiles(files, renewed, unusable))

  return {
    app,
    async listen() {
      if (needs.control.socketPath !== '') await listenControl(control, needs.control.socketPath)
      await app.listen({ host: config.httpHost, port: config.httpPort }).catch((error: NodeJS.ErrnoException) => {
        throw new Error(whyNotListening(error, config))
      })
      const { address, port } = app.server.address() as AddressInfo
      const host = isIPv6(address) ? `[${address}]` : address
      return { address, port, url: `${config.httpsCert === null ? 'http' : 'https'}://${host}:${port}` }
    },
    directoryChanged(changes) {
      if (changes.all) cache.clear()
      else cache.invalidate(changes.lineIds, changes.circleIds)
      void streams.checkRights()
    },
    async close() {
      stopSweeping()
      stopLooking()
      streams.close()
      const cut = timers.after(closingGrace, () => {
        app.server.closeAllConnections()
        control.server.closeAllConnections()
      })
      await Promise.all([app.close(), control.close()])
      cut()
      if (needs.control.socketPath !== '') rmSync(socketName(needs.control.socketPath), { force: true })
    },
  }
}

function newApp(config: HttpConfig, { log }: HttpNeeds): FastifyInstance {
  const options = {
    logger: false as const,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    bodyLimit: largestBody,
    requestTimeout: 30_000,
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 100 },
    frameworkErrors: (
      error: Parameters<typeof answerError>[0],
      request: Parameters<typeof answerError>[1],
      reply: Parameters<typeof answerError>[2],
    ) => {
      answerError(error, request, reply, log)
    },
  }
  const http = { shouldUpgradeCallback: asksForWebSocket }
  const files = tlsFiles(config)
  if (files === undefined) return Fastify({ ...options, http })
  return Fastify({ ...options, https: { ...http, ...readTlsIdentity(files) } }) as unknown as FastifyInstance
}

/** Undefined where the portal speaks plain HTTP. */
function tlsFiles({ httpsCert: cert, httpsKey: key }: HttpConfig): TlsFiles | undefined {
  if (cert === null || key === null) return undefined
  return { cert, key, certSetting: 'REGISTA_HTTPS_CERT', keySetting: 'REGISTA_HTTPS_KEY' }
}

function addRoute(app: FastifyInstance, name: string, { access, summary, schema, handle }: Route): void {
  const [method = 'GET', url = '/'] = name.split(' ')
  const exposeHeadRoute = method === 'GET' && url !== '/api/status-stream'
  app.route({ method, url, exposeHeadRoute, config: { access }, schema: { summary, ...schema }, handler: handle })
}

async function listenControl(control: FastifyInstance, socketPath: string): Promise<void> {
  const path = socketName(socketPath)
  rmSync(path, { force: true })
  await control.listen({ path }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The control socket ${socketPath} cannot be opened (${error.code ?? error.message}).`)
  })
  chmodSync(path, 0o600)
}

function whyNotListening(error: NodeJS.ErrnoException, { httpHost, httpPort }: HttpConfig): string {
  const where = `${isIPv6(httpHost) ? `[${httpHost}]` : httpHost}:${httpPort}`
  switch (error.code ?? '') {
    case 'EADDRINUSE':
      return `The portal's address ${where} is in use by another program; free it, or set REGISTA_HTTP_PORT to another port.`
    case 'EACCES':
      return `The portal may not listen on ${where}; set REGISTA_HTTP_PORT to a port from 1024 on.`
    case 'EADDRNOTAVAIL':
      return `The address ${httpHost} is not one of this machine; set REGISTA_HTTP_HOST to one that is.`
    default:
      return `The portal cannot listen on ${where} (${error.code ?? error.message}).`
  }
}

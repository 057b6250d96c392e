/** Error answers: problem documents (RFC 9457) with a stable code, never a stack and never a hint at what others own. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Problem, ProblemCode } from '#api/problem.ts'
import type { Log } from '../runtime/log.ts'

const problems: Record<ProblemCode, { status: number; title: string }> = {
  'bad-request': { status: 400, title: 'The request is not understood' },
  'not-signed-in': { status: 401, title: 'Nobody is signed in' },
  'wrong-login': { status: 401, title: 'Login or password is wrong' },
  'too-many-tries': { status: 429, title: 'Too many tries; wait a little' },
  'wrong-origin': { status: 403, title: 'The request comes from another site' },
  forbidden: { status: 403, title: 'This is not allowed' },
  'not-found': { status: 404, title: 'There is no such thing here' },
  'not-ready': { status: 503, title: 'The server is not ready' },
  internal: { status: 500, title: 'Something went wrong in the server' },
}

/** Sends a problem document; `status` only where HTTP knows a more exact one than the code's own. */
export function refuse(reply: FastifyReply, code: ProblemCode, detail?: string, status = problems[code].status): FastifyReply {
  if (code === 'not-signed-in') void reply.header('www-authenticate', 'Bearer')
  const problem: Problem = { type: 'about:blank', title: problems[code].title, status, code, ...(detail === undefined ? {} : { detail }) }
  return reply
    .status(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(Buffer.from(JSON.stringify(problem)))
}

/** Makes every error of the framework and of handlers a problem document. */
export function answerWithProblems(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, log))
}

/** One error as an answer: what the caller did wrong with its detail, everything else as 500 and in the log. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  if (error.validation !== undefined) return refuse(reply, 'bad-request', validationDetail(error))
  const status = error.statusCode ?? 500
  if (status === 403 || status === 404) return refuse(reply, 'not-found')
  if (status >= 400 && status < 500) return refuse(reply, 'bad-request', error.message, status)
  log.error({ err: error, method: request.method, route: request.routeOptions?.url ?? '' }, 'A request failed')
  return refuse(reply, 'internal')
}

function validationDetail(error: FastifyError): string {
  const first = error.validation?.[0]
  if (first === undefined) return error.message
  const missing = first.params.missingProperty
  const field = typeof missing === 'string' ? missing : first.instancePath.replace(/^\//, '').replaceAll('/', '.')
  const where = error.validationContext ?? 'request'
  return field === ''
    ? `${where}: ${first.message ?? 'not understood'}`
    : `${where} ${field}: ${typeof missing === 'string' ? 'is missing' : (first.message ?? 'not understood')}`
}

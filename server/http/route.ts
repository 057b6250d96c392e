/** How a route is written: what it takes and answers, and one function that does it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Static, TSchema } from 'typebox'
import type { HttpMetrics } from '../metrics/http-metrics.ts'
import type { LineCache } from './line-cache.ts'
import type { HttpNeeds } from './needs.ts'
import type { Caller, Sessions } from './session.ts'
import type { StatusStreams } from './status-streams.ts'

/** What the routes share. */
export interface Door extends HttpNeeds {
  callers: Sessions
  cache: LineCache
  streams: StatusStreams
  metrics: HttpMetrics
}

interface Shape<P extends TSchema, Q extends TSchema, B extends TSchema> {
  summary: string
  params?: P
  query?: Q
  body?: B
  /** Bodies by status; documents only, since present.ts builds each answer field by field. */
  answers: Record<number, TSchema>
}

interface Call<P extends TSchema, Q extends TSchema, B extends TSchema> {
  params: Static<P>
  query: Static<Q>
  body: Static<B>
  request: FastifyRequest
  reply: FastifyReply
}

export interface Route {
  access: 'anyone' | 'signed-in'
  summary: string
  schema: { params?: TSchema; querystring?: TSchema; body?: TSchema; response: Record<number, TSchema> }
  handle(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
}

/** A route that answers without a login. */
export function forAnyone<P extends TSchema, Q extends TSchema, B extends TSchema>(
  shape: Shape<P, Q, B> & { handle(call: Call<P, Q, B>): Promise<unknown> },
): Route {
  return {
    access: 'anyone',
    summary: shape.summary,
    schema: schemaOf(shape),
    handle: (request, reply) => shape.handle(callOf(request, reply)),
  }
}

/** A route for callers who are signed in; the guard has put the caller on the request, or answered 401. */
export function forCaller<P extends TSchema, Q extends TSchema, B extends TSchema>(
  shape: Shape<P, Q, B> & { handle(call: Call<P, Q, B> & { caller: Caller }): Promise<unknown> },
): Route {
  return {
    access: 'signed-in',
    summary: shape.summary,
    schema: schemaOf(shape),
    async handle(request, reply) {
      if (request.caller === null) throw new Error('The guard let a request without a caller pass')
      return shape.handle({ ...callOf<P, Q, B>(request, reply), caller: request.caller })
    },
  }
}

function schemaOf(shape: Shape<TSchema, TSchema, TSchema>): Route['schema'] {
  return {
    ...(shape.params === undefined ? {} : { params: shape.params }),
    ...(shape.query === undefined ? {} : { querystring: shape.query }),
    ...(shape.body === undefined ? {} : { body: shape.body }),
    response: shape.answers,
  }
}

/** The schemas were checked before the handler runs, so the values have their types. */
function callOf<P extends TSchema, Q extends TSchema, B extends TSchema>(request: FastifyRequest, reply: FastifyReply): Call<P, Q, B> {
  return {
    params: request.params as Static<P>,
    query: request.query as Static<Q>,
    body: request.body as Static<B>,
    request,
    reply,
  }
}

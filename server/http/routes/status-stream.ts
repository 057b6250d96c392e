/** The live changes of one circle's lines, or of the counts of all the caller's circles, as Server-Sent Events. */

import { Type } from 'typebox'
import { Problem } from '#api/problem.ts'
import { StatusStreamQuery } from '#api/status-stream.ts'
import { refuse } from '../errors.ts'
import { type Door, forCaller, type Route } from '../route.ts'

export function statusStream({ directory, streams }: Door): Route {
  return forCaller({
    summary: 'Changes as Server-Sent Events; resumes with Last-Event-ID',
    query: StatusStreamQuery,
    answers: { 200: Type.String({ description: 'text/event-stream' }), 401: Problem, 404: Problem, 429: Problem },
    async handle({ caller, query, request, reply }) {
      const circle = query.circle === undefined ? null : await directory.circle(caller.scope, query.circle)
      if (circle === undefined) return refuse(reply, 'not-found')
      if (streams.full(caller)) return refuse(reply.header('retry-after', 10), 'too-many-tries', 'This login holds too many open streams.')
      const lastId = request.headers['last-event-id']
      const resumeAt = typeof lastId === 'string' && lastId !== '' ? lastId : query.after
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value)
      reply.raw.setHeader('content-type', 'text/event-stream; charset=utf-8')
      reply.raw.setHeader('x-accel-buffering', 'no')
      reply.raw.flushHeaders()
      request.raw.socket.setNoDelay(true)
      await streams.open(reply.raw, caller, circle, resumeAt)
      return reply
    },
  })
}

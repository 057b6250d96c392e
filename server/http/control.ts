/**
 * What the operator's command asks the running server over a Unix domain socket in the data directory. There is no login:
 * who may open the socket (mode 0600) owns the data.
 */
import { relative } from 'node:path'
import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Circle } from '../directory/account.ts'
import { answerWithProblems, refuse } from './errors.ts'
import type { HttpNeeds } from './needs.ts'

const operator = { kind: 'operator' } as const
/** Bytes that a socket's name may have (sun_path less its end). */
const longestName = 107

const CaughtUp = Type.Object({ seq: Type.Integer({ minimum: 0 }) })
const LineStatusQuery = Type.Object({ circle: Type.Optional(Type.String({ maxLength: 20 })) })

/** The two questions, not listening yet. */
export function openControl({ directory, board, control, log }: HttpNeeds): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true })
  answerWithProblems(app, log)
  app.setNotFoundHandler((_, reply) => refuse(reply, 'not-found'))

  app.get<{ Querystring: { seq: number } }>('/control/caught-up', { schema: { querystring: CaughtUp } }, async (request) => {
    await control.caughtUp(request.query.seq)
    return { seq: request.query.seq }
  })

  app.get<{ Querystring: { circle?: string } }>(
    '/control/line-status',
    { schema: { querystring: LineStatusQuery } },
    async (request, reply) => {
      const { circle: number } = request.query
      const circle = number === undefined ? undefined : await directory.circle(operator, number)
      if (number !== undefined && circle === undefined) return refuse(reply, 'not-found', 'There is no such circle.')
      const circles = circle === undefined ? await directory.circles(operator) : [circle]
      return reply.type('application/json').send(Readable.from(statusText(circles)))
    },
  )

  /** Circle by circle, so that a million lines neither fill the memory nor hold up the portal. */
  async function* statusText(circles: readonly Circle[]): AsyncGenerator<string> {
    let before = '['
    for (const { number } of circles) {
      const rows = (await directory.lines(operator, number)).map((line) => {
        const { sign, state, cause } = board.status(line.id)
        return JSON.stringify({ number: line.number, sign, state, cause: cause?.code ?? null })
      })
      if (rows.length === 0) continue
      yield before + rows.join(',')
      before = ','
    }
    yield before === '[' ? '[]' : ']'
  }

  return app
}

/** The name to bind or connect a socket by: as it is, or seen from the working directory when it is too long otherwise. */
export function socketName(path: string): string {
  if (Buffer.byteLength(path) <= longestName) return path
  const nearer = relative(process.cwd(), path)
  if (Buffer.byteLength(nearer) <= longestName) return nearer
  throw new Error(`The data directory's path is too long for the control socket ${path}; choose a shorter one.`)
}

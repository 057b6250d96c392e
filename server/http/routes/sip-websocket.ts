/** SIP over WebSocket on the portal's port (RFC 7118): for phones in browsers, which seldom get through to another port. */
import { Type } from 'typebox'
import { Problem } from '#api/problem.ts'
import { refuse } from '../errors.ts'
import { type Door, forAnyone, type Route } from '../route.ts'
import { takeUpgrade } from '../upgrades.ts'

export function sipWebSocket({ phones }: Door): Route {
  return forAnyone({
    summary: 'SIP over WebSocket, subprotocol sip',
    answers: { 101: Type.Null(), 426: Problem, 503: Problem },
    async handle({ request, reply }) {
      if (phones === undefined) return refuse(reply, 'not-ready', 'The SIP role does not run in this process.')
      const upgrade = takeUpgrade(request.raw)
      if (upgrade === undefined) {
        void reply.header('upgrade', 'websocket')
        return refuse(reply, 'bad-request', 'SIP over WebSocket is spoken here.', 426)
      }
      reply.hijack()
      const { socket, head } = upgrade
      phones.admit(request.raw, socket, head, { ip: request.ip, port: socket.remotePort ?? 0, secure: request.protocol === 'https' })
      return reply
    },
  })
}

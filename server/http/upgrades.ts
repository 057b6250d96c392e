/** Requests that ask for a WebSocket go through the routes like any other; here a route finds the socket behind its request. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Upgrade {
  socket: Socket
  /** What the peer sent behind the request. */
  head: Buffer
  response: ServerResponse
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/** Keeps the socket of a request that is about to be routed; answered as an ordinary one, it ends with the answer. */
export function keepUpgrade(request: IncomingMessage, socket: Socket, head: Buffer, response: ServerResponse): void {
  upgrades.set(request, { socket, head, response })
  socket.on('error', () => socket.destroy())
  response.setHeader('connection', 'close')
  response.assignSocket(socket)
  response.on('finish', () => socket.destroySoon())
}

/** The socket, for the caller to speak on from now on; undefined if the request is an ordinary one. */
export function takeUpgrade(request: IncomingMessage): Omit<Upgrade, 'response'> | undefined {
  const upgrade = upgrades.get(request)
  if (upgrade === undefined) return undefined
  upgrades.delete(request)
  upgrade.response.detachSocket(upgrade.socket)
  return upgrade
}

/** Whether a request asks for a WebSocket; other wishes to upgrade (to HTTP/2, say) are not heard, as before. */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket'
}

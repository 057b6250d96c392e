/** SIP over TCP (RFC 3261 §18): connections that phones open; each is a flow that answers go back on. */
import type { Socket } from 'node:net'
import type { Flow } from './flow.ts'
import { StreamConnection, type StreamNeeds } from './stream-connection.ts'
import { StreamListener } from './stream-listener.ts'

export interface TcpOptions extends StreamNeeds {
  host: string
  port: number
  failed(error: Error): void
}

/** Listens for SIP over TCP; rejects with the system's error (EADDRINUSE, EACCES). */
export function listenTcp(options: TcpOptions): Promise<StreamListener> {
  return StreamListener.open({ ...options, accepted: (socket) => openStream('tcp', socket, options) })
}

/** The peer behind `socket` speaks SIP from now on. Gone before it was looked at: nothing happens. */
export function openStream(transport: 'tcp' | 'tls', socket: Socket, needs: StreamNeeds): void {
  const { remoteAddress, remotePort } = socket
  if (remoteAddress === undefined || remotePort === undefined) {
    socket.destroy()
    return
  }
  const connection = needs.connections.nextNumber()
  const flow: Flow = { transport, remoteIp: remoteAddress, remotePort, connection, local: 0 }
  new StreamConnection(socket, flow, needs)
}

import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import type { Server, TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { Connections } from './connections.ts'
import { HandshakeGate } from './handshake-gate.ts'

const hello = Buffer.from([22, 3, 1, 0, 5])

/** A gate whose turns and timers the test ends, before a server that notes who begins. */
function open() {
  const begun: number[] = []
  const server = Object.assign(new EventEmitter(), {}) as unknown as Server
  server.on('connection', (socket: Socket) => begun.push(socket.remotePort ?? 0))
  const turns: (() => void)[] = []
  const timers = new Set<() => void>()
  const failed: string[] = []
  const connections = new Connections({ inAll: 10, fromOneNetwork: 10 }, () => {})
  const gate = new HandshakeGate(server, {
    connections,
    after: (_ms, work) => {
      timers.add(work)
      return () => timers.delete(work)
    },
    endOfTurn: (work) => turns.push(work),
    handshakeFailed: (ip, why) => failed.push(`${ip} ${why}`),
  })
  const tick = () => new Promise<void>((resolve) => setImmediate(resolve))
  const secured: number[] = []
  return {
    begun,
    failed,
    secured,
    connections,
    tick,
    enter(port: number) {
      const socket = Object.assign(new PassThrough(), { remoteAddress: '192.0.2.1', remotePort: port, localAddress: '192.0.2.9' })
      gate.enter(socket as unknown as Socket, (done) => secured.push(done.remotePort ?? 0))
      return socket
    },
    /** The server has shaken hands with the peer at `port`. */
    shaken: (port: number) =>
      server.emit('secureConnection', { remoteAddress: '192.0.2.1', remotePort: port, localAddress: '192.0.2.9' } as TLSSocket),
    endTurn() {
      for (const work of turns.splice(0)) work()
    },
    pass() {
      for (const work of [...timers]) work()
    },
  }
}

test('two handshakes begin a turn, in the order in which the peers spoke; who is silent costs no turn', async () => {
  const { enter, begun, endTurn, tick } = open()
  enter(1)
  for (const port of [2, 3, 4, 5, 6]) enter(port).write(hello)
  await tick()
  expect(begun).toEqual([])
  endTurn()
  expect(begun).toEqual([2, 3])
  endTurn()
  expect(begun).toEqual([2, 3, 4, 5])
  endTurn()
  expect(begun).toEqual([2, 3, 4, 5, 6])
})

test('who left while waiting is passed over', async () => {
  const { enter, begun, endTurn, tick } = open()
  const [gone] = [1, 2, 3].map((port) => {
    const socket = enter(port)
    socket.write(hello)
    return socket
  })
  await tick()
  gone?.destroy()
  endTurn()
  expect(begun).toEqual([2, 3])
})

test('who got through is handed on, and its end is no failure', async () => {
  const { enter, secured, failed, connections, shaken, tick } = open()
  const socket = enter(1)
  shaken(1)
  socket.destroy()
  await tick()
  expect([secured, failed, connections.numbers.tlsHandshakes]).toEqual([[1], [], 1])
})

test('who speaks no TLS, breaks off or takes too long is told of with the reason', async () => {
  const { enter, failed, connections, pass, tick } = open()
  enter(1).write('REGISTER sip:a SIP/2.0\r\n')
  enter(2).end()
  await tick()
  await tick()
  expect(failed.sort()).toEqual(['192.0.2.1 broken-off', '192.0.2.1 not-tls'])
  const silent = enter(3)
  pass()
  await tick()
  expect([silent.destroyed, failed.length, connections.numbers.tlsHandshakesFailed]).toEqual([true, 3, 3])
})

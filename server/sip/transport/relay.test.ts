import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import WebSocket from 'ws'
import { Connections } from './connections.ts'
import type { Flow } from './flow.ts'
import type { EventToSip, EventToWeb } from './relay-events.ts'
import { RelayedWebSockets } from './relayed-websockets.ts'
import { WebSocketDoor } from './websocket-door.ts'
import { WebSocketRelay } from './websocket-relay.ts'

const message = (id: string) =>
  `OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/WS b.invalid;branch=z9hG4bK${id}\r\nFrom: <sip:d@e>;tag=f\r\nTo: <sip:g@h>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS\r\n\r\n`

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** Both ends with a wire between them that the test may hold up, and real peers. */
async function open(limits = { inAll: 10, fromOneNetwork: 10 }) {
  const toSip: EventToSip[][] = []
  const toWeb: EventToWeb[][] = []
  let held = false
  const received: { text: string; flow: Flow }[] = []
  const closed: Flow[] = []
  const connections = new Connections(limits, (flow) => closed.push(flow))
  const sip = new RelayedWebSockets({
    connections,
    received(framed, flow) {
      if (framed.kind === 'request') received.push({ text: framed.method, flow })
    },
    after: () => () => {},
    send: (events) => {
      toWeb.push(events)
      flush()
    },
    endOfTurn: setImmediate,
  })
  const web = new WebSocketRelay({
    door: new WebSocketDoor([]),
    send: (events) => {
      toSip.push(events)
      flush()
    },
    after: () => () => {},
    endOfTurn: setImmediate,
  })
  function flush(): void {
    if (held) return
    for (const events of toSip.splice(0)) sip.fromWeb(structuredClone(events))
    for (const events of toWeb.splice(0)) web.fromSip(structuredClone(events))
  }
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket, head) =>
    web.admit(request, socket as Socket, head, { ip: '::ffff:203.0.113.9', port: 4711, secure: true }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    web.close()
    server.closeAllConnections()
    server.close()
  })
  const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 5))
  return {
    sip,
    web,
    connections,
    received,
    closed,
    async until(reached: () => boolean) {
      for (let i = 0; i < 600 && !reached(); i++) await turn()
      expect(reached()).toBe(true)
    },
    hold(now: boolean) {
      held = now
      flush()
    },
    waiting: () => toSip.flat().reduce((sum, event) => sum + (event.what === 'message' ? event.text.length : 0), 0),
    connect() {
      const peer = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, 'sip')
      peer.on('error', () => {})
      ends.push(() => peer.terminate())
      const got: string[] = []
      peer.on('message', (bytes: Buffer) => got.push(bytes.toString('utf8')))
      return { peer, got, opened: new Promise<void>((resolve) => peer.on('open', () => resolve())) }
    },
  }
}

test('a message reaches the SIP side with the phone’s own address, and the answer the phone', async () => {
  const { connect, received, connections, until } = await open()
  const { peer, got, opened } = connect()
  await opened
  peer.send(message('one'))
  await until(() => received.length === 1)
  const flow = received[0]?.flow as Flow
  expect(flow).toMatchObject({ transport: 'wss', remoteIp: '203.0.113.9', remotePort: 4711, connection: 1 })
  connections.send('SIP/2.0 200 OK', flow)
  await until(() => got.length === 1)
  expect(got).toEqual(['SIP/2.0 200 OK'])
})

test('a phone that leaves is gone on the SIP side too, and one that is cut there is gone here', async () => {
  const { connect, received, connections, closed, web, until } = await open()
  const one = connect()
  const other = connect()
  await Promise.all([one.opened, other.opened])
  one.peer.send(message('one'))
  await until(() => received.length === 1)
  other.peer.send(message('other'))
  await until(() => received.length === 2)
  one.peer.terminate()
  await until(() => closed.length === 1)
  expect(closed[0]?.connection).toBe(received[0]?.flow.connection)
  connections.cut(received[1]?.flow as Flow)
  await until(() => other.peer.readyState === WebSocket.CLOSED && web.size === 0)
  expect(closed).toHaveLength(2)
})

test('whom the SIP side has no seat for is cut', async () => {
  const { connect, until, connections } = await open({ inAll: 10, fromOneNetwork: 1 })
  const first = connect()
  await first.opened
  const second = connect()
  await second.opened
  await until(() => second.peer.readyState === WebSocket.CLOSED)
  expect([connections.size, first.peer.readyState]).toEqual([1, WebSocket.OPEN])
})

test('while the SIP side is behind, a phone is not read beyond a bound, and all comes in order when it has caught up', async () => {
  const { connect, hold, received, waiting, until, connections } = await open()
  const { peer, opened } = connect()
  await opened
  peer.send(message('first'))
  await until(() => received.length === 1)
  hold(true)
  const many = 4000
  for (let i = 0; i < many; i++) peer.send(message(String(i)))
  await until(() => waiting() > 64 * 1024)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(waiting()).toBeLessThan(256 * 1024)
  hold(false)
  await until(() => received.length === many + 1)
  expect(connections.size).toBe(1)
})

test('while the web side is behind, what waits for a phone is bounded: it is cut, and no other', async () => {
  const { connect, hold, received, connections, until } = await open()
  const slow = connect()
  const quiet = connect()
  await Promise.all([slow.opened, quiet.opened])
  slow.peer.send(message('slow'))
  await until(() => received.length === 1)
  hold(true)
  for (let i = 0; i < 1000; i++) connections.send('x'.repeat(1000), received[0]?.flow as Flow)
  expect([connections.size, connections.slowReaders.cut]).toEqual([1, 1])
  hold(false)
  await until(() => slow.peer.readyState === WebSocket.CLOSED)
  expect(quiet.peer.readyState).toBe(WebSocket.OPEN)
})

test('when the web side is lost every phone of it is gone', async () => {
  const { connect, sip, closed, connections, until } = await open()
  const phones = [connect(), connect()]
  await Promise.all(phones.map(({ opened }) => opened))
  await until(() => connections.size === 2)
  sip.lost()
  expect([closed.length, connections.size]).toEqual([2, 0])
})

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import WebSocket from 'ws'
import type { Framed } from '../message/frame-stream.ts'
import { Connections } from './connections.ts'
import type { Flow } from './flow.ts'
import { WebSocketTransport } from './websocket.ts'
import { WebSocketDoor } from './websocket-door.ts'

const message =
  'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/WS b.invalid;branch=z9hG4bKc\r\nFrom: <sip:d@e>;tag=f\r\nTo: <sip:g@h>\r\nCall-ID: i\r\nCSeq: 1 OPTIONS\r\n\r\n'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A transport whose timers the test fires, and one peer. */
async function open(options: { autoPong?: boolean } = {}) {
  const timers = new Map<object, { ms: number; work: () => void }>()
  const came: Framed[] = []
  let told = () => {}
  let flow: Flow | undefined
  const gone = Promise.withResolvers<void>()
  const connections = new Connections({ inAll: 10, fromOneNetwork: 10 }, () => gone.resolve())
  const transport = await WebSocketTransport.open({
    host: '127.0.0.1',
    port: 0,
    connections,
    door: new WebSocketDoor([]),
    identity: undefined,
    received(framed, from) {
      flow = from
      came.push(framed)
      told()
    },
    handshakeFailed: () => {},
    failed: (error) => {
      throw error
    },
    after(ms, work) {
      const timer = {}
      timers.set(timer, { ms, work })
      return () => timers.delete(timer)
    },
    endOfTurn: setImmediate,
  })
  ends.push(() => transport.close())
  const peer = new WebSocket(`ws://127.0.0.1:${transport.port}`, 'sip', options)
  ends.push(() => peer.terminate())
  const got: { text: string; binary: boolean }[] = []
  peer.on('message', (bytes: Buffer, binary) => {
    got.push({ text: bytes.toString('utf8'), binary })
    told()
  })
  peer.on('error', () => {})
  await once(peer, 'open')
  const until = async (reached: () => boolean) => {
    while (!reached()) {
      await new Promise<void>((resolve) => {
        told = resolve
      })
    }
  }
  return {
    peer,
    came,
    until,
    got,
    gone: gone.promise,
    waits: () => [...timers.values()].map(({ ms }) => ms),
    /** The time of all timers has come. */
    pass() {
      const due = [...timers.values()]
      timers.clear()
      for (const { work } of due) work()
    },
    async send(bytes: string | Buffer) {
      const before = came.length
      peer.send(bytes)
      await until(() => came.length > before)
    },
    async answer(text: string) {
      if (flow === undefined) throw new Error('nothing came yet')
      const before = got.length
      connections.send(text, flow)
      await until(() => got.length > before)
      return got.at(-1)
    },
  }
}

test('a frame is a message, whole or not at all', async () => {
  const { came, send } = await open()
  await send(message)
  await send(Buffer.from(message))
  await send(message.slice(0, 60))
  expect(came.map(({ kind }) => kind)).toEqual(['request', 'request', 'parse-error'])
})

test('who sends text gets text, unless it would be no UTF-8; who sends bytes gets bytes', async () => {
  const { send, answer } = await open()
  await send(message)
  expect(await answer('SIP/2.0 200 OK')).toMatchObject({ binary: false })
  expect(await answer(Buffer.from('日本', 'utf8').toString('latin1'))).toEqual({ text: '日本', binary: false })
  expect(await answer('caf\xe9')).toMatchObject({ binary: true })
  await send(Buffer.from(message))
  expect(await answer('SIP/2.0 200 OK')).toMatchObject({ binary: true })
})

test('who never sends a message is cut', async () => {
  const { gone, waits, pass } = await open()
  expect(waits()).toEqual([30_000])
  pass()
  await gone
})

test('who answers pings stays, however long it says nothing', async () => {
  const { peer, send, pass } = await open()
  await send(message)
  for (let i = 0; i < 3; i++) {
    pass()
    await once(peer, 'ping')
    // The pong is on its way before this message is.
    await send(message)
  }
  expect(peer.readyState).toBe(WebSocket.OPEN)
})

test('trap 39: who does not answer a ping until the next is cut', async () => {
  const { peer, gone, send, pass } = await open({ autoPong: false })
  await send(message)
  pass()
  await once(peer, 'ping')
  pass()
  await gone
})

test('a message cut into hundreds of pieces ends the connection, since what is held for it costs many times its size', async () => {
  const { peer, gone } = await open()
  peer.send('O', { fin: false })
  for (let piece = 0; piece < 100; piece++) peer.send('x', { fin: false })
  await gone
})

test('a message in a few pieces is taken', async () => {
  const { peer, came, until } = await open()
  peer.send(message.slice(0, 50), { fin: false })
  peer.send(message.slice(50, 90), { fin: false })
  peer.send(message.slice(90))
  await until(() => came.length === 1)
  expect(came[0]?.kind).toBe('request')
})

test('pings and messages in a flood are taken one a turn: others get theirs between them', async () => {
  const { peer, came, until } = await open()
  let turns = 0
  const count = () => {
    turns++
    if (came.length < 200) setImmediate(count)
  }
  await new Promise<void>((resolve) => {
    const socket = (peer as unknown as { _socket: Socket })._socket
    socket.cork()
    for (let at = 0; at < 200; at++) peer.send(message)
    socket.uncork()
    setImmediate(() => {
      count()
      resolve()
    })
  })
  await until(() => came.length === 200)
  expect(turns).toBeGreaterThan(150)
})

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Framed } from '../message/frame-stream.ts'
import { HeaderId } from '../message/header-name.ts'
import { Connections } from './connections.ts'
import { listenTcp } from './tcp.ts'

const message =
  'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP b;branch=z9hG4bKc\r\nFrom: <sip:d@e>;tag=f\r\nTo: <sip:g@h>\r\nCall-ID: i\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A transport whose timers the test fires, and one peer. */
async function open() {
  const timers = new Map<object, { ms: number; work: () => void }>()
  const came: Framed[] = []
  /** Messages that had come in all when the rest was put off. */
  const turns: number[] = []
  let told = () => {}
  const gone = Promise.withResolvers<void>()
  const accepted = Promise.withResolvers<void>()
  const transport = await listenTcp({
    host: '127.0.0.1',
    port: 0,
    connections: new Connections({ inAll: 10, fromOneNetwork: 10 }, () => gone.resolve()),
    received: (framed) => {
      came.push(framed)
      told()
    },
    failed: (error) => {
      throw error
    },
    after: (ms, work) => {
      const timer = {}
      timers.set(timer, { ms, work })
      accepted.resolve()
      return () => timers.delete(timer)
    },
    endOfTurn(work) {
      turns.push(came.length)
      setImmediate(work)
    },
  })
  ends.push(() => transport.close())
  const peer: Socket = connect({ port: transport.port, host: '127.0.0.1', allowHalfOpen: true })
  ends.push(() => peer.destroy())
  peer.on('error', () => {})
  peer.resume()
  await accepted.promise
  return {
    peer,
    came,
    turns,
    /** The transport has let go of the peer. */
    gone: gone.promise,
    waits: () => [...timers.values()].map(({ ms }) => ms),
    /** The time of all timers has come. */
    pass() {
      for (const { work } of timers.values()) work()
    },
    /** Sends, and waits until so many messages came in all. */
    async send(text: string, messages: number) {
      peer.write(text)
      while (came.length < messages) {
        await new Promise<void>((resolve) => {
          told = resolve
        })
      }
    },
  }
}

test('a peer that connects and says nothing whole is closed', async () => {
  const { gone, waits, pass } = await open()
  expect(waits()).toEqual([30_000])
  pass()
  await gone
})

test('a peer that has said something whole may rest as long as it likes, but not in the middle of a message', async () => {
  const { gone, waits, pass, send } = await open()
  await send(message, 1)
  expect(waits()).toEqual([])
  await send(message + message.slice(0, 40), 2)
  expect(waits()).toEqual([30_000])
  pass()
  await gone
})

test('a peer that goes on sending whole messages has its time anew with each', async () => {
  const { waits, send } = await open()
  await send(message + message.slice(0, 40), 1)
  await send(message.slice(40) + message.slice(0, 40), 2)
  expect(waits()).toEqual([30_000])
  await send(message.slice(40), 3)
  expect(waits()).toEqual([])
})

test('a peer that was no SIP is told to go, and is closed when it stays', async () => {
  const { peer, gone, waits, pass, send } = await open()
  await send('garbage garbage\r\n\r\n', 1)
  await once(peer, 'end')
  expect(waits()).toEqual([5000])
  pass()
  await gone
})

test('of a peer that sends a thousand messages at a stretch a few are served in each turn, and all in the end, in order', async () => {
  const { came, turns, send, waits } = await open()
  const numbered = Array.from({ length: 1000 }, (_, at) => message.replace('Call-ID: i', `Call-ID: ${at}`))
  await send(numbered.join('') + message.slice(0, 40), 1000)
  expect(came.map((framed) => framed.kind === 'request' && framed.first(HeaderId.CallId))).toEqual(numbered.map((_, at) => `${at}`))
  expect(turns.length).toBeGreaterThan(20)
  const served = [...turns, 1000].map((count, at) => count - (turns[at - 1] ?? 0))
  expect(Math.max(...served)).toBeLessThanOrEqual(64)
  expect(waits()).toEqual([30_000])
})

test('keepalives in a flood are answered a few a turn as well', async () => {
  const { turns, send } = await open()
  await send('\r\n\r\n'.repeat(1000), 1000)
  expect(turns.length).toBeGreaterThan(20)
})

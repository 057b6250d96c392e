import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { batchSize, ipv4Text, loadSystemCalls, longestSent } from './datagram-batch.ts'
import type { Flow } from './flow.ts'
import { UdpTransport } from './udp.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

interface Datagram {
  text: string
  flow: Flow
}

/** A transport that answers every datagram through `answer`, and what it read. */
async function open(
  oneByOne: boolean,
  answer: (datagram: Datagram, transport: UdpTransport) => void = () => {},
  port = 0,
  host = '127.0.0.1',
) {
  const came: Datagram[] = []
  const transport: UdpTransport = await UdpTransport.open({
    host,
    port,
    local: 3,
    oneByOne,
    received: (bytes, flow, start, length) => {
      const datagram = { text: bytes.toString('latin1', start, start + length), flow }
      came.push(datagram)
      answer(datagram, transport)
    },
    endOfTurn: (work) => setImmediate(work),
    failed: (error) => {
      throw error
    },
  })
  ends.push(() => transport.close())
  return { transport, came }
}

async function phone(address = '127.0.0.1'): Promise<{ socket: Socket; port: number; got: string[]; until(count: number): Promise<void> }> {
  const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4_000_000 })
  const got: string[] = []
  socket.on('message', (bytes) => got.push(bytes.toString('latin1')))
  socket.bind(0, address)
  await once(socket, 'listening')
  ends.push(() => socket.close())
  const until = async (count: number) => {
    while (got.length < count) await once(socket, 'message')
  }
  return { socket, port: socket.address().port, got, until }
}

it('on this system datagrams are read and sent in batches', async () => {
  expect(await loadSystemCalls(), 'koffi is installed and can be loaded').toBeDefined()
})

describe.each([
  ['in batches', false],
  ['one by one', true],
])('read and sent %s', (_, oneByOne) => {
  it('each datagram comes with its bytes and the way back, and the answer goes to where it came from', async () => {
    const { transport, came } = await open(oneByOne, ({ text, flow }, udp) => udp.send(`${text} heard`, flow))
    const first = await phone()
    const second = await phone('127.0.0.2')
    first.socket.send('one \u00ff', transport.port, '127.0.0.1')
    await first.until(1)
    second.socket.send('two', transport.port, '127.0.0.1')
    await second.until(1)
    expect(first.got).toEqual([`${Buffer.from('one \u00ff').toString('latin1')} heard`])
    expect(second.got).toEqual(['two heard'])
    expect(came.map(({ flow }) => flow)).toEqual([
      { transport: 'udp', remoteIp: '127.0.0.1', remotePort: first.port, connection: 0, local: 3 },
      { transport: 'udp', remoteIp: '127.0.0.2', remotePort: second.port, connection: 0, local: 3 },
    ])
  })

  it('more than a batch at once: nothing is lost, mixed up or doubled', async () => {
    const count = 5 * batchSize + 7
    const { transport, came } = await open(oneByOne, ({ text, flow }, udp) => udp.send(text, flow))
    const { socket, got, until } = await phone()
    for (let at = 0; at < count; at++) socket.send(`${at} ${'x'.repeat(at)}`, transport.port, '127.0.0.1')
    await until(count)
    expect(came).toHaveLength(count)
    expect(new Set(got)).toEqual(new Set(Array.from({ length: count }, (__, at) => `${at} ${'x'.repeat(at)}`)))
  })

  it('datagrams of every size are whole: empty, the longest there can be, and answers beyond a slot', async () => {
    const sizes = [0, 1, 1500, longestSent, longestSent + 1, 60_000, 65_507]
    const { transport, came } = await open(oneByOne, ({ text, flow }, udp) => udp.send(text, flow))
    const { socket, got, until } = await phone()
    for (const [at, size] of sizes.entries()) {
      socket.send('y'.repeat(size), transport.port, '127.0.0.1')
      await until(at + 1)
    }
    expect(came.map(({ text }) => text.length)).toEqual(sizes)
    expect(got.map((text) => text.length)).toEqual(sizes)
  })

  it('bytes are sent as they are', async () => {
    const all = Buffer.from(Array.from({ length: 256 }, (__, at) => at))
    const { transport } = await open(oneByOne, ({ flow }, udp) => udp.send(all, flow))
    const { socket, got, until } = await phone()
    socket.send('?', transport.port, '127.0.0.1')
    await until(1)
    expect(Buffer.from(got[0] ?? '', 'latin1').equals(all)).toBe(true)
  })

  it('what cannot be sent harms nothing that is sent with it', async () => {
    const { transport } = await open(oneByOne, ({ flow }, udp) => {
      udp.send('first', flow)
      // The network may refuse a broadcast, and port 0 is nobody's.
      udp.send('lost', { ...flow, remoteIp: '255.255.255.255' })
      udp.send('lost', { ...flow, remotePort: 0 })
      udp.send('last', flow)
    })
    const { socket, got, until } = await phone()
    socket.send('?', transport.port, '127.0.0.1')
    await until(2)
    expect(got).toEqual(['first', 'last'])
    await expect.poll(() => transport.sendErrors).toBe(1)
  })

  it('a port in use is told with the code of the system', async () => {
    const { transport } = await open(oneByOne)
    await expect(open(oneByOne, undefined, transport.port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('an address that is not of this machine is told as well', async () => {
    await expect(open(oneByOne, undefined, 0, '192.0.2.1')).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  it('what was answered is sent before the socket closes', async () => {
    const { socket, port, got, until } = await phone()
    const { transport } = await open(oneByOne)
    const flow: Flow = { transport: 'udp', remoteIp: '127.0.0.1', remotePort: port, connection: 0, local: 3 }
    transport.send('goodbye', flow)
    ends.length = 0
    await transport.close()
    await until(1)
    expect(got).toEqual(['goodbye'])
    socket.close()
  })
})

it('an IPv6 phone is heard and answered', async () => {
  const { transport, came } = await open(false, ({ text, flow }, udp) => udp.send(text, flow), 0, '::1')
  const { socket, port, got, until } = await phone('::1')
  socket.send('six', transport.port, '::1')
  await until(1)
  expect(got).toEqual(['six'])
  expect(came[0]?.flow).toMatchObject({ remoteIp: '::1', remotePort: port })
})

it('an address in memory is written as people write it, also when another one used its place before', () => {
  for (let at = 0; at < 100_000; at++) {
    const bytes = Buffer.from([at & 255, (at >> 8) & 255, (at * 7) & 255, (at * 13) & 255])
    const text = ipv4Text(bytes.readUInt32LE(0))
    if (text !== bytes.join('.')) expect(text).toBe(bytes.join('.'))
  }
  expect(ipv4Text(0)).toBe('0.0.0.0')
  expect(ipv4Text(0xffffffff)).toBe('255.255.255.255')
})

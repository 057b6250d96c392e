/** What a datagram in and one out cost the thread of the socket: in batches, and one by one as Node does it. In turn, in one run. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import type { Flow } from '../server/sip/transport/flow.ts'
import { UdpTransport } from '../server/sip/transport/udp.ts'
import { figure, quick } from './measure.ts'

const request = 'x'.repeat(600)
const answer = 'y'.repeat(400)
const underWay = 128
const ms = quick ? 300 : 1000
const turns = quick ? 2 : 5

if (isMainThread) {
  const costs = new Map<string, number[]>()
  for (let turn = 0; turn < turns; turn++) {
    for (const oneByOne of [false, true]) {
      const name = oneByOne ? 'a datagram in and out, one by one' : 'a datagram in and out, in batches'
      costs.set(name, [...(costs.get(name) ?? []), await costOf(oneByOne)])
    }
  }
  for (const [name, values] of costs) figure(name, values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN, 'µs CPU')
} else await ask(workerData as number)

/** µs of this thread's CPU for one datagram read and one sent. */
async function costOf(oneByOne: boolean): Promise<number> {
  let count = 0
  const transport: UdpTransport = await open(oneByOne, (flow) => {
    count++
    transport.send(answer, flow)
  })
  const asker = new Worker(new URL(import.meta.url), { workerData: transport.port })
  await pass(ms / 2)
  const from = count
  const before = process.threadCpuUsage()
  await pass(ms)
  const { user, system } = process.threadCpuUsage(before)
  const cost = (user + system) / (count - from)
  await asker.terminate()
  await transport.close()
  return cost
}

/** Keeps `underWay` datagrams on their way; starts anew when all were lost. */
async function ask(port: number): Promise<void> {
  const flow: Flow = { transport: 'udp', remoteIp: '127.0.0.1', remotePort: port, connection: 0, local: 0 }
  let got = 0
  const transport: UdpTransport = await open(false, () => {
    got++
    transport.send(request, flow)
  })
  const start = () => {
    for (let at = 0; at < underWay; at++) transport.send(request, flow)
  }
  let seen = -1
  setInterval(() => {
    if (got === seen) start()
    seen = got
  }, 20)
  parentPort?.ref()
}

function open(oneByOne: boolean, received: (flow: Flow) => void): Promise<UdpTransport> {
  return UdpTransport.open({
    host: '127.0.0.1',
    port: 0,
    local: 0,
    oneByOne,
    received: (_bytes, flow) => received(flow),
    endOfTurn: (work) => setImmediate(work),
    failed: (error) => {
      throw error
    },
  })
}

function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

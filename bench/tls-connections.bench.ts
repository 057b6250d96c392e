/**
 * Phones on TLS and on secure WebSocket: what one that is signed in and silent takes in memory, so how many fit in 4 GB, and how many
 * handshakes a second are made, beside Kamailio's tls and websocket modules. One certificate on P-256, TLS 1.3, no resumption.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { CertificateMaker } from '../test/support/certificates.ts'
import { Comparison } from './load/comparison.ts'
import { compileTlsLoad } from './load/compile-load.ts'
import { fillDirectory } from './load/fill-directory.ts'
import { kamailioPath, startKamailio } from './load/kamailio.ts'
import { freePort, type RunningServer, residentBytes, startRegista } from './load/servers.ts'
import { TlsLoad } from './load/tls-load.ts'
import { figure, type Goal, long, medianFigure, quick } from './measure.ts'

const users = 20_000
/** Held open of each kind; the first of them are not measured: they make what is made once. */
const connections = long ? 8000 : quick ? 300 : 2000
const first = quick ? 50 : 500
const seconds = long ? 3 : quick ? 0.5 : 2
const turns = long ? 9 : quick ? 1 : 3
const room = 4e9
const reported: Goal = { better: 'more' }
const kinds = ['tls', 'wss'] as const

interface Secure {
  server: RunningServer
  ports: Record<(typeof kinds)[number], number>
}

await Comparison.run(async (comparison) => {
  const made = compileTlsLoad(comparison.folder)
  if ('missing' in made) return console.log(`Skipped: ${made.missing}`)
  const servers = await startServers(comparison.folder)
  const loads: TlsLoad[] = []
  try {
    await measureHandshakes(made.program, servers)
    // All stay open to the end: what one gives back, the next would take without a trace.
    for (const kind of kinds) for (const one of servers) loads.push(await measureMemory(made.program, one, kind))
  } finally {
    await Promise.all(loads.map((load) => load.stop()))
    await Promise.all(servers.map(({ server }) => server.stop()))
  }
})

async function startServers(folder: string): Promise<Secure[]> {
  const files = new CertificateMaker().make('bench')
  const data = path.join(folder, 'data')
  await fillDirectory(data, users)
  const ports = { tls: await freePort(), wss: await freePort() }
  const settings = {
    REGISTA_SIPS_PORT: String(ports.tls),
    REGISTA_WS_PORT: String(ports.wss),
    REGISTA_TLS_CERT: files.cert,
    REGISTA_TLS_KEY: files.key,
    REGISTA_SIP_CONNECTIONS_PER_ADDRESS: '20000',
  }
  const servers: Secure[] = [{ server: await startRegista(data, users, { settings }), ports }]
  const program = kamailioPath()
  if (program === undefined) return servers
  if (!existsSync('/usr/lib/x86_64-linux-gnu/kamailio/modules/websocket.so')) {
    console.log('Kamailio speaks no TLS here (apt-get install kamailio-tls-modules kamailio-websocket-modules): only ours is measured.')
    return servers
  }
  const server = await startKamailio(program, folder, { users, children: 1, memory: 'fm', tls: files })
  return [...servers, { server, ports: { tls: server.port, wss: server.port } }]
}

async function measureHandshakes(program: string, servers: readonly Secure[]): Promise<void> {
  const rates = new Map<Secure, number[]>()
  const costs = new Map<Secure, number[]>()
  for (let turn = -1; turn < turns; turn++) {
    for (const one of servers) {
      const load = new TlsLoad(program, 'tls', one.ports.tls, one.server.pids)
      const phase = await load.handshakes(seconds)
      await load.stop()
      if (phase.failed > 0) console.log(`${one.server.name}: ${phase.failed} handshakes failed`)
      // The first turn warms up.
      if (turn < 0) continue
      rates.set(one, [...(rates.get(one) ?? []), phase.done / phase.seconds])
      costs.set(one, [...(costs.get(one) ?? []), phase.cpu / phase.done])
    }
  }
  for (const one of servers) {
    medianFigure(`${one.server.name}: TLS handshakes`, rates.get(one) ?? [], '1/s', reported)
    medianFigure(`${one.server.name}: TLS handshake, CPU of one`, costs.get(one) ?? [], 'µs CPU')
  }
}

async function measureMemory(program: string, { server, ports }: Secure, kind: (typeof kinds)[number]): Promise<TlsLoad> {
  const load = new TlsLoad(program, kind, ports[kind], server.pids)
  await load.open(first)
  const before = residentBytes(server.pids)
  const phase = await load.open(connections)
  const each = (residentBytes(server.pids) - before) / phase.done
  const name = `${server.name}, ${kind.toUpperCase()}`
  if (phase.failed > 0) console.log(`${name}: ${phase.failed} could not sign in`)
  figure(`${name}: connected and signed in`, phase.done / phase.seconds, '1/s')
  figure(`${name}: memory of one binding with its connection`, each, 'bytes')
  figure(`${name}: bindings that 4 GB hold, by that`, Math.round((room - before) / each), '', { goal: reported })
  return load
}

/** The servers that are compared, each started on a free port with the same users. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import path from 'node:path'
import type { Target } from './register-load.ts'

export interface RunningServer extends Target {
  stop(): Promise<void>
}

/** SIP domain and realm of every server here. */
export const benchDomain = 'bench.example'
/** The server says nothing when it is ready that both have in common: a first OPTIONS that is answered is. */
const readyWithinMs = 60_000
const askEveryMs = 100

export interface RegistaHow {
  /** For Node. */
  flags?: readonly string[]
  /** Beyond those that every run has. */
  settings?: Readonly<Record<string, string>>
  name?: string
  /** Any free one unless given. */
  port?: number
}

/** Ours: all roles, SQLite in `data`, which `fillDirectory` has filled. */
export async function startRegista(data: string, users: number, how: RegistaHow = {}): Promise<RunningServer> {
  const { flags = [], settings = {}, name = 'Regista' } = how
  const port = how.port ?? (await freePort())
  const child = spawn(process.execPath, [...flags, path.join(import.meta.dirname, 'serve.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      REGISTA_DATA: data,
      REGISTA_DOMAIN: benchDomain,
      REGISTA_SIP_HOST: '127.0.0.1',
      REGISTA_SIP_PORT: String(port),
      REGISTA_HTTP_PORT: '0',
      REGISTA_OPERATOR_PASSWORD: 'bench operator password',
      REGISTA_LOG_LEVEL: 'warn',
      // The phones of the load answer nothing but REGISTER, and the other registrars ask nothing.
      REGISTA_PING_SECONDS: '0',
      ...settings,
    },
  })
  return running(name, child, port, users)
}

/**
 * Leaves the last core to the load program: where a latency is measured, the server must not wait for who measures it. The threads that it makes
 * later stay there too.
 */
export function leaveLastCore({ pids }: RunningServer): void {
  const cores = cpus().length
  if (cores < 2) return
  for (const pid of pids) spawnSync('taskset', ['-a', '-p', '-c', `0-${cores - 2}`, String(pid)])
}

/** Waits until the server answers. */
export async function running(name: string, child: ChildProcess, port: number, users: number): Promise<RunningServer> {
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} did not start.`)
  await answers(name, child, port)
  return {
    name,
    port,
    domain: benchDomain,
    users,
    pids: familyOf(pid),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function answers(name: string, child: ChildProcess, port: number): Promise<void> {
  const socket = createSocket('udp4')
  const until = performance.now() + readyWithinMs
  try {
    let answered = false
    socket.on('message', () => {
      answered = true
    })
    socket.on('error', () => {})
    while (!answered) {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode} before it answered.`)
      if (performance.now() > until) throw new Error(`${name} did not answer within ${readyWithinMs / 1000} s.`)
      socket.send(probe, port, '127.0.0.1')
      await new Promise((resolve) => setTimeout(resolve, askEveryMs))
    }
  } finally {
    socket.close()
  }
}

const probe = `OPTIONS sip:${benchDomain} SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKprobe;rport\r
From: <sip:probe@${benchDomain}>;tag=p\r
To: <sip:${benchDomain}>\r
Call-ID: probe@127.0.0.1\r
CSeq: 1 OPTIONS\r
Max-Forwards: 70\r
Content-Length: 0\r
\r
`

/** A UDP port that nobody has. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  socket.close()
  return port
}

/** Bytes of memory that the processes hold, with what they share counted once. */
export function residentBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const pss = /^Pss: +(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    return sum + Number(pss?.[1]) * 1024
  }, 0)
}

/** The process and all that it has started. */
function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))]
}

/** The servers that whole-server.bench.ts compares, each started on a free port with the same users. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { systemClock } from '../../server/runtime/clock.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import { openDirectory } from '../../server/storage/sql/open-directory.ts'
import { bareImportedLine } from '../../test/support/bare-imported-line.ts'
import type { Target } from './register-load.ts'

export interface RunningServer extends Target {
  stop(): Promise<void>
}

const domain = 'bench.example'
/** The server says nothing when it is ready that both have in common: a first OPTIONS that is answered is. */
const readyWithinMs = 20_000
const askEveryMs = 100

/** Writes `users` lines into a new data directory: user u<N>, password pw<N>. */
export async function fillDirectory(data: string, users: number): Promise<void> {
  const opened = await openDirectory({ data, keyFile: path.join(data, 'keys'), domain, clock: systemClock, random: systemRandom })
  const operator = { kind: 'operator' } as const
  const circleNumber = '0300000001'
  await opened.writer.addAccount(operator, { login: 'bench', name: 'Bench' })
  await opened.writer.addCircle(operator, { account: 'bench', number: circleNumber })
  const book = opened.lineImport.book(operator)
  const circle = book.circle(circleNumber)
  const server = book.loginServer('main')
  if (circle === undefined || server === undefined) throw new Error('The circle of the bench could not be made.')
  const run = opened.lineImport.begin(operator, users)
  for (let from = 0; from < users; from += 5000) {
    run.add(
      Array.from({ length: Math.min(5000, users - from) }, (_, index) => ({
        ...circle,
        ...bareImportedLine,
        loginServerId: server.id,
        number: `${from + index}`,
        username: `u${from + index}`,
        password: `pw${from + index}`,
      })),
    )
  }
  run.finish()
  await opened.close()
}

/** Ours: all roles, SQLite in `data`, which `fillDirectory` has filled. `flags` go to Node. */
export async function startRegista(data: string, users: number, flags: readonly string[] = []): Promise<RunningServer> {
  const port = await freePort()
  const child = spawn(process.execPath, [...flags, path.join(import.meta.dirname, 'serve.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      REGISTA_DATA: data,
      REGISTA_DOMAIN: domain,
      REGISTA_SIP_HOST: '127.0.0.1',
      REGISTA_SIP_PORT: String(port),
      REGISTA_HTTP_PORT: '0',
      REGISTA_OPERATOR_PASSWORD: 'bench operator password',
      REGISTA_LOG_LEVEL: 'warn',
    },
  })
  return running('Regista', child, port, users)
}

/** Path of Kamailio, undefined where it is not installed. */
export function kamailioPath(): string | undefined {
  return ['/usr/sbin/kamailio', '/usr/local/sbin/kamailio'].find((file) => existsSync(file))
}

export async function startKamailio(program: string, folder: string, users: number, children: number): Promise<RunningServer> {
  const port = await freePort()
  const runs = path.join(folder, `kamailio-${children}`)
  mkdirSync(runs, { recursive: true })
  const words = ['-f', path.join(import.meta.dirname, '..', 'kamailio.cfg'), '-DD', '-E', '-Y', runs, '-P', path.join(runs, 'pid')]
  const child = spawn(program, [...words, '-l', `udp:127.0.0.1:${port}`, '-n', String(children), '-m', '1024', '-M', '16'], {
    stdio: 'ignore',
  })
  return running(`Kamailio, ${children} ${children === 1 ? 'child' : 'children'}`, child, port, users)
}

async function running(name: string, child: ChildProcess, port: number, users: number): Promise<RunningServer> {
  const { pid } = child
  if (pid === undefined) throw new Error(`${name} did not start.`)
  await answers(name, child, port)
  return {
    name,
    port,
    domain,
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

const probe = `OPTIONS sip:${domain} SIP/2.0\r
Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKprobe;rport\r
From: <sip:probe@${domain}>;tag=p\r
To: <sip:${domain}>\r
Call-ID: probe@127.0.0.1\r
CSeq: 1 OPTIONS\r
Max-Forwards: 70\r
Content-Length: 0\r
\r
`

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  socket.close()
  return port
}

/** The process and all that it has started. */
function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
  return [pid, ...children.flatMap((child) => familyOf(Number(child)))]
}

/** Kamailio of Debian with bench/kamailio.cfg, memory only. */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import path from 'node:path'
import { freePort, type RunningServer, running } from './servers.ts'

export interface KamailioHow {
  users: number
  children: number
  /**
   * `qm` is what Debian's package starts with: it keeps marks around each piece of memory, to find faults. `fm` is the fast one of the
   * same package; who tunes Kamailio takes it.
   */
  memory: 'qm' | 'fm'
  /** Files of the certificate: it then speaks TLS, and WebSocket on it, on the same port. */
  tls?: { cert: string; key: string }
}

/** Bytes of the UDP socket: as many as ours asks for, where the system grants them; by itself Kamailio takes a quarter of a megabyte. */
const receiveBuffer = 4 << 20
/** Beyond this the tables of kamailio.cfg get the size for a million. */
const manyUsers = 100_000

/** Path of Kamailio, undefined where it is not installed. */
export function kamailioPath(): string | undefined {
  return ['/usr/sbin/kamailio', '/usr/local/sbin/kamailio'].find((file) => existsSync(file))
}

/** Starts it on a free port; its run directory is made in `folder`. */
export async function startKamailio(
  program: string,
  folder: string,
  { users, children, memory, tls }: KamailioHow,
): Promise<RunningServer> {
  const port = await freePort()
  const runs = mkdtempSync(path.join(folder, 'kamailio-'))
  const words = ['-f', path.join(import.meta.dirname, '..', 'kamailio.cfg'), '-DD', '-E', '-Y', runs, '-P', path.join(runs, 'pid')]
  words.push('-l', `udp:127.0.0.1:${port}`, '-n', String(children), '-x', memory, '-X', memory)
  words.push('-m', users > manyUsers ? '4096' : '1024', '-M', '16')
  words.push('-b', String(receiveBuffer))
  if (users > manyUsers) words.push('-A', 'MANY_USERS')
  if (tls !== undefined) {
    words.push('-l', `tls:127.0.0.1:${port}`, '-N', String(children), '-A', 'STREAMS')
    words.push('-A', `CERTIFICATE="${tls.cert}"`, '-A', `PRIVATE_KEY="${tls.key}"`)
  }
  const child = spawn(program, words, { stdio: 'ignore' })
  const workers = `${children} ${children === 1 ? 'worker' : 'workers'}`
  return running(memory === 'fm' ? `Kamailio tuned, ${workers}` : `Kamailio, ${workers}`, child, port, users)
}

/** Thread of the web role: opens what it needs and serves until told to stop. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../runtime/clock.ts'
import { openLog } from '../runtime/log.ts'
import { systemRandom } from '../runtime/random.ts'
import { systemTimers } from '../runtime/timers.ts'
import { StatusRecorder } from '../status/recorder.ts'
import { openDirectory } from '../storage/sql/open-directory.ts'
import { openHistory } from '../storage/sqlite/history.ts'
import type { FromRole, RoleStart, ToRole } from './role-messages.ts'
import { WebServer } from './web-server.ts'

const { config, peer } = workerData as RoleStart
const log = openLog('web', config.logLevel)
const root = path.join(import.meta.dirname, '..', '..')
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }

function tell(message: FromRole): void {
  parentPort?.postMessage(message)
}

async function start(): Promise<void> {
  const opened = await openDirectory({
    data: config.data,
    keyFile: config.keyFile,
    domain: config.domain,
    clock: systemClock,
    random: systemRandom,
  })
  const history = openHistory(path.join(config.data, 'history.db'), systemClock, systemTimers)
  const server = new WebServer({
    http: {
      history,
      config: { ...config, version },
      directory: opened.directory,
      sessions: opened.sessions,
      board: new StatusRecorder({ clock: systemClock, timers: systemTimers, random: systemRandom, history }),
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      log,
      portalFolder: path.join(root, 'portal', 'dist'),
    },
    controlSocket: path.join(config.data, 'control.sock'),
    sip: peer,
    log,
  })
  parentPort?.on('message', (message: ToRole) => {
    if (message.kind !== 'stop') return
    server.stop().then(
      async () => {
        history.close()
        await opened.close()
        peer?.close()
        tell({ kind: 'stopped' })
        parentPort?.close()
      },
      (error: unknown) => tell({ kind: 'failed', sentence: String(error) }),
    )
  })
  const { port, url } = await server.start()
  tell({ kind: 'ready', port, url })
}

start().catch((error: unknown) => tell({ kind: 'failed', sentence: error instanceof Error ? error.message : String(error) }))

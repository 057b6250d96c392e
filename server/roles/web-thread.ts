/** Thread of the web role: opens what it needs and serves until told to stop. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../runtime/clock.ts'
import { openLog } from '../runtime/log.ts'
import { systemRandom } from '../runtime/random.ts'
import { SteadyClock } from '../runtime/steady-clock.ts'
import { giveWay } from '../runtime/thread-priority.ts'
import { systemTimers } from '../runtime/timers.ts'
import type { HistoryStore } from '../status/history-store.ts'
import { StatusRecorder } from '../status/recorder.ts'
import { openDirectory } from '../storage/sql/open-directory.ts'
import { openBans } from '../storage/sqlite/bans.ts'
import { noHistory, openHistory } from '../storage/sqlite/history.ts'
import type { FromRole, RoleStart, ToRole } from './role-messages.ts'
import { WebServer } from './web-server.ts'

const { config, peer } = workerData as RoleStart
const log = openLog('web', config.logLevel)
const root = path.join(import.meta.dirname, '..', '..')
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }

function tell(message: FromRole): void {
  parentPort?.postMessage(message)
}

const steady = new SteadyClock(systemClock)

// A phone waits for milliseconds, a person does not notice them.
giveWay()

/** Phones and signs do not depend on what lines showed before. */
function openHistoryOrNone(file: string): HistoryStore {
  try {
    return openHistory(file, systemClock, systemTimers)
  } catch (error) {
    log.error({ error: String(error), file }, 'the history cannot be used and is not kept; put back a backup or move the file away')
    return noHistory
  }
}

async function start(): Promise<void> {
  const opened = await openDirectory({
    data: config.data,
    keyFile: config.keyFile,
    domain: config.domain,
    clock: systemClock,
    random: systemRandom,
  })
  const history = openHistoryOrNone(path.join(config.data, 'history.db'))
  const bans = openBans(path.join(config.data, 'bans.db'))
  const server = new WebServer({
    http: {
      history,
      bans,
      config: { ...config, version },
      directory: opened.directory,
      sessions: opened.sessions,
      board: new StatusRecorder({ clock: steady, timers: systemTimers, random: systemRandom, history }),
      clock: steady,
      timers: systemTimers,
      random: systemRandom,
      log,
      portalFolder: path.join(root, 'portal', 'dist'),
    },
    controlSocket: path.join(config.data, 'control.sock'),
    phoneOrigins: config.wsOrigins,
    sip: peer,
    log,
    steady,
  })
  parentPort?.on('message', (message: ToRole) => {
    if (message.kind !== 'stop') return
    server.stop().then(
      async () => {
        history.close()
        bans.close()
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

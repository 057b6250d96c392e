/**
 * The wiring: takes the data directory, starts the roles asked for on a thread each, joins them, and ends them in order. Signals come
 * here; everything else happens on the threads.
 */
import path from 'node:path'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { Config } from './config/config.ts'
import type { FromRole, RoleStart, SipPorts, ToRole } from './roles/role-messages.ts'
import { systemClock } from './runtime/clock.ts'
import { openLog } from './runtime/log.ts'
import { systemRandom } from './runtime/random.ts'
import { systemTimers } from './runtime/timers.ts'
import { bracketed } from './sip/transport/flow.ts'
import { prepareDataDirectory } from './storage/data-directory.ts'
import { rotateNonceKeys } from './storage/key-file.ts'
import { type OpenedDirectory, openDirectory } from './storage/sql/open-directory.ts'
import { lockData } from './storage/sqlite/data-lock.ts'

/** Open streams and requests get this long when the program is told to end. */
const endWithinMs = 4000
const tidyEveryMs = 60_000
const keysEveryMs = 3600_000
/** Signals that come within this of the first are the same one: npm passes them on twice. */
const sameSignalMs = 3000
/** Room for young objects on the SIP thread: most packets' garbage never survives a scavenge. */
const sipYoungMegabytes = 64

/** Serves until SIGTERM or SIGINT; resolves when all has ended. Throws an Error with one sentence when it cannot start or go on. */
export async function serve(config: Config): Promise<void> {
  prepareDataDirectory(config.data)
  const lock = lockData(config.data)
  const log = openLog('main', config.logLevel)
  const opened = await openDirectory({
    data: config.data,
    keyFile: config.keyFile,
    domain: config.domain,
    clock: systemClock,
    random: systemRandom,
  })
  rotateNonceKeys(config.keyFile, systemRandom, systemClock.now())
  const logins = await firstLogins(config, opened)
  const { port1: sipPeer, port2: webPeer } = new MessageChannel()
  const both = config.roles.sip && config.roles.web
  const roles: RunningRole[] = []
  const ended = new Ending()
  let bindings: Worker | undefined
  let phones: Worker | undefined
  try {
    if (config.roles.sip) roles.push(new RunningRole('sip', { config, peer: both ? sipPeer : null }, ended))
    if (config.roles.web) roles.push(new RunningRole('web', { config, peer: both ? webPeer : null }, ended))
    onSignals(() => ended.end())
    const ready = await Promise.race([Promise.all(roles.map((role) => role.ready)), ended.promise.then(() => undefined)])
    const stops = [
      systemTimers.every(
        tidyEveryMs,
        () => void opened.writer.tidy().catch((error: unknown) => log.error({ error: String(error) }, 'tidying failed')),
      ),
      systemTimers.every(keysEveryMs, () => {
        try {
          rotateNonceKeys(config.keyFile, systemRandom, systemClock.now())
          for (const role of roles) role.tell({ kind: 'rotate-nonce-keys' })
        } catch (error) {
          log.error({ error: String(error) }, 'new nonce keys cannot be made; the old ones stay in use')
        }
      }),
    ]
    if (ready !== undefined) {
      if (config.roles.sip)
        bindings = new Worker(new URL('./roles/checkpoint-thread.ts', import.meta.url), {
          workerData: [path.join(config.data, 'bindings.db'), path.join(config.data, 'bans.db')],
        })
      const sip = ready.find((one) => one.url === '')
      const web = ready.find((one) => one.url !== '')
      say(config, sip?.ports, web?.url, logins)
      if (config.sample && sip !== undefined) phones = await startSamplePhones(config, opened, sip.port)
    }
    await ended.promise
    for (const stop of stops) stop()
  } finally {
    phones?.postMessage('stop')
    await Promise.all(roles.map((role) => role.stop()))
    bindings?.postMessage('stop')
    await opened.close()
    lock.release()
  }
  if (ended.sentence !== '') throw new Error(ended.sentence)
}

/** Resolves once: because somebody asked, or with a sentence because a role cannot go on. */
class Ending {
  sentence = ''
  readonly promise: Promise<void>
  #over = false
  #resolve: () => void = () => {}

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  end(sentence = ''): void {
    // What comes after the first reason follows from it.
    if (this.#over) return
    this.#over = true
    this.sentence = sentence
    this.#resolve()
  }
}

/** One role on its thread. */
class RunningRole {
  readonly ready: Promise<{ port: number; url: string; ports?: SipPorts }>
  readonly #worker: Worker
  readonly #stopped: Promise<void>
  #gone = false

  constructor(name: 'sip' | 'web', start: RoleStart, ending: Ending) {
    this.#worker = new Worker(new URL(`./roles/${name}-thread.ts`, import.meta.url), {
      workerData: start,
      transferList: start.peer === null ? [] : [start.peer],
      ...(name === 'sip' ? { resourceLimits: { maxYoungGenerationSizeMb: sipYoungMegabytes } } : {}),
    })
    this.ready = new Promise((resolve) => {
      this.#worker.on('message', (message: FromRole) => {
        if (message.kind === 'ready') resolve(message)
        if (message.kind === 'failed') ending.end(message.sentence)
      })
    })
    this.#worker.on('error', (error) =>
      ending.end(`The ${name} role failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    )
    this.#stopped = new Promise((resolve) => {
      // What it had to store is stored when it says so; the thread itself need not be waited for.
      this.#worker.on('message', (message: FromRole) => {
        if (message.kind === 'stopped') resolve()
      })
      this.#worker.on('exit', () => {
        this.#gone = true
        ending.end(`The ${name} role has ended.`)
        resolve()
      })
    })
  }

  tell(message: ToRole): void {
    this.#worker.postMessage(message)
  }

  /** Lets it finish what it has; after `endWithinMs` it is ended. */
  async stop(): Promise<void> {
    if (this.#gone) return
    this.tell({ kind: 'stop' })
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = systemTimers.after(endWithinMs, resolve)
    })
    await Promise.race([this.#stopped, late])
    cancel()
    await this.#worker.terminate()
  }
}

function onSignals(end: () => void): void {
  let firstAt: number | undefined
  const signalled = () => {
    const now = systemClock.monotonic()
    firstAt ??= now
    // A second thought of the operator: he does not want to wait.
    if (now - firstAt > sameSignalMs) process.exit(130)
    end()
  }
  process.on('SIGTERM', signalled)
  process.on('SIGINT', signalled)
}

interface ShownLogin {
  title: string
  login: string
  password: string
}

/** On the first start: the operator's password, and the sample customers where they are asked for. What is made is shown once. */
async function firstLogins(config: Config, opened: OpenedDirectory): Promise<ShownLogin[]> {
  const shown: ShownLogin[] = []
  const operator = { kind: 'operator' } as const
  if (!(await opened.writer.hasOperatorPassword())) {
    const { login, password } = await opened.writer.setOperatorPassword(operator, config.operatorPassword ?? undefined)
    if (config.operatorPassword === null) shown.push({ title: 'operator', login, password })
  } else if (config.operatorPassword !== null) await opened.writer.setOperatorPassword(operator, config.operatorPassword)
  if (config.sample) {
    const { fillSample } = await import('../sample/fill.ts')
    for (const { login, password } of await fillSample(opened.directory, opened.writer)) shown.push({ title: 'sample', login, password })
  }
  return shown
}

async function startSamplePhones(config: Config, opened: OpenedDirectory, port: number): Promise<Worker> {
  const { samplePhones } = await import('../sample/fill.ts')
  const [first = '0.0.0.0'] = config.sipHosts
  const host = first === '0.0.0.0' || first === '::' ? '127.0.0.1' : first
  const phones = await samplePhones(opened.directory, opened.keyRing, { host, port, domain: config.domain })
  return new Worker(new URL('../sample/phones-thread.ts', import.meta.url), { workerData: phones })
}

/** What a person who started it by hand sees. Passwords are shown this once and kept hashed. */
function say(config: Config, ports: SipPorts | undefined, url: string | undefined, logins: readonly ShownLogin[]): void {
  const rows: [string, string][] = []
  if (ports !== undefined) {
    const hosts = config.sipHosts.map(bracketed).join(',')
    rows.push(['SIP', `udp+tcp ${hosts}:${ports.sip}  domain ${config.domain}`])
    if (ports.sips !== 0) rows.push(['SIP', `tls ${hosts}:${ports.sips}`])
    if (ports.ws !== 0) rows.push(['SIP', `${config.tlsCert === null ? 'ws' : 'wss'} ${hosts}:${ports.ws}`])
  }
  if (url !== undefined) rows.push(['portal', url])
  const samples = logins.filter((login) => login.title === 'sample')
  const operator = logins.find((login) => login.title === 'operator')
  if (samples.length > 0) rows.push(['sample accounts:', samples.map(({ login, password }) => `${login} / ${password}`).join('   ')])
  else if (config.sample)
    rows.push(['sample accounts:', 'osaka-foods, kyoto-tea  (new password: npx regista account set-password osaka-foods)'])
  if (operator !== undefined) rows.push(['operator:', `${operator.login} / ${operator.password}`])
  if (logins.length > 0) rows.push(['', '(each password is shown this once)'])
  const text = rows
    .map(([name, value], at) => `${at === 0 ? 'Regista  ' : '         '}${name === '' ? '' : `${name}  `}${value}`)
    .join('\n')
  process.stdout.write(`${text}\n`)
}

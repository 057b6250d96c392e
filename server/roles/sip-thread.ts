/** Thread of the SIP role: opens what it needs and serves until told to stop. */
import { createHmac } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import path from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import type { Config } from '../config/config.ts'
import { sipPasswordPlace } from '../directory/secret-box.ts'
import { systemClock } from '../runtime/clock.ts'
import { openLog } from '../runtime/log.ts'
import { systemRandom } from '../runtime/random.ts'
import { SteadyClock } from '../runtime/steady-clock.ts'
import { systemTimers } from '../runtime/timers.ts'
import { type NonceKeySet, Nonces } from '../sip/digest/nonce.ts'
import { bracketed } from '../sip/transport/flow.ts'
import { readKeyFile } from '../storage/key-file.ts'
import { MemoryLineBook } from '../storage/memory/line-book.ts'
import { openDirectory } from '../storage/sql/open-directory.ts'
import { openBans } from '../storage/sqlite/bans.ts'
import { openBindings } from '../storage/sqlite/bindings.ts'
import type { FromRole, RoleStart, ToRole } from './role-messages.ts'
import type { PortProblem } from './sip-listeners.ts'
import { SipServer } from './sip-server.ts'

const { config, peer } = workerData as RoleStart
const log = openLog('sip', config.logLevel)

/** A nonce must outlive the longest registration, so that a renewal takes one round trip. */
const nonceMarginSeconds = 900

function tell(message: FromRole): void {
  parentPort?.postMessage(message)
}

function nonceKeys(): NonceKeySet {
  const keys = readKeyFile(config.keyFile)?.nonces ?? []
  const current = keys.at(-1)
  const previous = keys.at(-2)
  if (current === undefined) throw new Error(`The key file ${config.keyFile} holds no nonce key.`)
  return previous === undefined ? { current } : { current, previous }
}

/** Keys that must be the same after a restart, each for one purpose: what was given out under them stays good. */
function lastingKey(purpose: string): Buffer {
  const secret = readKeyFile(config.keyFile)?.secrets[0]
  if (secret === undefined) throw new Error(`The key file ${config.keyFile} holds no secret.`)
  return createHmac('sha256', secret.key).update(purpose).digest()
}

/** Decides which unknown names look like strong lines: the same after a restart, or the change would tell that nobody has the name. */
function nameKey(): Buffer {
  return lastingKey('names that nobody has')
}

/** Names and addresses that a phone may use for this server: aliases of the domain. */
function ownDomains({ domain, sipHosts }: Config): ReadonlySet<string> {
  const own = new Set([domain.toLowerCase(), 'localhost', ...sipHosts.map(bracketed)])
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) own.add(bracketed(address))
  }
  return own
}

/** Says in one sentence why the role cannot start. */
function sentenceFor(error: unknown): string {
  const { code, message, setting = 'REGISTA_SIP_PORT', wantedPort = config.sipPort } = error as NodeJS.ErrnoException & Partial<PortProblem>
  const hosts = config.sipHosts.join(' or ')
  const at = `${hosts}:${wantedPort}`
  if (code === 'EADDRINUSE') return `Port ${wantedPort} for SIP is in use on ${hosts}; stop the other program or set ${setting}.`
  if (code === 'EACCES') return `This user may not listen on ${at} for SIP; choose a port above 1023 with ${setting}.`
  if (code === 'EADDRNOTAVAIL') return `This machine has no address ${hosts} for SIP; set REGISTA_SIP_HOST to one of its own.`
  return message
}

async function start(): Promise<SipServer> {
  const opened = await openDirectory({
    data: config.data,
    keyFile: config.keyFile,
    domain: config.domain,
    clock: systemClock,
    random: systemRandom,
  })
  const nobodyPlace = sipPasswordPlace(0)
  const lines = new MemoryLineBook(
    ({ lineId, sealedPassword }) => opened.keyRing.open(sealedPassword, sipPasswordPlace(lineId)),
    {
      lineId: 0,
      accountId: 0,
      circleId: 0,
      username: '',
      strong: false,
      maxContacts: 0,
      open: false,
      sealedPassword: opened.keyRing.seal(systemRandom.bytes(12).toString('hex'), nobodyPlace),
    },
    nameKey(),
  )
  const nonces = new Nonces(nonceKeys(), (config.expiresMax + nonceMarginSeconds) * 1000, systemRandom.bytes(8))
  const store = openBindings(path.join(config.data, 'bindings.db'), { powerSafe: config.durability === 'power' })
  nonces.clockSet(store.clockAhead)
  const server = new SipServer({
    config,
    domains: ownDomains(config),
    directory: opened.directory,
    lines,
    store,
    bans: openBans(path.join(config.data, 'bans.db')),
    nonces,
    gruuKey: lastingKey('addresses of single devices'),
    hashKey: systemRandom.bytes(8),
    web: peer,
    clock: new SteadyClock(systemClock),
    random: systemRandom,
    timers: systemTimers,
    log,
    failed: (sentence) => tell({ kind: 'failed', sentence }),
  })
  parentPort?.on('message', (message: ToRole) => {
    switch (message.kind) {
      case 'rotate-nonce-keys':
        try {
          nonces.rotate(nonceKeys())
        } catch (error) {
          log.error({ error: String(error) }, 'the new nonce keys cannot be read; the old ones stay in use')
        }
        return
      case 'stop':
        server.stop().then(
          async () => {
            await opened.close()
            peer?.close()
            tell({ kind: 'stopped' })
            parentPort?.close()
          },
          (error: unknown) => tell({ kind: 'failed', sentence: sentenceFor(error) }),
        )
        return
    }
  })
  const ports = await server.start()
  tell({ kind: 'ready', port: ports.sip, url: '', ports })
  return server
}

start().catch((error: unknown) => tell({ kind: 'failed', sentence: sentenceFor(error) }))

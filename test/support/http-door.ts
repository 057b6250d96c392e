/** The portal's door over a real directory and a real status board, in a data directory of its own, with a clock that stands still. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LineType } from '../../server/directory/line-type.ts'
import type { HttpConfig, HttpNeeds } from '../../server/http/needs.ts'
import { openHttpServer } from '../../server/http/server.ts'
import { silentLog } from '../../server/runtime/log.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import type { ContactFact } from '../../server/status/facts.ts'
import { StatusRecorder } from '../../server/status/recorder.ts'
import { memoryBans } from '../../server/storage/memory/bans.ts'
import { openDirectory } from '../../server/storage/sql/open-directory.ts'
import { FakeClock } from './fake-clock.ts'

const operator = { kind: 'operator' } as const

export type HttpDoor = Awaited<ReturnType<typeof openHttpDoor>>
export type Who = 'operator' | 'accountA' | 'circleA1' | 'lineA11' | 'accountB' | 'circleB1' | 'lineB11'

/** Logins of the two customers; the password of each is `pw-` and its login. */
export const logins: Record<Who, { as: 'operator' | 'account' | 'circle' | 'line'; login: string }> = {
  operator: { as: 'operator', login: 'operator' },
  accountA: { as: 'account', login: 'company-a' },
  circleA1: { as: 'circle', login: '0311111111' },
  lineA11: { as: 'line', login: '05011110001' },
  accountB: { as: 'account', login: 'company-b' },
  circleB1: { as: 'circle', login: '0322222222' },
  lineB11: { as: 'line', login: '05022220001' },
}

/**
 * Two customers: company-a with circles 0311111111 (lines 05011110001–3 sip-phone, 05011110004 forward, 05011110005 sip-trunk)
 * and 0311111112 (line 05011120001), company-b with circle 0322222222 (lines 05022220001–2).
 */
export async function openHttpDoor(change: { config?: Partial<HttpConfig>; needs?: Partial<HttpNeeds> } = {}) {
  customers ??= makeCustomers()
  const data = mkdtempSync(join(tmpdir(), 'door-'))
  cpSync(await customers, data, { recursive: true })
  const clock = new FakeClock()
  const opened = await openData(data, clock)
  const { directory, writer, sessions } = opened
  const board = new StatusRecorder({ clock, timers: clock, random: systemRandom })
  const addLine = (circle: string, number: string, type: LineType = 'sip-phone', name = '') =>
    writer.addLine(operator, newLine(circle, number, type, name))

  const needs: HttpNeeds = {
    config: {
      httpHost: '127.0.0.1',
      httpPort: 0,
      portalUrl: 'https://portal.test',
      support: 'call 0120-000-000',
      trustedProxies: [],
      domain: 'sip.test',
      httpsCert: null,
      httpsKey: null,
      version: '1.2.3',
      ...change.config,
    },
    directory,
    sessions,
    board,
    bans: memoryBans(),
    history: { between: () => [], stateBefore: () => null },
    clock,
    timers: clock,
    random: systemRandom,
    log: silentLog,
    sip: { ready: () => ({ ready: true, reason: '' }), port: () => 5060 },
    portalFolder: join(data, 'portal'),
    control: { socketPath: '', caughtUp: async () => {} },
    ...change.needs,
  }
  const server = await openHttpServer(needs)
  let seq = 0

  /** Does what the program does when the directory has changed. */
  function follow(): void {
    const changes = directory.changesSince(seq)
    seq = changes.seq
    server.directoryChanged(changes)
    const there = new Set<number>()
    for (const entry of directory.lineEntries(changes.all ? undefined : changes.lineIds)) {
      there.add(entry.id)
      board.putLine(entry)
    }
    for (const id of changes.lineIds) if (!there.has(id)) board.removeLine(id)
  }

  async function lineId(number: string): Promise<number> {
    const line = await directory.line(operator, number)
    if (line === undefined) throw new Error(`There is no line ${number}`)
    return line.id
  }

  /** A phone signs in to the line. */
  async function bind(number: string, id = 1): Promise<void> {
    board.apply([{ kind: 'bound', lineId: await lineId(number), at: clock.now(), contact: contactOf(number, id, clock.now()) }])
  }

  /** The phone signs off again. */
  async function unbind(number: string, id = 1): Promise<void> {
    const contact = contactOf(number, id, clock.now())
    board.apply([{ kind: 'ended', lineId: await lineId(number), at: clock.now(), how: 'signed-off', contact }])
  }

  /** Signs in and returns the header that a browser would send from then on. */
  async function cookieOf(who: Who): Promise<{ cookie: string }> {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/api/sign-in',
      payload: { ...logins[who], password: `pw-${logins[who].login}` },
    })
    const cookie = answer.cookies.find(({ name }) => name === 'regista_session')
    if (answer.statusCode !== 204 || cookie === undefined) throw new Error(`${who} could not sign in: ${answer.statusCode}`)
    return { cookie: `regista_session=${cookie.value}` }
  }

  follow()
  board.apply([{ kind: 'loaded', at: clock.now(), downSince: 0 }])
  clock.advance(1000)
  return {
    ...server,
    needs,
    data,
    clock,
    board,
    directory,
    writer,
    sessions,
    addLine,
    follow,
    lineId,
    bind,
    unbind,
    cookieOf,
    async end() {
      await server.close()
      await opened.close()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

const openData = (data: string, clock: FakeClock) =>
  openDirectory({ data, keyFile: join(data, 'keys'), domain: 'sip.test', clock, random: systemRandom })

const newLine = (circle: string, number: string, type: LineType, name: string) => ({
  circle,
  number,
  type,
  name: name || `phone ${number}`,
  password: `secret-${number}`,
})

/** The data directory that every door starts with a copy of. */
let customers: Promise<string> | undefined

async function makeCustomers(): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'door-customers-'))
  process.on('exit', () => rmSync(data, { recursive: true, force: true }))
  const { writer, close } = await openData(data, new FakeClock())
  const addLine = (circle: string, number: string, type: LineType = 'sip-phone') =>
    writer.addLine(operator, newLine(circle, number, type, ''))
  await writer.setOperatorPassword(operator, 'pw-operator')
  for (const name of ['a', 'b']) {
    await writer.addAccount(operator, { login: `company-${name}`, name: `Company ${name}`, password: `pw-company-${name}` })
  }
  const circles = { '0311111111': 'company-a', '0311111112': 'company-a', '0322222222': 'company-b' }
  for (const [number, account] of Object.entries(circles)) {
    await writer.addCircle(operator, { account, number, name: `office ${number}`, password: `pw-${number}` })
  }
  for (const tail of ['1', '2', '3']) await addLine('0311111111', `0501111000${tail}`)
  await addLine('0311111111', '05011110004', 'forward')
  await addLine('0311111111', '05011110005', 'sip-trunk')
  await addLine('0311111112', '05011120001')
  for (const tail of ['1', '2']) await addLine('0322222222', `0502222000${tail}`)
  for (const number of ['05011110001', '05022220001']) await writer.setLinePortalPassword(operator, number, `pw-${number}`)
  await close()
  return data
}

function contactOf(number: string, id: number, now: number): ContactFact {
  return {
    id,
    uri: `sip:${number}@192.0.2.7:5060`,
    transport: 'udp',
    ip: '192.0.2.7',
    port: 5060,
    userAgent: 'Test phone',
    instance: '',
    callId: `call-${number}`,
    boundAt: now,
    seenAt: now,
    expiresAt: now + 600_000,
    granted: 600,
  }
}

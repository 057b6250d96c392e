/** What cannot be started is refused with one sentence that says how to mend it, and exit code 1. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Ended, openProgram, Program } from '../support/open-program.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'regista-wrong-'))
  writeFileSync(path.join(folder, 'file'), '')
  writeFileSync(path.join(folder, 'broken.yaml'), 'sip_port: [5060\n')
  writeFileSync(path.join(folder, 'unknown.yaml'), 'sip_prot: 5060\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Tries to serve; a start that succeeds is stopped and is a failure. */
async function tryToServe(environment: Record<string, string>, words: readonly string[] = []): Promise<Ended> {
  const program = new Program({ environment })
  onTestFinished(() => program.end())
  return program.command(['serve', ...words])
}

function expectOneSentence({ code, out, err }: Ended, ...parts: (string | RegExp)[]): void {
  expect(err).toMatch(/^regista: .+[.?]\n$/)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
  for (const part of parts) expect(err).toMatch(part)
  expect(out).toBe('')
  expect(code).toBe(1)
}

describe('a wrong setting', () => {
  test.each<[string, Record<string, string>, (string | RegExp)[]]>([
    ['a mistyped name', { REGISTA_SIP_PROT: '5060' }, ['REGISTA_SIP_PROT', /did you mean REGISTA_SIP_PORT/]],
    ['a port out of range', { REGISTA_SIP_PORT: '70000' }, ['REGISTA_SIP_PORT', '70000', '65535']],
    ['a domain with a space', { REGISTA_DOMAIN: 'sip example' }, ['REGISTA_DOMAIN']],
    ['a least expiry above the default', { REGISTA_EXPIRES_MIN: '900' }, ['REGISTA_EXPIRES_MIN', 'REGISTA_EXPIRES_DEFAULT']],
    ['a role that is none', { REGISTA_ROLES: 'sip,fax' }, ['REGISTA_ROLES']],
    ['a portal in the clear beyond loopback', { REGISTA_HTTP_HOST: '0.0.0.0' }, ['REGISTA_HTTPS_CERT', 'REGISTA_ALLOW_HTTP']],
    ['a database that is not built yet', { REGISTA_DATABASE_URL: 'postgres://db/regista' }, ['REGISTA_DATABASE_URL', 'not built']],
    ['an address that is not ours', { REGISTA_SIP_HOST: '192.0.2.201' }, ['192.0.2.201', 'REGISTA_SIP_HOST']],
    [
      'a portal address that is not ours',
      { REGISTA_HTTP_HOST: '192.0.2.201', REGISTA_ALLOW_HTTP: 'yes' },
      ['192.0.2.201', 'REGISTA_HTTP_HOST'],
    ],
  ])('%s', async (_what, environment, parts) => {
    expectOneSentence(await tryToServe(environment), ...parts)
  })

  test.each([
    ['is not YAML', 'broken.yaml', 'broken.yaml'],
    ['names what is no setting', 'unknown.yaml', 'sip_port'],
    ['is not there', 'missing.yaml', 'missing.yaml'],
  ])('a file that %s', async (_what, file, part) => {
    expectOneSentence(await tryToServe({}, ['--config', path.join(folder, file)]), part)
  })

  test('an unknown verb and a missing option are wrong usage: exit code 2', async () => {
    const program = new Program()
    onTestFinished(() => program.end())
    for (const words of [['sereve'], ['line', 'add', '--circle', '0312345678'], ['line', 'add', '--colour', 'red']]) {
      const { code, out, err } = await program.command(words)
      expect(code).toBe(2)
      expect(err).toMatch(/^regista: /)
      expect(out).toBe('')
    }
  })
})

describe('a port in use', () => {
  test('by another program, SIP over UDP', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    onTestFinished(() => void socket.close())
    const { port } = socket.address()
    expectOneSentence(await tryToServe({ REGISTA_SIP_PORT: String(port) }), String(port), /in use/, 'REGISTA_SIP_PORT')
  })

  test.each([
    ['SIP over TCP', 'REGISTA_SIP_PORT'],
    ['the portal', 'REGISTA_HTTP_PORT'],
  ])('by another program, %s', async (_what, setting) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    expectOneSentence(await tryToServe({ [setting]: String(port) }), String(port), /in use/, setting)
  })
})

test('a start that fails is no sign of life: what phones missed since the last one stays our outage', async () => {
  const program = await openProgram()
  onTestFinished(() => program.end())
  await program.stop()
  const alive = () => {
    const db = new Database(path.join(program.data, 'bindings.db'), { readonly: true })
    const at = db.prepare('select at from alive').pluck().get()
    db.close()
    return at
  }
  const before = alive()
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  await expect(
    new Program({ data: program.data, environment: { REGISTA_SIP_PORT: String(socket.address().port) } }).start(),
  ).rejects.toThrow(/in use/)
  expect(alive()).toBe(before)
})

describe('a data directory', () => {
  test.each([
    ['that is a file', 'file'],
    ['below a file', path.join('file', 'data')],
  ])('%s', async (_what, place) => {
    const data = path.join(folder, place)
    expectOneSentence(await tryToServe({ REGISTA_DATA: data }), data, 'REGISTA_DATA')
  })

  // The superuser may write anywhere but where the system itself refuses.
  test('that cannot be written to', async () => {
    const isRoot = process.getuid?.() === 0
    const data = isRoot ? '/sys/regista' : path.join(folder, 'locked')
    if (!isRoot) {
      mkdirSync(data)
      chmodSync(data, 0o500)
    }
    expectOneSentence(await tryToServe({ REGISTA_DATA: data }), data, /cannot be written to/, 'REGISTA_DATA')
  })

  test('that another server runs on: the second is refused, the first goes on', async () => {
    const program = await openProgram()
    onTestFinished(() => program.end())
    expectOneSentence(await program.command(['serve']), program.data, /[Aa]nother server/)
    expect((await fetch(`${program.url}/healthz`)).status).toBe(200)
  })

  test('whose key file was taken away', async () => {
    const program = await openProgram()
    onTestFinished(() => program.end())
    await program.stop()
    rmSync(path.join(program.data, 'keys'))
    expectOneSentence(await program.command(['serve']), path.join(program.data, 'keys'), 'REGISTA_KEY_FILE')
  })
})

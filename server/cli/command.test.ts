import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { controlSocket } from './control-client.ts'

const program = path.join(import.meta.dirname, '../../bin/regista.mjs')
let folder: string
let data: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'regista-command-'))
  data = path.join(folder, 'data')
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ran {
  code: number | null
  out: string
  err: string
  json: unknown
}

/** Runs `regista …` as a person would, in the test's folder. */
function regista(words: readonly string[], given: { input?: string; environment?: Record<string, string> } = {}): Ran {
  const environment = { PATH: process.env.PATH, REGISTA_DATA: data, ...given.environment }
  const ran = spawnSync(process.execPath, [program, ...words], {
    cwd: folder,
    env: environment,
    input: given.input ?? '',
    encoding: 'utf8',
  })
  return {
    code: ran.status,
    out: ran.stdout,
    err: ran.stderr,
    json: words.includes('--json') ? (JSON.parse(ran.stdout) as unknown) : undefined,
  }
}

function file(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text)
  return name
}

describe('the operator’s command', () => {
  it('makes a customer, a circle and a line, and says once what the phone is set to', () => {
    expect(regista(['account', 'add', '--login', 'osaka', '--name', '大阪食品', '--json'])).toMatchObject({
      code: 0,
      err: '',
      json: { login: 'osaka', password: expect.stringMatching(/^\w{16}$/) },
    })
    expect(
      regista(['circle', 'add', '--account', 'osaka', '--number', '0312345678', '--name', '本社', '--password-stdin', '--json'], {
        input: 'circle password\n',
      }),
    ).toMatchObject({
      code: 0,
      json: { number: '0312345678', password: 'circle password' },
    })
    const added = regista(['line', 'add', '--circle', '0312345678', '--type', 'sip-phone', '--name', '受付', '--json'])
    expect(added.json).toEqual({
      number: '0312345678001',
      username: '0312345678001',
      password: expect.stringMatching(/^\w{16}$/),
      domain: 'sip.localhost',
      server: expect.stringMatching(/:5060$/),
    })
    expect(regista(['line', 'add', '--circle', '0312345678', '--type', 'sip-phone']).out).toMatch(
      /^number +0312345678002\nusername +0312345678002\npassword +\w{16}\ndomain +sip.localhost\nserver +\S+\n$/,
    )
    expect(statSync(path.join(data, 'directory.db')).mode & 0o077).toBe(0)
    expect(statSync(data).mode & 0o077).toBe(0)
  })

  it('takes a given SIP password as it is, and warns when it is weak', () => {
    const ran = regista(['line', 'set-password', '0312345678002', '--password-stdin', '--json'], { input: ' 1234\n' })
    expect(ran).toMatchObject({ code: 0, json: { number: '0312345678002', username: '0312345678002', password: ' 1234' } })
    expect(ran.err).toMatch(/^regista: warning: the password is shorter than 8 characters/)
  })

  it('refuses in one sentence, with 1, and as one JSON value', () => {
    const ran = regista(['line', 'disable', '999', '--json'])
    expect(ran).toMatchObject({
      code: 1,
      json: { error: { code: 'not-found', message: 'There is no line 999.' } },
      err: 'regista: There is no line 999.\n',
    })
    const wrong = regista(['account', 'list', '--json'], { environment: { REGISTA_SIP_PORT: 'x' } })
    expect(wrong).toMatchObject({ code: 1, json: { error: { code: 'bad-setting' } } })
  })

  it.each([
    [['line', 'add', '--circle', '0312345678', '--type', 'nonsense']],
    [['lines']],
    [['line', 'cancel']],
    [['account', 'add', '--loggin', 'x']],
    [[]],
  ])('calls %j wrong usage, with 2', (words) => {
    expect(regista(words)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/\S/) })
  })

  it('says of what is not found in an empty data directory that the server may keep its data elsewhere', () => {
    const empty = path.join(folder, 'empty')
    const ran = regista(['line', 'add', '--circle', '0312345678', '--type', 'sip-phone'], { environment: { REGISTA_DATA: empty } })
    expect(ran.code).toBe(1)
    expect(ran.err).toContain('There is no circle 0312345678.')
    expect(ran.err).toContain(empty)
    expect(ran.err).toContain('REGISTA_DATA')
  })

  it('refuses a data directory that cannot be one, and keys that do not fit, in one sentence', () => {
    const inAFile = { REGISTA_DATA: path.join(folder, file('a-file', ''), 'data') }
    expect(regista(['account', 'list'], { environment: inAFile })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^regista: The data directory .* cannot be written to \(ENOTDIR\).*\n$/),
    })
    const noKeys = { REGISTA_KEY_FILE: path.join(folder, 'other-keys') }
    expect(regista(['account', 'list'], { environment: noKeys })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^regista: The key file .* is missing.*\n$/),
    })
  })

  it('says no-data of every line while no server runs, and what the server says while one does', async () => {
    expect(regista(['line', 'status', '--json']).json).toEqual([
      { number: '0312345678001', sign: 'no-data', state: 'no-data', cause: null },
      { number: '0312345678002', sign: 'no-data', state: 'no-data', cause: null },
    ])
    const asked: string[] = []
    const answer = [{ number: '0312345678001', sign: 'registered', state: 'registered', cause: null }]
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      response.end(JSON.stringify(answer))
    })
    await new Promise<void>((resolve) => server.listen(controlSocket(data), resolve))
    const run = (words: string[]) =>
      new Promise<string>((resolve) => {
        const child = spawn(process.execPath, [program, ...words], { env: { PATH: process.env.PATH, REGISTA_DATA: data }, cwd: folder })
        let out = ''
        child.stdout.on('data', (piece) => {
          out += String(piece)
        })
        child.on('close', () => resolve(out))
      })
    expect(JSON.parse(await run(['line', 'status', '--circle', '0312345678', '--json']))).toEqual(answer)
    await run(['line', 'disable', '0312345678002'])
    await run(['account', 'list'])
    await new Promise((resolve) => server.close(resolve))
    expect(asked).toEqual(['/control/line-status?circle=0312345678', expect.stringMatching(/^\/control\/caught-up\?seq=\d+$/)])
  })

  it('sets a gap between the name of every setting and what it means', () => {
    const { out } = regista(['check-config', '--help'])
    const names = [...out.matchAll(/^ {2}(REGISTA_\w+)( *)/gm)]
    expect(names.map(([, name]) => name)).toContain('REGISTA_SIP_CONNECTIONS_PER_ADDRESS')
    expect(names.filter(([, , gap]) => gap === '')).toEqual([])
  })

  it('shows every setting with its source, and no secret', () => {
    const { json, code } = regista(['check-config', '--json'], {
      environment: { REGISTA_OPERATOR_PASSWORD: 'hunter2', REGISTA_SIP_PORT: '5070' },
    })
    const { settings } = json as { settings: { name: string; value: string; from: string }[] }
    expect(code).toBe(0)
    expect(settings).toContainEqual({ name: 'REGISTA_SIP_PORT', value: '5070', from: 'environment' })
    expect(settings).toContainEqual({ name: 'REGISTA_OPERATOR_PASSWORD', value: '(set)', from: 'environment' })
    expect(JSON.stringify(json)).not.toContain('hunter2')
  })
})

describe('an import of lines', () => {
  const header = 'number,circle,type,username,password,auth,ip_address,login_server,name'
  const good = '700,0312345678,sip-phone,,,,,,受付'
  const bad = [
    '701,123,sip-phone,,,,,,',
    '702,0399999999,sip-phone,,,,,,',
    '70x,0312345678,sip-phone,,,,,,',
    ',0312345678,sip-phone,,,,,,',
    '704,0312345678,telephone,,,,,,',
    '705,0312345678,sip-phone,,,,,nowhere,',
    '706,0312345678,sip-phone,a b,,,,,',
    '707,0312345678,sip-phone,,,ip,192.0.2.1,,',
    '700,0312345678,sip-phone,,,,,,',
    '0312345678001,0312345678,sip-phone,,,,,,',
    '710,0312345678,sip-phone',
  ]
  const whys = [
    { row: 3, column: 'circle', why: expect.any(String) },
    { row: 4, column: 'circle', why: 'there is no circle 0399999999' },
    { row: 5, column: 'number', why: expect.any(String) },
    { row: 6, column: 'number', why: 'must not be empty' },
    { row: 7, column: 'type', why: expect.any(String) },
    { row: 8, column: 'login_server', why: 'there is no login server nowhere' },
    { row: 9, column: 'username', why: expect.any(String) },
    { row: 10, column: 'auth', why: expect.any(String) },
    { row: 11, column: 'number', why: 'row 2 has this number already' },
    { row: 12, column: 'number', why: 'the line 0312345678001 is there already' },
    { row: 13, column: '', why: 'has 3 cells, but the header has 9' },
  ]
  const numbers = () => (regista(['line', 'list', '--json']).json as { number: string }[]).map(({ number }) => number)

  it('names every bad row and takes none, then only the good ones with --skip-bad', () => {
    const csv = file('bad.csv', `\ufeff${[header, good, ...bad].join('\r\n')}\r\n`)
    const before = numbers()
    expect(regista(['line', 'import', csv, '--json'])).toMatchObject({
      code: 1,
      json: { imported: 0, refused: whys },
      err: expect.stringMatching(/^regista: Nothing was imported, because 11 rows are bad;.*\n$/),
    })
    expect(regista(['line', 'import', csv, '--dry-run', '--skip-bad', '--json'])).toMatchObject({
      code: 0,
      json: { imported: 0, refused: whys },
    })
    expect(numbers()).toEqual(before)

    const ran = regista(['line', 'import', csv, '--skip-bad', '--passwords', 'passwords.csv', '--json'])
    expect(ran).toMatchObject({ code: 0, json: { imported: 1, refused: whys } })
    expect(numbers()).toEqual([...before, '700'])
    expect(readFileSync(path.join(folder, 'passwords.csv'), 'utf8')).toMatch(/^number,username,password\r\n700,700,\w{16}\r\n$/)
    expect(statSync(path.join(folder, 'passwords.csv')).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['unknown.csv', 'circle,number,type,colour\n', 'has a column "colour", which is unknown'],
    ['lacking.csv', 'circle,name\n0312345678,x\n', 'lacks the columns number, type'],
    ['twice.csv', 'circle,number,type,number\n', 'has the column number twice'],
    ['empty.csv', '', 'is empty'],
  ])('refuses %s as a whole', (name, text, why) => {
    const ran = regista(['line', 'import', file(name, text), '--json'])
    expect(ran).toMatchObject({ code: 1, json: { error: { code: 'import-refused', message: expect.stringContaining(why) } } })
  })

  it('takes what export has written', () => {
    const lines = regista(['line', 'list', '--json']).json
    expect(regista(['line', 'export', 'all.csv', '--json'])).toMatchObject({ code: 0, json: { exported: 3, file: 'all.csv' } })
    const elsewhere = { environment: { REGISTA_DATA: path.join(folder, 'second') } }
    regista(['account', 'add', '--login', 'osaka', '--name', 'x'], elsewhere)
    regista(['circle', 'add', '--account', 'osaka', '--number', '0312345678'], elsewhere)
    expect(regista(['line', 'import', 'all.csv', '--json'], elsewhere)).toMatchObject({ code: 0, json: { imported: 3, refused: [] } })
    const again = regista(['line', 'list', '--json'], elsewhere).json as { disabledAt: string | null }[]
    expect(again).toEqual((lines as object[]).map((line) => ({ ...line, disabledAt: null })))
  })
})

/** SIP over TLS on the whole program: with OpenSSL, a real phone and wires of our own; certificates that change under way. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type CertificateFiles, CertificateMaker } from '../support/certificates.ts'
import { type Customer, domain, openCustomer, shown } from '../support/customer.ts'
import { runTool, startTool } from '../support/debian-tool.ts'
import { eventually } from '../support/eventually.ts'
import { describeWith } from '../support/needs.ts'
import { openWirePhone } from '../support/open-phone.ts'
import { openProgram, Program } from '../support/open-program.ts'
import { openTlsWire } from '../support/sip-wire.ts'

const options = (transport: string) =>
  `OPTIONS sip:${domain} SIP/2.0\r\nVia: SIP/2.0/${transport} 192.0.2.1:5061;branch=z9hG4bKopt\r\nFrom: <sip:a@${domain}>;tag=1\r\nTo: <sip:${domain}>\r\nCall-ID: o\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`

describeWith(['openssl'], 'SIP over TLS', () => {
  const maker = new CertificateMaker()
  let files: CertificateFiles
  let program: Program
  let customer: Customer

  beforeAll(async () => {
    files = maker.make('first', 'first.example', 'rsa:2048')
    program = await openProgram({
      environment: { REGISTA_SIPS_PORT: '0', REGISTA_TLS_CERT: files.cert, REGISTA_TLS_KEY: files.key, REGISTA_LOG_LEVEL: 'info' },
    })
    customer = await openCustomer(program)
  })
  afterAll(async () => {
    await customer?.close()
    await program?.end()
  })

  async function metric(row: string): Promise<number> {
    const text = await (await fetch(`${program.url}/metrics`)).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${row} `))
        ?.split(' ')
        .at(-1),
    )
  }

  /** The name in the certificate that a new connection is shown. */
  async function shownName(): Promise<string> {
    const socket = await new Promise<TLSSocket>((resolve, reject) => {
      const opened = connectTls({ port: program.sipsPort, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(opened))
      opened.on('error', reject)
    })
    const name = socket.getPeerCertificate().subject.CN
    socket.destroy()
    return String(name)
  }

  test('a phone signs in, and its line says over what', async () => {
    const line = await customer.addLine()
    const phone = await openWirePhone(program, line, { transport: 'TLS' })
    expect((await phone.register()).status).toBe(200)
    const on = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered')
    expect(on.detail.contacts).toEqual([expect.objectContaining({ transport: 'tls' })])
    expect(
      await eventually(
        () => metric('regista_sip_connections{transport="tls"}'),
        (count) => count === 1,
      ),
    ).toBe(1)
  })

  test.each(['-tls1_2', '-tls1_3'])('OpenSSL with %s sends OPTIONS and reads 200', async (version) => {
    const client = startTool('openssl', ['s_client', '-connect', `127.0.0.1:${program.sipsPort}`, version, '-quiet', '-ign_eof'])
    client.child.stdin?.write(options('TLS'))
    expect(
      await eventually(
        () => client.text,
        (text) => text.includes('SIP/2.0 200 OK'),
      ),
    ).toContain('Allow: ')
    await client.stop()
  })

  test.each(['-tls1', '-tls1_1'])('OpenSSL with %s is turned away: too old', async (version) => {
    const before = await metric('regista_sip_packets_total{kind="tlsHandshakesFailed"}')
    const words = ['s_client', '-connect', `127.0.0.1:${program.sipsPort}`, version, '-cipher', 'DEFAULT:@SECLEVEL=0']
    const { code } = await runTool('openssl', words)
    expect(code).not.toBe(0)
    const failed = () => metric('regista_sip_packets_total{kind="tlsHandshakesFailed"}')
    expect(await eventually(failed, (count) => count > before)).toBeGreaterThan(before)
  })

  test('somebody who speaks plain SIP to the port is cut off at once', async () => {
    const socket = connect(program.sipsPort, '127.0.0.1')
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.write(options('TCP'))
    await closed
    expect(socket.bytesRead).toBe(0)
  })

  test('trap 37: a double CRLF is answered by one over TLS', async () => {
    const wire = await openTlsWire(program.sipsPort)
    onTestFinished(() => wire.close())
    wire.send('\r\n\r\n')
    expect(await wire.next()).toBe('\r\n')
  })

  test('trap 44: a message without Content-Length is refused and the connection closed', async () => {
    const wire = await openTlsWire(program.sipsPort)
    onTestFinished(() => wire.close())
    wire.send(options('TLS').replace('Content-Length: 0\r\n', ''))
    expect(await wire.next()).toMatch(/^SIP\/2.0 400 /)
    expect(await eventually(() => wire.closed, Boolean)).toBe(true)
  })

  test.each(['*', 'None', ''])('trap 55: Contact: %s is refused, and the connection serves on', async (contact) => {
    const phone = await openWirePhone(program, await customer.addLine(), { transport: 'TLS' })
    await phone.fetchChallenge()
    expect((await phone.register({ contacts: [contact] })).status).toBe(400)
    expect((await phone.register()).status).toBe(200)
  })

  test('a renewed certificate is shown to newcomers within seconds, open connections stay, a bad one changes nothing', async () => {
    const phone = await openWirePhone(program, await customer.addLine(), { transport: 'TLS' })
    expect((await phone.register()).status).toBe(200)
    expect(await shownName()).toBe('first.example')

    const next = maker.make('next', 'next.example', 'ec')
    cpSync(next.cert, files.cert)
    cpSync(next.key, files.key)
    expect(await eventually(shownName, (name) => name === 'next.example', 8000)).toBe('next.example')
    expect((await phone.register()).status).toBe(200)

    writeFileSync(files.cert, 'no certificate')
    expect(
      await eventually(
        () => program.log,
        (log) => log.includes('holds no certificate'),
        8000,
      ),
    ).toContain('in use stays')
    expect(await shownName()).toBe('next.example')
    expect((await phone.register()).status).toBe(200)

    // The certificate alone is renewed first: until its key is there too, the old pair serves.
    const last = maker.make('last', 'last.example', 'ec')
    cpSync(last.cert, files.cert)
    expect(
      await eventually(
        () => program.log,
        (log) => log.includes('does not belong to the certificate'),
        8000,
      ),
    ).toContain('belong')
    expect(await shownName()).toBe('next.example')
    cpSync(last.key, files.key)
    expect(await eventually(shownName, (name) => name === 'last.example', 8000)).toBe('last.example')
  }, 60_000)
})

describeWith(['openssl', 'baresip'], 'baresip over TLS', () => {
  test('signs in, with the certificate checked', async () => {
    const maker = new CertificateMaker()
    const { cert, key } = maker.make('server')
    const program = await openProgram({ environment: { REGISTA_SIPS_PORT: '0', REGISTA_TLS_CERT: cert, REGISTA_TLS_KEY: key } })
    onTestFinished(() => program.end())
    const customer = await openCustomer(program)
    onTestFinished(() => customer.close())
    const line = await customer.addLine()
    const home = mkdtempSync(path.join(os.tmpdir(), 'regista-baresip-'))
    onTestFinished(() => rmSync(home, { recursive: true, force: true }))
    const modules = ['g711.so', 'account.so', 'menu.so'].map((name) => `module ${name}\n`).join('')
    const rows = `module_path /usr/lib/baresip/modules\n${modules}sip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nsip_verify_server yes\nsip_cafile ${cert}\n`
    writeFileSync(path.join(home, 'config'), rows)
    const outbound = `sip:127.0.0.1:${program.sipsPort};transport=tls`
    const account = `<sip:${line.username}@${domain};transport=tls>;auth_user=${line.username};auth_pass=${line.password};outbound="${outbound}";regint=120\n`
    writeFileSync(path.join(home, 'accounts'), account)
    const phone = startTool('baresip', ['-f', home, '-v'], { cwd: home })
    onTestFinished(async () => void (await phone.stop()))
    const on = await customer.lineWhen(line.number, ({ sign }) => sign === 'registered', 10_000)
    expect(shown(on), phone.text).toEqual({ sign: 'registered', cause: null })
    expect(on.detail.contacts).toEqual([expect.objectContaining({ transport: 'tls', userAgent: expect.stringContaining('baresip') })])
  })
})

describeWith(['openssl'], 'a start with TLS that cannot be', () => {
  test('ends with one sentence that says what is wrong with which file', async () => {
    const maker = new CertificateMaker()
    const one = maker.make('one')
    const other = maker.make('other')
    const text = path.join(maker.directory, 'text.pem')
    writeFileSync(text, 'hello')
    const sentenceOf = async (cert: string, key: string) => {
      const program = new Program({ environment: { REGISTA_SIPS_PORT: '0', REGISTA_TLS_CERT: cert, REGISTA_TLS_KEY: key } })
      onTestFinished(() => program.end())
      return program.start().then(
        () => 'it started',
        (error: Error) => error.message,
      )
    }
    expect(await sentenceOf(text, one.key)).toContain(`The file ${text} of REGISTA_TLS_CERT holds no certificate in PEM.`)
    expect(await sentenceOf(one.cert, text)).toContain(`The file ${text} of REGISTA_TLS_KEY holds no private key in PEM`)
    expect(await sentenceOf(one.cert, other.key)).toContain(
      `The key in ${other.key} (REGISTA_TLS_KEY) does not belong to the certificate in`,
    )
    expect(await sentenceOf(path.join(maker.directory, 'nowhere.pem'), one.key)).toContain('must be a file that this program can read')
  })
})

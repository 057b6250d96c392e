import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { settings } from './config.ts'
import { readConfig, readSettings } from './read-config.ts'

let workingDirectory: string
beforeAll(() => {
  workingDirectory = mkdtempSync(join(tmpdir(), 'config-'))
})
afterAll(() => rmSync(workingDirectory, { recursive: true }))

const read = (environment: Record<string, string> = {}, file?: string) =>
  readConfig({ environment, workingDirectory, ...(file !== undefined && { file }) })

function inFile(text: string): string {
  const path = join(workingDirectory, `${Math.abs(text.length)}-settings.yaml`)
  writeFileSync(path, text)
  return path
}

describe('settings', () => {
  it('have the promised defaults when nothing is given', () => {
    expect(read()).toMatchObject({
      data: join(workingDirectory, 'data'),
      keyFile: join(workingDirectory, 'data', 'keys'),
      domain: 'sip.localhost',
      domainAliases: [],
      sipHosts: ['0.0.0.0'],
      sipPort: 5060,
      expiresJitter: 0,
      strictCseq: false,
      serviceRoute: '',
      flowTimer: 120,
      sipsPort: null,
      wsPort: null,
      wsOrigins: [],
      sipConnections: 50_000,
      sipConnectionsPerAddress: 2000,
      httpHost: '127.0.0.1',
      httpPort: 8080,
      roles: { sip: true, web: true },
      expiresMin: 60,
      expiresDefault: 600,
      expiresMax: 3600,
      pingSeconds: 30,
      natExpires: 0,
      portalUrl: 'http://localhost:8080',
      trustedProxies: [],
      allowHttp: false,
      sample: false,
      dropScanners: true,
      shedLoad: true,
      operatorPassword: null,
      logLevel: 'info',
    })
  })

  it('each have a line of meaning and one name', () => {
    expect(settings.every((setting) => setting.meaning.length > 10)).toBe(true)
    expect(new Set(settings.map((setting) => setting.name)).size).toBe(settings.length)
  })

  it('come from the file, and from the environment before the file', () => {
    const file = inFile('sip_port: 5070\ndomain: sip.example.jp\ntrusted_proxies: [10.0.0.0/8, 192.0.2.1]\n')
    const config = read({ REGISTA_SIP_PORT: '5080' }, file)
    expect(config.sipPort).toBe(5080)
    expect(config.domain).toBe('sip.example.jp')
    expect(config.trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.1'])
  })

  it('tell where each one comes from', () => {
    const used = readSettings({ environment: { REGISTA_DOMAIN: 'a.example' }, file: inFile('http_port: 9000\n'), workingDirectory })
    expect([used.get('DOMAIN')?.from, used.get('HTTP_PORT')?.from, used.get('DATA')?.from]).toEqual(['environment', 'file', 'default'])
  })

  it('are read from regista.yaml in the working directory if it is there', () => {
    const path = join(workingDirectory, 'regista.yaml')
    writeFileSync(path, 'sip_port: 5099\n')
    expect(read().sipPort).toBe(5099)
    rmSync(path)
    expect(read().sipPort).toBe(5060)
  })

  it('that are empty count as not given', () => {
    expect(read({ REGISTA_SIP_PORT: '' }, inFile('domain:\n')).domain).toBe('sip.localhost')
  })

  it('keep the spaces of a password, which may be part of it', () => {
    expect(read({ REGISTA_OPERATOR_PASSWORD: ' a b ' }).operatorPassword).toBe(' a b ')
  })

  it.each([
    [{ REGISTA_SIP_PROT: '1' }, 'REGISTA_SIP_PROT is no setting; did you mean REGISTA_SIP_PORT?'],
    [{ REGISTA_SIP_PORT: '65536' }, 'REGISTA_SIP_PORT is "65536" but must be a port number from 0 to 65535.'],
    [{ REGISTA_SIP_PORT: '-1' }, 'must be a port number'],
    [{ REGISTA_SIP_HOST: 'example.jp' }, 'must be an IP address'],
    [{ REGISTA_DOMAIN: 'a b' }, 'must be a domain name'],
    [{ REGISTA_ROLES: 'sip,mail' }, 'must be sip, web or sip,web'],
    [{ REGISTA_EXPIRES_MIN: '0' }, 'must be a whole number of seconds'],
    [{ REGISTA_NAT_EXPIRES: '30' }, 'REGISTA_NAT_EXPIRES (30) must be 0 or not below REGISTA_EXPIRES_MIN (60)'],
    [{ REGISTA_PING_SECONDS: 'x' }, 'must be a whole number of seconds up to 86400; 0 for off'],
    [{ REGISTA_EXPIRES_MIN: '700' }, 'REGISTA_EXPIRES_MIN (700) must not be above REGISTA_EXPIRES_DEFAULT (600)'],
    [{ REGISTA_EXPIRES_MAX: '300' }, 'REGISTA_EXPIRES_MAX (300)'],
    [{ REGISTA_ALLOW_HTTP: 'maybe' }, 'must be yes or no'],
    [{ REGISTA_TRUSTED_PROXIES: '10.0.0.0/33' }, 'must be IP addresses or networks'],
    [{ REGISTA_PORTAL_URL: 'portal.example.jp' }, 'must be an address such as https://'],
    [{ REGISTA_LOG_LEVEL: 'loud' }, 'must be debug, info, warn, error or silent'],
    [{ REGISTA_DATABASE_URL: 'postgres://u:secret@h/d' }, 'PostgreSQL is not built'],
    [{ REGISTA_REDIS_URL: 'redis://h' }, 'Redis is not built'],
    [{ REGISTA_SIP_HOST: '0.0.0.0,everywhere' }, 'or several with commas between'],
    [{ REGISTA_SIPS_PORT: '5061' }, 'REGISTA_SIPS_PORT needs a certificate: set REGISTA_TLS_CERT and REGISTA_TLS_KEY'],
    [{ REGISTA_TLS_KEY: import.meta.filename }, 'REGISTA_TLS_CERT and REGISTA_TLS_KEY belong together'],
    [{ REGISTA_WS_ORIGINS: 'phone.example.jp' }, 'must be origins such as https://phone.example.jp'],
    [{ REGISTA_SIP_CONNECTIONS: '0' }, 'must be a whole number from 1 to 999999'],
    [{ REGISTA_SMTP_URL: 'smtp://h' }, 'Sending mail is not built'],
    [{ REGISTA_HTTPS_CERT: '/nowhere/cert.pem' }, 'must be a file that this program can read'],
    [{ REGISTA_HTTP_HOST: '0.0.0.0' }, 'REGISTA_ALLOW_HTTP=yes'],
    [{ REGISTA_DOMAIN_ALIASES: 'a.example,b_c' }, 'must be domain names such as sip.example.jp, with commas between'],
    [{ REGISTA_EXPIRES_JITTER: '21' }, 'must be a whole number of percent from 0 to 20'],
    [{ REGISTA_SERVICE_ROUTE: 'sip:edge.example' }, 'must be a route such as <sip:edge.example.jp;lr>'],
    [{ REGISTA_SERVICE_ROUTE: '<sip:edge.example>' }, 'must be a route such as <sip:edge.example.jp;lr>'],
  ])('stop the start with a sentence that names the mistake: %j', (environment, sentence) => {
    expect(() => read(environment as Record<string, string>)).toThrow(sentence)
  })

  it.each([
    ['sip_prot: 1\n', 'did you mean sip_port?'],
    ['regista_domain: a.example\n', 'did you mean domain?'],
    ['SIP_PORT: 1\n', 'did you mean sip_port?'],
    ['sip_port: {a: 1}\n', 'must be a single value'],
    ['- a\n', 'must hold lines like'],
    ['a: [\n', 'is not YAML'],
  ])('in a file stop the start as well: %j', (text, sentence) => {
    expect(() => read({}, inFile(text))).toThrow(sentence)
  })

  it('never show a secret in the sentence', () => {
    const sentences = ['REGISTA_DATABASE_URL', 'REGISTA_REDIS_URL', 'REGISTA_SMTP_URL'].map((name) => {
      try {
        read({ [name]: 'x://user:hunter2@h' })
        return 'no refusal'
      } catch (error) {
        return (error as Error).message
      }
    })
    expect(sentences.join()).not.toMatch(/hunter2|no refusal/)
  })

  it('let plain HTTP beyond loopback pass when that is said, or when the web role is elsewhere', () => {
    expect(read({ REGISTA_HTTP_HOST: '0.0.0.0', REGISTA_ALLOW_HTTP: 'yes' }).httpHost).toBe('0.0.0.0')
    expect(read({ REGISTA_HTTP_HOST: '0.0.0.0', REGISTA_ROLES: 'sip' }).roles).toEqual({ sip: true, web: false })
  })
})

/** Reads the settings: defaults, then the YAML file, then the environment. The only reader of process.env. */
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { type Config, ConfigError, type Setting, type SettingName, settings } from './config.ts'
import { nearestName } from './nearest-name.ts'
import { readYesNo, splitList, whyWrong } from './setting-kind.ts'

export interface ConfigSources {
  /** `--config FILE`. Without it `regista.yaml` in the working directory is read, if there. */
  file?: string
  environment?: Record<string, string | undefined>
  workingDirectory?: string
}

/** One setting as it stands: its text and where that came from. */
export interface SettingInUse {
  setting: Setting
  text: string
  from: 'default' | 'file' | 'environment'
  /** What the person wrote it as: REGISTA_SIP_PORT, or `sip_port in regista.yaml`. */
  writtenAs: string
}

/** Throws a ConfigError with one sentence if any setting is unknown, wrong or not built yet. */
export function readConfig(sources: ConfigSources = {}): Config {
  return buildConfig(readSettings(sources), sources.workingDirectory ?? process.cwd())
}

/** Every setting with its text and source, each by itself checked. Throws a ConfigError. */
export function readSettings(sources: ConfigSources = {}): Map<SettingName, SettingInUse> {
  const workingDirectory = sources.workingDirectory ?? process.cwd()
  const fromFile = readFile(sources.file, workingDirectory)
  const fromEnvironment = readEnvironment(sources.environment ?? process.env)
  const inUse = new Map<SettingName, SettingInUse>()
  for (const setting of settings) {
    const given = fromEnvironment.get(setting.name) ?? fromFile.get(setting.name)
    const used: SettingInUse = given ? { setting, ...given } : { setting, text: setting.default, from: 'default', writtenAs: setting.name }
    if (used.text !== '') check(used, workingDirectory)
    inUse.set(setting.name, used)
  }
  return inUse
}

type Given = Map<string, { text: string; from: 'file' | 'environment'; writtenAs: string }>

function check({ setting, text, from, writtenAs }: SettingInUse, workingDirectory: string): void {
  if (setting.notBuilt && from !== 'default') {
    throw new ConfigError(`${writtenAs} cannot be used yet: ${setting.notBuilt} is not built; remove the setting.`)
  }
  const why = whyWrong(setting.kind, setting.kind === 'file' ? resolve(workingDirectory, text) : text)
  if (why) throw new ConfigError(`${writtenAs} is ${setting.secret ? 'wrong' : JSON.stringify(text)} but must be ${why}.`)
}

function readEnvironment(environment: Record<string, string | undefined>): Given {
  const given: Given = new Map()
  for (const [key, text] of Object.entries(environment)) {
    if (!key.startsWith('REGISTA_')) continue
    const name = key.slice('REGISTA_'.length)
    if (!isSetting(name)) throw unknown(key, `REGISTA_${nearestName(name, names)}`)
    if (text !== undefined && text.trim() !== '') given.set(name, { text: trimmed(name, text), from: 'environment', writtenAs: key })
  }
  return given
}

/** Spaces around a password may be part of it. */
function trimmed(name: SettingName, text: string): string {
  return name === 'OPERATOR_PASSWORD' ? text : text.trim()
}

function readFile(file: string | undefined, workingDirectory: string): Given {
  const path = file === undefined ? join(workingDirectory, 'regista.yaml') : resolve(workingDirectory, file)
  const given: Given = new Map()
  if (file === undefined && !existsSync(path)) return given
  for (const [key, value] of Object.entries(parseFile(path))) {
    const name = key.toUpperCase()
    if (key !== key.toLowerCase() || !isSetting(name)) {
      const bare = name.startsWith('REGISTA_') ? name.slice('REGISTA_'.length) : name
      throw unknown(`${key} in ${path}`, nearestName(bare, names).toLowerCase())
    }
    const text = asText(value)
    if (text === undefined) throw new ConfigError(`${key} in ${path} must be a single value, or a list of them.`)
    if (text !== '') given.set(name, { text, from: 'file', writtenAs: `${key} in ${path}` })
  }
  return given
}

function parseFile(path: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(
      `The configuration file ${path} cannot be read (${(error as NodeJS.ErrnoException).code}); check its name and rights.`,
    )
  }
  const document = parseDocument(text)
  const [mistake] = document.errors
  if (mistake)
    throw new ConfigError(`The configuration file ${path} is not YAML: ${(mistake.message.split('\n', 1)[0] ?? '').replace(/:$/, '')}.`)
  const value: unknown = document.toJS()
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value))
    throw new ConfigError(`The configuration file ${path} must hold lines like "sip_port: 5060".`)
  return value as Record<string, unknown>
}

function asText(value: unknown): string | undefined {
  if (value === null) return ''
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return undefined
  const parts = value.map(asText)
  return parts.includes(undefined) ? undefined : parts.join(',')
}

const names: readonly string[] = settings.map((setting) => setting.name)

function isSetting(name: string): name is SettingName {
  return names.includes(name)
}

function unknown(writtenAs: string, nearest: string): ConfigError {
  return new ConfigError(`${writtenAs} is no setting; did you mean ${nearest}? "regista check-config --help" lists them all.`)
}

function buildConfig(inUse: Map<SettingName, SettingInUse>, workingDirectory: string): Config {
  const text = (name: SettingName) => inUse.get(name)?.text ?? ''
  const orNull = (name: SettingName) => text(name) || null
  const path = (name: SettingName) => (text(name) === '' ? null : resolve(workingDirectory, text(name)))
  const port = (name: SettingName) => (text(name) === '' ? null : Number(text(name)))
  const data = resolve(workingDirectory, text('DATA'))
  const scheme = text('HTTPS_CERT') ? 'https' : 'http'
  const config: Config = {
    data,
    domain: text('DOMAIN').toLowerCase(),
    domainAliases: splitList(text('DOMAIN_ALIASES').toLowerCase()),
    sipHosts: [...new Set(splitList(text('SIP_HOST')).map(loopbackName))],
    sipPort: Number(text('SIP_PORT')),
    sipsPort: port('SIPS_PORT'),
    tlsCert: path('TLS_CERT'),
    tlsKey: path('TLS_KEY'),
    wsPort: port('WS_PORT'),
    wsOrigins: splitList(text('WS_ORIGINS')),
    sipConnections: Number(text('SIP_CONNECTIONS')),
    sipConnectionsPerAddress: Number(text('SIP_CONNECTIONS_PER_ADDRESS')),
    httpHost: loopbackName(text('HTTP_HOST')),
    httpPort: Number(text('HTTP_PORT')),
    roles: { sip: splitList(text('ROLES')).includes('sip'), web: splitList(text('ROLES')).includes('web') },
    databaseUrl: orNull('DATABASE_URL'),
    redisUrl: orNull('REDIS_URL'),
    expiresMin: Number(text('EXPIRES_MIN')),
    expiresDefault: Number(text('EXPIRES_DEFAULT')),
    expiresMax: Number(text('EXPIRES_MAX')),
    pingSeconds: Number(text('PING_SECONDS')),
    natExpires: Number(text('NAT_EXPIRES')),
    expiresJitter: Number(text('EXPIRES_JITTER')),
    strictCseq: readYesNo(text('STRICT_CSEQ')) ?? false,
    serviceRoute: text('SERVICE_ROUTE'),
    flowTimer: Number(text('FLOW_TIMER')),
    keyFile: path('KEY_FILE') ?? join(data, 'keys'),
    portalUrl: (text('PORTAL_URL') || `${scheme}://localhost:${text('HTTP_PORT')}`).replace(/\/+$/, ''),
    httpsCert: path('HTTPS_CERT'),
    httpsKey: path('HTTPS_KEY'),
    trustedProxies: splitList(text('TRUSTED_PROXIES')),
    allowHttp: readYesNo(text('ALLOW_HTTP')) ?? false,
    support: text('SUPPORT'),
    smtpUrl: orNull('SMTP_URL'),
    mailFrom: orNull('MAIL_FROM'),
    sample: readYesNo(text('SAMPLE')) ?? false,
    dropScanners: readYesNo(text('DROP_SCANNERS')) ?? true,
    shedLoad: readYesNo(text('SHED_LOAD')) ?? true,
    operatorPassword: orNull('OPERATOR_PASSWORD'),
    durability: text('DURABILITY') as Config['durability'],
    logLevel: text('LOG_LEVEL') as Config['logLevel'],
  }
  checkTogether(config)
  return config
}

/** What one setting alone cannot tell. */
function checkTogether(config: Config): void {
  if (config.expiresMin > config.expiresDefault || config.expiresDefault > config.expiresMax) {
    throw new ConfigError(
      `REGISTA_EXPIRES_MIN (${config.expiresMin}) must not be above REGISTA_EXPIRES_DEFAULT (${config.expiresDefault}), nor that above REGISTA_EXPIRES_MAX (${config.expiresMax}).`,
    )
  }
  if (config.natExpires !== 0 && config.natExpires < config.expiresMin) {
    throw new ConfigError(
      `REGISTA_NAT_EXPIRES (${config.natExpires}) must be 0 or not below REGISTA_EXPIRES_MIN (${config.expiresMin}): phones ask for what they were granted.`,
    )
  }
  if ((config.httpsCert === null) !== (config.httpsKey === null)) {
    throw new ConfigError('REGISTA_HTTPS_CERT and REGISTA_HTTPS_KEY belong together; set both or neither.')
  }
  if ((config.tlsCert === null) !== (config.tlsKey === null)) {
    throw new ConfigError('REGISTA_TLS_CERT and REGISTA_TLS_KEY belong together; set both or neither.')
  }
  if (config.sipsPort !== null && config.tlsCert === null) {
    throw new ConfigError('REGISTA_SIPS_PORT needs a certificate: set REGISTA_TLS_CERT and REGISTA_TLS_KEY, or remove it.')
  }
  if (config.roles.web && !isLoopback(config.httpHost) && config.httpsCert === null && !config.allowHttp) {
    throw new ConfigError(
      `REGISTA_HTTP_HOST ${config.httpHost} is reached from outside, where passwords must not pass in clear: set REGISTA_HTTPS_CERT and REGISTA_HTTPS_KEY, or REGISTA_ALLOW_HTTP=yes behind a proxy that speaks HTTPS.`,
    )
  }
}

/** `localhost` may be looked up as either family; a fixed address keeps what is bound and what is printed the same. */
function loopbackName(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host
}

function isLoopback(host: string): boolean {
  return host === '::1' || /^127\./.test(host)
}

/** Every setting: its name, its default and what it means. Names in the file are these in lower case; in the environment REGISTA_ stands before. */
import type { SettingKind } from './setting-kind.ts'

export interface Setting {
  /** In capitals, without REGISTA_. */
  readonly name: string
  readonly kind: SettingKind
  /** As text, as a person would type it; '' when it is off or none. */
  readonly default: string
  readonly meaning: string
  /** What it belongs to that is not built yet: giving it stops the start instead of being ignored. */
  readonly notBuilt?: string
  /** Never shown. */
  readonly secret?: boolean
}

export const settings = [
  { name: 'DATA', kind: 'path', default: './data', meaning: 'Directory that holds all data of this installation; made if missing.' },
  { name: 'DOMAIN', kind: 'domain', default: 'sip.localhost', meaning: 'SIP domain and digest realm of the login server main.' },
  { name: 'SIP_HOST', kind: 'address', default: '0.0.0.0', meaning: 'IP address that SIP over UDP and TCP listens on.' },
  { name: 'SIP_PORT', kind: 'port', default: '5060', meaning: 'Port of SIP over UDP and TCP; 0 takes any free one.' },
  { name: 'SIPS_PORT', kind: 'port', default: '', meaning: 'Port of SIP over TLS; off unless set.', notBuilt: 'SIP over TLS' },
  { name: 'TLS_CERT', kind: 'file', default: '', meaning: 'Certificate file (PEM) for SIP over TLS.', notBuilt: 'SIP over TLS' },
  { name: 'TLS_KEY', kind: 'file', default: '', meaning: 'Key file (PEM) for SIP over TLS.', notBuilt: 'SIP over TLS' },
  { name: 'WS_PORT', kind: 'port', default: '', meaning: 'Port of its own for SIP over WebSocket.', notBuilt: 'SIP over WebSocket' },
  { name: 'HTTP_HOST', kind: 'address', default: '127.0.0.1', meaning: 'IP address that the portal and its API listen on.' },
  { name: 'HTTP_PORT', kind: 'port', default: '8080', meaning: 'Port of the portal and its API; 0 takes any free one.' },
  { name: 'ROLES', kind: 'roles', default: 'sip,web', meaning: 'What this process does: sip, web or both.' },
  {
    name: 'DATABASE_URL',
    kind: 'text',
    default: '',
    meaning: 'postgres://…; none: SQLite in the data directory.',
    notBuilt: 'PostgreSQL',
    secret: true,
  },
  { name: 'REDIS_URL', kind: 'text', default: '', meaning: 'redis://…; none: memory of this process.', notBuilt: 'Redis', secret: true },
  { name: 'EXPIRES_MIN', kind: 'seconds', default: '60', meaning: 'Least expiry that a phone may ask for, in seconds.' },
  { name: 'EXPIRES_DEFAULT', kind: 'seconds', default: '600', meaning: 'Expiry granted to a phone that asks for none, in seconds.' },
  { name: 'EXPIRES_MAX', kind: 'seconds', default: '3600', meaning: 'Greatest expiry granted, in seconds.' },
  {
    name: 'KEY_FILE',
    kind: 'path',
    default: '',
    meaning: 'File of the keys for secrets at rest, made on the first start; default: keys in the data directory.',
  },
  {
    name: 'PORTAL_URL',
    kind: 'url',
    default: '',
    meaning: 'The portal’s own address as people type it; default: http://localhost with its port.',
  },
  { name: 'HTTPS_CERT', kind: 'file', default: '', meaning: 'Certificate file (PEM): the portal then speaks HTTPS only.' },
  { name: 'HTTPS_KEY', kind: 'file', default: '', meaning: 'Key file (PEM) for the portal’s HTTPS.' },
  {
    name: 'TRUSTED_PROXIES',
    kind: 'addresses',
    default: '',
    meaning: 'Addresses or networks of proxies in front whose forwarded addresses count, with commas between.',
  },
  {
    name: 'ALLOW_HTTP',
    kind: 'yes-no',
    default: 'no',
    meaning: 'Allows plain HTTP beyond loopback (behind a proxy that speaks HTTPS, say).',
  },
  { name: 'SUPPORT', kind: 'text', default: '', meaning: 'Text, mail or telephone of support, shown on the sign-in and error pages.' },
  { name: 'SMTP_URL', kind: 'text', default: '', meaning: 'Mail server.', notBuilt: 'Sending mail', secret: true },
  { name: 'MAIL_FROM', kind: 'text', default: '', meaning: 'Sender of the mails.', notBuilt: 'Sending mail' },
  {
    name: 'SAMPLE',
    kind: 'yes-no',
    default: 'no',
    meaning: 'Fills an empty data directory with sample customers, and runs sample phones.',
  },
  {
    name: 'OPERATOR_PASSWORD',
    kind: 'password',
    default: '',
    meaning: 'The operator’s password; else one is made and printed once, on the first start.',
    secret: true,
  },
  { name: 'LOG_LEVEL', kind: 'log-level', default: 'info', meaning: 'How much is logged: debug, info, warn, error or silent.' },
] as const satisfies readonly Setting[]

export type SettingName = (typeof settings)[number]['name']

/** The settings as the program uses them; paths are absolute. Null: off. */
export interface Config {
  data: string
  domain: string
  sipHost: string
  sipPort: number
  sipsPort: number | null
  tlsCert: string | null
  tlsKey: string | null
  wsPort: number | null
  httpHost: string
  httpPort: number
  roles: { sip: boolean; web: boolean }
  databaseUrl: string | null
  redisUrl: string | null
  /** Seconds. */
  expiresMin: number
  expiresDefault: number
  expiresMax: number
  keyFile: string
  /** Without a slash at its end. */
  portalUrl: string
  httpsCert: string | null
  httpsKey: string | null
  trustedProxies: string[]
  allowHttp: boolean
  support: string
  smtpUrl: string | null
  mailFrom: string | null
  sample: boolean
  operatorPassword: string | null
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** A setting that stops the start. The message is one sentence that says how to mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'bad-setting'
}

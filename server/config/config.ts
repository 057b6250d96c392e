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
  {
    name: 'SIP_HOST',
    kind: 'hosts',
    default: '0.0.0.0',
    meaning: 'IP addresses that SIP listens on, with commas between; 0.0.0.0 is all of IPv4, :: all of both families.',
  },
  { name: 'SIP_PORT', kind: 'port', default: '5060', meaning: 'Port of SIP over UDP and TCP; 0 takes any free one.' },
  { name: 'SIPS_PORT', kind: 'port', default: '', meaning: 'Port of SIP over TLS, 0 for any free one; off unless set.' },
  {
    name: 'TLS_CERT',
    kind: 'file',
    default: '',
    meaning: 'Certificate file (PEM, with its chain) for SIP over TLS and WebSocket; a new one is taken up within seconds.',
  },
  { name: 'TLS_KEY', kind: 'file', default: '', meaning: 'Key file (PEM) of that certificate.' },
  {
    name: 'WS_PORT',
    kind: 'port',
    default: '',
    meaning:
      'Port of its own for SIP over WebSocket, beside the path /sip of the portal; secure (WSS) where TLS_CERT is set, else plain. Off unless set.',
  },
  {
    name: 'WS_ORIGINS',
    kind: 'origins',
    default: '',
    meaning:
      'Web pages that may sign in over WebSocket besides the portal’s and the server’s own, as https://host, with commas between; * for all.',
  },
  {
    name: 'SIP_CONNECTIONS',
    kind: 'count',
    default: '50000',
    meaning: 'Most connections of phones (TCP, TLS, WebSocket) at once; fewer where the system allows fewer open files.',
  },
  {
    name: 'SIP_CONNECTIONS_PER_ADDRESS',
    kind: 'count',
    default: '2000',
    meaning: 'Most connections of phones from one address (IPv6: one /64) at once; an office behind one address must fit in.',
  },
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
  {
    name: 'DOMAIN_ALIASES',
    kind: 'domains',
    default: '',
    meaning: 'Other names of the domain, with commas between: phones may sign in under them and prove themselves for them as the realm.',
  },
  {
    name: 'DROP_SCANNERS',
    kind: 'yes-no',
    default: 'yes',
    meaning: 'Gives no answer to programs that name themselves as scanners (friendly-scanner, sipvicious, sipcli …).',
  },
  { name: 'EXPIRES_MIN', kind: 'seconds', default: '60', meaning: 'Least expiry that a phone may ask for, in seconds.' },
  { name: 'EXPIRES_DEFAULT', kind: 'seconds', default: '600', meaning: 'Expiry granted to a phone that asks for none, in seconds.' },
  { name: 'EXPIRES_MAX', kind: 'seconds', default: '3600', meaning: 'Greatest expiry granted, in seconds.' },
  {
    name: 'EXPIRES_JITTER',
    kind: 'jitter',
    default: '0',
    meaning: 'Percent, 0 to 20, taken off each granted expiry by chance, so that phones that came together do not come back together.',
  },
  {
    name: 'STRICT_CSEQ',
    kind: 'yes-no',
    default: 'no',
    meaning: 'Refuses a phone that keeps its Call-ID over a restart and counts CSeq from the beginning, as RFC 3261 has it to the letter.',
  },
  {
    name: 'SERVICE_ROUTE',
    kind: 'route',
    default: '',
    meaning: 'Way that phones are told to send their calls by (RFC 3608), such as <sip:edge.example.jp;lr>; none unless set.',
  },
  {
    name: 'FLOW_TIMER',
    kind: 'seconds',
    default: '120',
    meaning: 'Seconds between keepalives that phones on TCP, TLS and WebSocket are asked for; over UDP it is always 25.',
  },
  {
    name: 'PING_SECONDS',
    kind: 'seconds-or-off',
    default: '30',
    meaning:
      'Seconds between two OPTIONS to a phone behind a NAT (UDP), which keep its way open; others are asked a tenth as often. 0: nobody is asked.',
  },
  {
    name: 'NAT_EXPIRES',
    kind: 'seconds-or-off',
    default: '0',
    meaning: 'Greatest expiry in seconds of a phone behind a NAT on UDP, instead of pings or besides them; 0: as for all.',
  },
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
  {
    name: 'SHED_LOAD',
    kind: 'yes-no',
    default: 'yes',
    meaning: 'Whether first sign-ins are put off while more comes than can be answered, so that renewals and calls go on.',
  },
  {
    name: 'DURABILITY',
    kind: 'durability',
    default: 'crash',
    meaning:
      'What an answered sign-in survives: crash (the program killed at any moment) or power (a power cut too, at the price of a sync of the disk).',
  },
  { name: 'LOG_LEVEL', kind: 'log-level', default: 'info', meaning: 'How much is logged: debug, info, warn, error or silent.' },
] as const satisfies readonly Setting[]

export type SettingName = (typeof settings)[number]['name']

/** The settings as the program uses them; paths are absolute. Null: off. */
export interface Config {
  data: string
  domain: string
  /** Lower case. */
  domainAliases: string[]
  /** Addresses to listen on, at least one. */
  sipHosts: string[]
  sipPort: number
  sipsPort: number | null
  tlsCert: string | null
  tlsKey: string | null
  wsPort: number | null
  wsOrigins: string[]
  sipConnections: number
  sipConnectionsPerAddress: number
  httpHost: string
  httpPort: number
  roles: { sip: boolean; web: boolean }
  databaseUrl: string | null
  redisUrl: string | null
  dropScanners: boolean
  /** Seconds. */
  expiresMin: number
  expiresDefault: number
  expiresMax: number
  /** Percent. */
  expiresJitter: number
  strictCseq: boolean
  /** Value of Service-Route, '' for none. */
  serviceRoute: string
  /** Seconds. */
  flowTimer: number
  /** Seconds; 0: off. */
  pingSeconds: number
  natExpires: number
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
  shedLoad: boolean
  /** What is told as stored survives the end of the program, or a power cut too. */
  durability: 'crash' | 'power'
  logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

/** A setting that stops the start. The message is one sentence that says how to mend it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly code = 'bad-setting'
}

/** What to type into a phone as its server. */
import { networkInterfaces } from 'node:os'
import type { Config } from '../config/config.ts'
import type { LoginServer } from '../directory/line.ts'

/** Host and port for `main`, seen from the network where it can be; another login server's own address. */
export function serverAddress(config: Config, server: LoginServer): string {
  if (server.kind !== 'main') return server.domain || server.url
  const [first = '0.0.0.0'] = config.sipHosts
  const host = first === '0.0.0.0' || first === '::' ? ownAddress() : first
  return `${host.includes(':') ? `[${host}]` : host}:${config.sipPort}`
}

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? [])
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1'
}

/** Whether an address that a request names is this server itself: what goes there would come back here. */
import type { Uri } from '../sip/message/uri.ts'

export interface OwnAddresses {
  /** Lower-case domains and addresses that are ours. */
  domains: ReadonlySet<string>
  /** Ports that we listen on, whatever the transport. */
  ownPorts: ReadonlySet<number>
}

/**
 * `from`: the address that the request came from. A private address may be ours and the phone's own alike, each in its own network:
 * it is us only if the request came from there.
 */
export function isOwnAddress(host: string, port: number, from: string, own: OwnAddresses): boolean {
  const lower = host.toLowerCase()
  if (!own.domains.has(lower)) return false
  const plain = lower.startsWith('[') ? lower.slice(1, -1) : lower
  if (isPrivate(plain) && !isFrom(plain, from)) return false
  return own.ownPorts.has(port)
}

/** The same of a URI; a name without a port means whatever DNS says, and that is us. */
export function isOwnUri(uri: Uri, from: string, own: OwnAddresses): boolean {
  if (uri.scheme === 'tel' || uri.scheme === 'other') return false
  if (uri.port === 0 && isName(uri.host) && uri.host.toLowerCase() !== 'localhost') return own.domains.has(uri.host.toLowerCase())
  return isOwnAddress(uri.host, uri.port === 0 ? (uri.scheme === 'sips' ? 5061 : 5060) : uri.port, from, own)
}

function isFrom(address: string, from: string): boolean {
  return address === from || (address === 'localhost' && (from === '::1' || from.startsWith('127.')))
}

function isName(host: string): boolean {
  const last = host.charCodeAt(host.length - 1)
  return host.charCodeAt(0) !== 91 && !(last >= 48 && last <= 57)
}

/** Loopback, link-local, RFC 1918, RFC 6598, RFC 4193, and what stands for no address. */
function isPrivate(address: string): boolean {
  if (address === 'localhost' || address === '::1' || address === '::') return true
  if (address.includes(':')) return /^f[cd]|^fe[89ab]/.test(address)
  const [first = 0, second = 0] = address.split('.').map(Number)
  return (
    first === 0 ||
    first === 10 ||
    first === 127 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 169 && second === 254) ||
    (first === 100 && second >= 64 && second < 128)
  )
}

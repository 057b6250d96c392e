/** Whether a phone says that it is where its packets come from; if not, a NAT lies between, or it calls itself by a name. */
import type { Flow } from '../../sip/transport/flow.ts'

/** What of a REGISTER is looked at. */
export interface AskedContacts {
  contacts: readonly { uri: string }[] | 'star'
  path: string
}

const colon = 58
const semicolon = 59
const question = 63

/** Greatest expiry that is granted to this request; `ofNat` is that of phones behind a NAT on UDP, 0 for no other than `ofAll`. */
export function greatestExpiry({ contacts, path }: AskedContacts, flow: Flow, ofAll: number, ofNat: number): number {
  // Behind an edge the NAT is the edge's; over a stream the connection keeps itself open.
  if (ofNat === 0 || ofNat >= ofAll || flow.transport !== 'udp' || path !== '' || contacts === 'star') return ofAll
  for (const { uri } of contacts) if (!isAtSource(uri, flow.remoteIp)) return ofNat
  return ofAll
}

/** Whether the host of a contact's URI is the address `ip` (without brackets), its port left aside. Makes nothing: it is asked often. */
export function isAtSource(uri: string, ip: string): boolean {
  const at = uri.indexOf('@')
  let start = at >= 0 ? at + 1 : uri.indexOf(':') + 1
  let end = start + ip.length
  if (uri.charCodeAt(start) === 91) {
    start++
    end++
    if (uri.charCodeAt(end) !== 93) return false
    end++
  }
  if (!uri.startsWith(ip, start)) return false
  const next = uri.charCodeAt(end)
  return end === uri.length || next === colon || next === semicolon || next === question
}

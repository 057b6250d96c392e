/** The way back to one phone: which socket, over what, and the address at the other end (RFC 3581, RFC 5626 §5.2). */
export type TransportName = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss'

export interface Flow {
  readonly transport: TransportName
  /** Address the packet came from, as the socket names it (IPv6 without brackets). */
  readonly remoteIp: string
  readonly remotePort: number
  /** 0 for datagrams, else the number of the connection, never used twice in one run. */
  readonly connection: number
  /** Which of our UDP sockets it came in on, so that the answer leaves by the same; 0 for streams. */
  readonly local: number
}

/** An address as a header shows it: IPv6 in brackets. */
export function bracketed(ip: string): string {
  return ip.includes(':') ? `[${ip}]` : ip
}

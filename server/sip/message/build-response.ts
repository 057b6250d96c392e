/** The answer to a request as text for the wire (RFC 3261 §8.2.6). Long header names. Hot path: parse.bench.ts. */
import { HeaderId } from './header-name.ts'
import type { SipRequest } from './message.ts'
import { readNameAddr, tagOf } from './name-addr.ts'
import { readVia, type ViaValue, viaForAnswer, viaWithKeep } from './via.ts'

/** Where the request came from; IPv6 without brackets. */
export interface Source {
  readonly remoteIp: string
  readonly remotePort: number
}

/**
 * The whole answer, one character a byte: status line, every Via of the request (the topmost with received and rport), From, To
 * (with `toTag` unless it has a tag or `toTag` is ''), Call-ID, CSeq, then `headers` (whole lines, each ending in CRLF), Content-Length: 0.
 * A header that the request lacks is left out. `topmost`: the topmost Via where it has been read already. `keep`: seconds between the
 * keepalives that we would take, told where the topmost Via asks for it (RFC 6223); 0 for none.
 */
export function buildResponse(
  request: SipRequest,
  status: number,
  reason: string,
  source: Source,
  toTag: string,
  headers: string,
  topmost?: ViaValue,
  keep = 0,
): string {
  let out = `SIP/2.0 ${status} ${reason}\r\n`
  if (request.count(HeaderId.Via) === 1) out += topVia(request.first(HeaderId.Via) as string, source, topmost, keep)
  else {
    const rows = request.all(HeaderId.Via)
    for (let at = 0; at < rows.length; at++) out += at === 0 ? topVia(rows[0] as string, source, topmost, keep) : `Via: ${rows[at]}\r\n`
  }
  const from = request.first(HeaderId.From)
  if (from !== undefined) out += `From: ${from}\r\n`
  const to = request.first(HeaderId.To)
  if (to !== undefined) out += toTag === '' || hasTag(to) ? `To: ${to}\r\n` : `To: ${to};tag=${toTag}\r\n`
  const callId = request.first(HeaderId.CallId)
  if (callId !== undefined) out += `Call-ID: ${callId}\r\n`
  const cseq = request.first(HeaderId.CSeq)
  if (cseq !== undefined) out += `CSeq: ${cseq}\r\n`
  return `${out}${headers}Content-Length: 0\r\n\r\n`
}

function topVia(row: string, source: Source, topmost: ViaValue | undefined, keep: number): string {
  const via = topmost ?? readVia(row)
  if (via === undefined) return `Via: ${row}\r\n`
  const answered = viaForAnswer(row, via, source.remoteIp, source.remotePort)
  return `Via: ${keep > 0 && via.keep ? viaWithKeep(answered, keep) : answered}\r\n`
}

function hasTag(to: string): boolean {
  // Most To headers of a REGISTER have no parameter that could be one.
  if (to.lastIndexOf('>') === to.length - 1) return false
  const address = readNameAddr(to)
  return address !== undefined && tagOf(address) !== undefined
}

/** Which transaction a request belongs to (RFC 3261 §17.2.3). Hot path: parse.bench.ts. */
import { HeaderId } from '../message/header-name.ts'
import type { SipRequest } from '../message/message.ts'
import type { ViaValue } from '../message/via.ts'

/**
 * Two requests are one transaction if their keys are equal: branch, sent-by and method, and the address that they came from, so that
 * nobody can fetch another's answer by guessing a branch. Without the magic cookie (RFC 2543 senders) the branch says nothing:
 * Request-URI, From, Call-ID, CSeq and the Via count. ACK has the key of its INVITE. `source`: `ip:port` or the connection's number.
 */
export function transactionKey(request: SipRequest, via: ViaValue, source: string): string {
  const method = request.method === 'ACK' ? 'INVITE' : request.method
  if (via.branch.startsWith('z9hG4bK') && via.branch.length > 7) return `${via.branch} ${via.host}:${via.port} ${method} ${source}`
  const callId = request.first(HeaderId.CallId) ?? ''
  const from = request.first(HeaderId.From) ?? ''
  const row = request.first(HeaderId.Via) ?? ''
  return `${callId} ${request.cseq} ${method} ${from} ${request.uri} ${row.substring(0, via.end)} ${source}`
}

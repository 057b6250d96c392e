/** A binding as its row is read: by place, not by name, since a start reads a million of them. */
import type { Binding } from '../../registrar/binding.ts'
import type { TransportName } from '../../sip/transport/flow.ts'

/** In the order of `Row`. */
export const rowColumns =
  'id, line_id, uri, echo, instance, reg_id, q, call_id, cseq, expires_at, granted, transport, ip, port, path, user_agent, bound_at, seen_at, nonce_id, nonce_count, after_seq, ended_at, end_how'

export type Row = [
  id: number,
  lineId: number,
  uri: string,
  echo: string,
  instance: string,
  regId: number,
  q: number,
  callId: string,
  cseq: number,
  expiresAt: number,
  granted: number,
  transport: string,
  ip: string,
  port: number,
  path: string,
  userAgent: string,
  boundAt: number,
  seenAt: number,
  nonceId: string,
  nonceCount: number,
  /** The journal's newest row when this one was written. */
  afterSeq: number,
  endedAt: number | null,
  endHow: string | null,
]

/** `same` gives one text for all that are alike. */
export function bindingOf(row: Row, same: (text: string) => string): Binding {
  return {
    id: row[0],
    lineId: row[1],
    uri: row[2],
    echo: same(row[3]),
    instance: row[4],
    regId: row[5],
    q: row[6],
    callId: row[7],
    cseq: row[8],
    expiresAt: row[9],
    granted: row[10],
    transport: same(row[11]) as TransportName,
    ip: row[12],
    port: row[13],
    connection: 0,
    path: same(row[14]),
    userAgent: same(row[15]),
    boundAt: row[16],
    seenAt: row[17],
    nonceId: row[18],
    nonceCount: row[19],
  }
}

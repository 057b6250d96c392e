/** A binding as its row is read: by place, not by name, since a start reads a million of them. */
import type { Binding } from '../../registrar/binding.ts'
import type { TransportName } from '../../sip/transport/flow.ts'

/** The tables of bindings.db; renewal-journal.ts adds its own. */
export const bindingsSchema = `
create table if not exists bindings (
  id integer primary key, line_id integer not null, uri text not null, echo text not null, instance text not null,
  reg_id integer not null, q integer not null, call_id text not null, cseq integer not null, expires_at integer not null,
  granted integer not null, transport text not null, ip text not null, port integer not null, path text not null,
  user_agent text not null, bound_at integer not null, seen_at integer not null, nonce_id text not null,
  nonce_count integer not null, after_seq integer not null, ended_at integer, end_how text);
create index if not exists bindings_ended on bindings (line_id, ended_at) where ended_at is not null;
create index if not exists bindings_ended_at on bindings (ended_at) where ended_at is not null;
create table if not exists alive (id integer primary key check (id = 1), at integer not null);
create table if not exists clock (id integer primary key check (id = 1), ahead integer not null);
`

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

/** The Via header (RFC 3261 §18.2, §20.42, RFC 3581). Hot path: parse.bench.ts. */
import { isParam, ParamCursor, readParamAt, skipBlank } from './params.ts'
import { endOfHost } from './uri.ts'

export interface ViaValue {
  /** As sent: UDP, tcp, … */
  readonly transport: string
  /** sent-by host as sent, IPv6 with or without brackets. */
  readonly host: string
  /** 0 if none is named. */
  readonly port: number
  /** '' if there is none. */
  readonly branch: string
  readonly received: string | undefined
  /** undefined: not asked for; '' asked for; else a port that somebody filled in. */
  readonly rport: string | undefined
  /** Asks whether we would take keepalives (RFC 6223): a `keep` without a value. */
  readonly keep: boolean
  /** First character behind this value: a comma or the end. */
  readonly end: number
  /** Where `;rport` and `;received` stand in the text, from the semicolon to their end; -1 if absent. */
  readonly rportStart: number
  readonly rportEnd: number
  readonly receivedStart: number
  readonly receivedEnd: number
}

const cursor = new ParamCursor()

/** Reads the first value of a Via row; undefined if it is malformed. */
export function readVia(text: string): ViaValue | undefined {
  const length = text.length
  let at = skipBlank(text, 0, length)
  // sent-protocol: SIP / 2.0 / UDP, with blanks about the slashes.
  if ((text.charCodeAt(at) | 32) !== 115 || (text.charCodeAt(at + 1) | 32) !== 105 || (text.charCodeAt(at + 2) | 32) !== 112)
    return undefined
  at = skipBlank(text, at + 3, length)
  if (text.charCodeAt(at) !== 47) return undefined
  at = skipBlank(text, at + 1, length)
  if (!text.startsWith('2.0', at)) return undefined
  at = skipBlank(text, at + 3, length)
  if (text.charCodeAt(at) !== 47) return undefined
  const transportStart = skipBlank(text, at + 1, length)
  at = transportStart
  while (at < length && isTransportChar(text.charCodeAt(at))) at++
  if (at === transportStart || at - transportStart > 16) return undefined
  const transport = text.substring(transportStart, at)
  const hostStart = skipBlank(text, at, length)
  if (hostStart === at) return undefined
  const hostEnd = endOfSentByHost(text, hostStart, length)
  if (hostEnd <= hostStart) return undefined
  const host = text.substring(hostStart, hostEnd)
  at = skipBlank(text, hostEnd, length)
  let port = 0
  if (text.charCodeAt(at) === 58) {
    at = skipBlank(text, at + 1, length)
    for (; isDigit(text.charCodeAt(at)) && port <= 65_535; at++) port = port * 10 + text.charCodeAt(at) - 48
    if (port === 0 || port > 65_535) return undefined
    at = skipBlank(text, at, length)
  }
  let branch = ''
  let received: string | undefined
  let rport: string | undefined
  let keep = false
  let rportStart = -1
  let rportEnd = -1
  let receivedStart = -1
  let receivedEnd = -1
  while (at < length && text.charCodeAt(at) === 59) {
    if (!readParamAt(text, at, length, cursor)) return undefined
    if (branch === '' && isParam(text, cursor, 'branch')) branch = text.substring(cursor.valueStart, cursor.valueEnd)
    else if (rportStart < 0 && isParam(text, cursor, 'rport')) {
      rport = text.substring(cursor.valueStart, cursor.valueEnd)
      rportStart = at
      rportEnd = cursor.end
    } else if (receivedStart < 0 && isParam(text, cursor, 'received')) {
      received = text.substring(cursor.valueStart, cursor.valueEnd)
      receivedStart = at
      receivedEnd = cursor.end
    } else if (cursor.valueStart === cursor.valueEnd && isParam(text, cursor, 'keep')) keep = true
    at = cursor.end
  }
  if (at < length && text.charCodeAt(at) !== 44) return undefined
  return { transport, host, port, branch, received, rport, keep, end: at, rportStart, rportEnd, receivedStart, receivedEnd }
}

/** All values of the given Via rows, in order; undefined if one is malformed. */
export function readVias(rows: readonly string[]): ViaValue[] | undefined {
  const values: ViaValue[] = []
  for (const row of rows) {
    let rest = row
    for (;;) {
      const value = readVia(rest)
      if (value === undefined) return undefined
      values.push(value)
      if (value.end >= rest.length) break
      rest = rest.substring(value.end + 1)
    }
  }
  return values
}

/**
 * A Via row as the answer carries it: its first value gets `received` if the packet came from elsewhere than sent-by says or
 * rport was asked for, and `rport` filled in (RFC 3261 §18.2.1, RFC 3581 §4). A `received` or `rport` that the sender wrote is replaced.
 * `ip` without brackets.
 */
export function viaForAnswer(row: string, via: ViaValue, ip: string, port: number): string {
  const asked = via.rport !== undefined
  const elsewhere = asked || !isHostOf(via.host, ip)
  if (!elsewhere && via.receivedStart < 0) return row
  let out = ''
  let from = 0
  // The two parameters may stand in either order.
  const rportFirst = via.rportStart >= 0 && (via.receivedStart < 0 || via.rportStart < via.receivedStart)
  for (let turn = 0; turn < 2; turn++) {
    const isRport = rportFirst === (turn === 0)
    const start = isRport ? via.rportStart : via.receivedStart
    if (start < 0) continue
    out += row.substring(from, start)
    if (isRport) out += `;rport=${port}`
    from = isRport ? via.rportEnd : via.receivedEnd
  }
  out += row.substring(from, via.end)
  if (elsewhere) out += `;received=${ip}`
  return via.end === row.length ? out : out + row.substring(via.end)
}

/** A Via row whose first value asked `keep`, with the seconds between keepalives that we recommend (RFC 6223 §4.4). */
export function viaWithKeep(row: string, seconds: number): string {
  let at = row.indexOf(';')
  while (at >= 0 && row.charCodeAt(at) === 59 && readParamAt(row, at, row.length, cursor)) {
    if (cursor.valueStart === cursor.valueEnd && isParam(row, cursor, 'keep'))
      return `${row.substring(0, cursor.nameEnd)}=${seconds}${row.substring(cursor.end)}`
    at = cursor.end
  }
  return row
}

function isHostOf(host: string, ip: string): boolean {
  return host === ip || (host.charCodeAt(0) === 91 && host.length === ip.length + 2 && host.startsWith(ip, 1))
}

/** A host, or an IPv6 address without its brackets, which RFC 5118 §4.5 asks to let pass where it is not ambiguous. */
function endOfSentByHost(text: string, start: number, end: number): number {
  const hostEnd = endOfHost(text, start, end)
  if (text.charCodeAt(start) === 91 || hostEnd < 0 || text.charCodeAt(hostEnd) !== 58) return hostEnd
  let colons = 0
  let at = start
  for (; at < end && isIpv6Char(text.charCodeAt(at)); at++) if (text.charCodeAt(at) === 58) colons++
  return colons >= 2 ? at : hostEnd
}

function isIpv6Char(code: number): boolean {
  const lower = code | 32
  return isDigit(code) || code === 58 || (lower >= 97 && lower <= 102)
}

function isTransportChar(code: number): boolean {
  const lower = code | 32
  return (lower >= 97 && lower <= 122) || isDigit(code) || code === 45 || code === 46 || code === 43 || code === 95
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

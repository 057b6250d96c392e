/** What every answer of ours must be, whatever was asked. Reads the bytes by itself, not with the server's own reader. */
import { must } from './target.ts'

/** Rows that an answer may hold, and how often; what else stands there came from the request and was let through. */
const rowsOfOurs: Readonly<Record<string, number>> = {
  Via: 200,
  From: 1,
  To: 1,
  'Call-ID': 1,
  CSeq: 1,
  Contact: 100,
  Expires: 1,
  Date: 1,
  'WWW-Authenticate': 2,
  'Min-Expires': 1,
  'Retry-After': 1,
  Unsupported: 1,
  Supported: 1,
  Require: 1,
  Allow: 1,
  'Allow-Events': 1,
  Accept: 1,
  'Accept-Encoding': 1,
  'Accept-Language': 1,
  Server: 1,
  Path: 20,
  'Service-Route': 1,
  'Flow-Timer': 1,
  'Record-Route': 200,
  'SIP-ETag': 1,
  'Content-Length': 1,
}

/** Reads an answer; throws when it is not one message of ours. Gives its status and how many Contacts it lists. */
export function checkAnswer(bytes: Buffer): { status: number; contacts: number } {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  must(end > 0, 'an answer has no end of headers')
  must(end + 4 === text.length, 'an answer has something behind its headers')
  const [start = '', ...rows] = text.slice(0, end).split('\r\n')
  const status = /^SIP\/2\.0 ([1-6]\d\d) [ -~]*$/.exec(start)?.[1]
  must(status !== undefined, () => `an answer begins with ${JSON.stringify(start)}`)
  const counts: Record<string, number> = {}
  for (const row of rows) {
    must(!/[\r\n]/.test(row), () => `a lone line end in ${JSON.stringify(row)}`)
    const name = /^[A-Za-z-]+(?=: )/.exec(row)?.[0] ?? ''
    must(Object.hasOwn(rowsOfOurs, name), () => `an answer holds the row ${JSON.stringify(row.slice(0, 80))}`)
    counts[name] = (counts[name] ?? 0) + 1
    must((counts[name] ?? 0) <= (rowsOfOurs[name] ?? 0), () => `an answer has ${counts[name]} rows ${name}`)
  }
  must(counts['Content-Length'] === 1, 'an answer has no Content-Length')
  return { status: Number(status), contacts: counts.Contact ?? 0 }
}

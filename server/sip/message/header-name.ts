/** Which header a row carries, long or compact name, in any case (RFC 3261 §7.3.1, §7.3.3). Hot path: parse.bench.ts. */

/** The headers that the server reads or copies; 0 stands for any other. */
export const HeaderId = {
  Other: 0,
  Via: 1,
  From: 2,
  To: 3,
  CallId: 4,
  CSeq: 5,
  Contact: 6,
  Expires: 7,
  MaxForwards: 8,
  Authorization: 9,
  ProxyAuthorization: 10,
  UserAgent: 11,
  ContentLength: 12,
  Require: 13,
  ProxyRequire: 14,
  Supported: 15,
  Route: 16,
  RecordRoute: 17,
  Path: 18,
  Allow: 19,
  Event: 20,
  ContentType: 21,
  Date: 22,
  WwwAuthenticate: 23,
  ProxyAuthenticate: 24,
  MinExpires: 25,
  RetryAfter: 26,
  ServiceRoute: 27,
  Accept: 28,
  Subject: 29,
  ReferTo: 30,
  AllowEvents: 31,
  ContentEncoding: 32,
  ReferredBy: 33,
  SessionExpires: 34,
  Unsupported: 35,
  Server: 36,
  SubscriptionState: 37,
  PAssertedIdentity: 38,
} as const
export type HeaderId = (typeof HeaderId)[keyof typeof HeaderId]

/** Long names as they are written in what we send. */
export const headerNames: Readonly<Record<Exclude<HeaderId, 0>, string>> = {
  1: 'Via',
  2: 'From',
  3: 'To',
  4: 'Call-ID',
  5: 'CSeq',
  6: 'Contact',
  7: 'Expires',
  8: 'Max-Forwards',
  9: 'Authorization',
  10: 'Proxy-Authorization',
  11: 'User-Agent',
  12: 'Content-Length',
  13: 'Require',
  14: 'Proxy-Require',
  15: 'Supported',
  16: 'Route',
  17: 'Record-Route',
  18: 'Path',
  19: 'Allow',
  20: 'Event',
  21: 'Content-Type',
  22: 'Date',
  23: 'WWW-Authenticate',
  24: 'Proxy-Authenticate',
  25: 'Min-Expires',
  26: 'Retry-After',
  27: 'Service-Route',
  28: 'Accept',
  29: 'Subject',
  30: 'Refer-To',
  31: 'Allow-Events',
  32: 'Content-Encoding',
  33: 'Referred-By',
  34: 'Session-Expires',
  35: 'Unsupported',
  36: 'Server',
  37: 'Subscription-State',
  38: 'P-Asserted-Identity',
}

/** IANA "SIP Header Fields" registry, column Compact, as far as the long name is in HeaderId. */
const compactNames: Readonly<Record<string, HeaderId>> = {
  v: HeaderId.Via,
  f: HeaderId.From,
  t: HeaderId.To,
  i: HeaderId.CallId,
  m: HeaderId.Contact,
  l: HeaderId.ContentLength,
  c: HeaderId.ContentType,
  k: HeaderId.Supported,
  o: HeaderId.Event,
  s: HeaderId.Subject,
  e: HeaderId.ContentEncoding,
  r: HeaderId.ReferTo,
  b: HeaderId.ReferredBy,
  u: HeaderId.AllowEvents,
  x: HeaderId.SessionExpires,
}

interface Candidate {
  readonly id: HeaderId
  readonly lower: string
  readonly next: Candidate | undefined
}

const longest = 32
/** Candidates by length and first letter, so that a name is compared with one or two others at most. */
const candidates: (Candidate | undefined)[] = new Array(longest * 32).fill(undefined)
for (const [key, name] of Object.entries(headerNames)) add(name.toLowerCase(), Number(key) as HeaderId)
for (const [name, id] of Object.entries(compactNames)) add(name, id)

function add(lower: string, id: HeaderId): void {
  const at = lower.length * 32 + (lower.charCodeAt(0) & 31)
  candidates[at] = { id, lower, next: candidates[at] }
}

/** The header named by `text` from `start` to `end`; 0 if it is none of ours. The range must hold token characters only. */
export function headerIdAt(text: string, start: number, end: number): HeaderId {
  const length = end - start
  if (length === 0 || length >= longest) return HeaderId.Other
  let candidate = candidates[length * 32 + (text.charCodeAt(start) & 31)]
  while (candidate !== undefined) {
    if (sameName(text, start, candidate.lower)) return candidate.id
    candidate = candidate.next
  }
  return HeaderId.Other
}

/** Whether `lower` stands at `start`, in any case. `lower` holds lower-case letters and hyphens. */
export function sameName(text: string, start: number, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    // 0x20 makes a letter lower case and leaves a hyphen as it is; no other token character becomes one of these.
    if ((text.charCodeAt(start + i) | 0x20) !== lower.charCodeAt(i)) return false
  }
  return true
}

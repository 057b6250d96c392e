/** The body of a NOTIFY of package reg: application/reginfo+xml (RFC 3680 §5). Pure. */
import type { Binding } from '../registrar/binding.ts'
import { wireText } from '../sip/message/address-of-record.ts'
import { ParamCursor, readParamAt } from '../sip/message/params.ts'
import { type ContactEvent, contactId, type PendingEvents } from './contact-event.ts'

export const reginfoType = 'application/reginfo+xml'

export interface Reginfo {
  /** One more with each document of a subscription, the first is 0. */
  version: number
  /** `full`: all that the line holds, and what ended since the last document. `partial`: only what changed. */
  state: 'full' | 'partial'
  /** Address of the line, as `aorOf` gives it. */
  aor: string
  lineId: number
  /** What the line holds, as stored; what has run out is passed over. */
  bindings: readonly Binding[]
  changed: PendingEvents
  /** Contacts ended of which nothing is known any more. */
  forgotten: boolean
  /** Epoch ms. */
  now: number
}

/** Characters of a document beyond which the parameters of further contacts are left out: over UDP it is one datagram. */
const mostText = 4096

/** The document as one character a byte. */
export function reginfoBody({ version, state, aor, lineId, bindings, changed, forgotten, now }: Reginfo): string {
  const held = new Map<string, ContactEvent>()
  for (const binding of bindings) {
    if (binding.expiresAt <= now) continue
    const id = contactId(binding)
    const news = changed.get(id)
    held.set(id, { id, binding, state: 'active', event: news?.state === 'active' ? news.event : 'registered' })
  }
  const told = new Map(state === 'full' ? held : [])
  let ended = forgotten
  for (const [id, event] of changed) {
    if (event.state === 'terminated') ended = true
    // What changed may have run out, or been renewed, since.
    const live = held.get(id)
    if (event.state === 'active' && live === undefined) continue
    told.set(id, event.state === 'active' && live !== undefined ? live : event)
  }
  const registration = held.size > 0 ? 'active' : ended ? 'terminated' : 'init'
  let text =
    `<?xml version="1.0" encoding="UTF-8"?>\n<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="${version}" state="${state}">\n` +
    `<registration aor="${escaped(aor)}" id="a${lineId}" state="${registration}">\n`
  for (const event of told.values()) text += contact(event, now, text.length > mostText)
  return Buffer.from(`${text}</registration>\n</reginfo>\n`).toString('latin1')
}

/** The address-of-record as a URI; `username` a JavaScript string, escaped where a URI needs it (RFC 3261 §25.1, user). */
export function aorOf(username: string, domain: string): string {
  let user = ''
  for (const byte of Buffer.from(username)) {
    const char = String.fromCharCode(byte)
    user += byte < 127 && userCharacters.includes(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return `sip:${user}@${domain}`
}
const userCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/"

function contact({ id, binding, state, event }: ContactEvent, now: number, short: boolean): string {
  const left = state === 'active' ? ` expires="${Math.ceil((binding.expiresAt - now) / 1000)}"` : ''
  const bound = Math.max(0, Math.floor((now - binding.boundAt) / 1000))
  const q = binding.q === 1000 ? '' : ` q="${binding.q / 1000}"`
  return (
    `<contact id="${id}" state="${state}" event="${event}"${left} duration-registered="${bound}"${q}` +
    ` callid="${escaped(wireText(binding.callId))}" cseq="${binding.cseq}">\n` +
    `<uri>${escaped(wireText(binding.uri))}</uri>\n${short ? '' : unknownParams(binding.echo)}</contact>\n`
  )
}

const cursor = new ParamCursor()

/** The contact's parameters that RFC 3261 does not have, with their values as they were sent, quotes and all. */
function unknownParams(params: string): string {
  let rows = ''
  for (let at = 0; at < params.length && params.charCodeAt(at) === 59; at = cursor.end) {
    if (!readParamAt(params, at, params.length, cursor)) return rows
    const name = params.substring(cursor.nameStart, cursor.nameEnd)
    if (name === '' || name.toLowerCase() === 'q') continue
    const value = params.substring(cursor.valueStart, cursor.valueEnd)
    rows += `<unknown-param name="${escaped(wireText(name))}">${escaped(wireText(value))}</unknown-param>\n`
  }
  return rows
}

/** Text for an attribute or an element; what XML 1.0 cannot hold becomes U+FFFD. */
function escaped(text: string): string {
  let out = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const instead = escapeOf(text.charCodeAt(at))
    if (instead === '') continue
    out += text.substring(from, at) + instead
    from = at + 1
  }
  return from === 0 ? text : out + text.substring(from)
}

function escapeOf(code: number): string {
  switch (code) {
    case 0x26:
      return '&amp;'
    case 0x3c:
      return '&lt;'
    case 0x3e:
      return '&gt;'
    case 0x22:
      return '&quot;'
    case 0x27:
      return '&apos;'
    // An attribute's tab would be read as a blank.
    case 9:
      return '&#9;'
    case 0xfffe:
    case 0xffff:
      return '\uFFFD'
    default:
      return code < 32 ? '\uFFFD' : ''
  }
}

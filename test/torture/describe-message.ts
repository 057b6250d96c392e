/** Reads a torture message the way the server does, every header that it looks at, and says in one line what became of it. */
import { readdirSync, readFileSync } from 'node:fs'
import { readDigest } from '../../server/sip/digest/credentials.ts'
import { buildResponse } from '../../server/sip/message/build-response.ts'
import { readContacts } from '../../server/sip/message/contact.ts'
import { readExpires } from '../../server/sip/message/expires.ts'
import { HeaderId } from '../../server/sip/message/header-name.ts'
import { readNameAddr, tagOf } from '../../server/sip/message/name-addr.ts'
import { parseDatagram } from '../../server/sip/message/parse.ts'
import { readUri } from '../../server/sip/message/uri.ts'
import { readVias } from '../../server/sip/message/via.ts'

export function fixture(folder: string, name: string): Buffer {
  return readFileSync(new URL(`${folder}/${name}.dat`, import.meta.url))
}

export function allFixtures(): { name: string; bytes: Buffer }[] {
  return ['rfc4475', 'rfc5118'].flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, import.meta.url))
      .filter((file) => file.endsWith('.dat'))
      .map((file) => ({ name: file, bytes: fixture(folder, file.slice(0, -4)) })),
  )
}

export function describeMessage(bytes: Buffer): string {
  const message = parseDatagram(bytes, bytes.length)
  if (message.kind === 'keepalive') return `keepalive ${message.what}`
  if (message.kind === 'parse-error') {
    if (message.request !== undefined)
      buildResponse(message.request, 400, 'Bad Request', { remoteIp: '192.0.2.1', remotePort: 5060 }, 'tag', '')
    return `${message.reason} ${message.answer ?? 'silence'}`
  }
  const to = readNameAddr(message.first(HeaderId.To) ?? '')
  const from = readNameAddr(message.first(HeaderId.From) ?? '')
  if (from !== undefined) tagOf(from)
  const contacts = readContacts(message.all(HeaderId.Contact))
  const vias = readVias(message.all(HeaderId.Via))
  readExpires(message.first(HeaderId.Expires) ?? '')
  readDigest(message.first(HeaderId.Authorization) ?? '')
  const rest = `to=${to === undefined ? 'bad' : (readUri(to.uri)?.scheme ?? 'bad')}`
  const tail = `contacts=${typeof contacts === 'string' ? contacts : contacts.length} vias=${vias?.length ?? 'bad'}`
  if (message.kind === 'response') return `${message.status} ${rest} ${tail}`
  buildResponse(message, 200, 'OK', { remoteIp: '2001:db8::1', remotePort: 5060 }, 'tag', '')
  const scheme = readUri(message.uri)?.scheme ?? 'bad'
  return `${message.method} ${rest} ${scheme === 'sip' ? '' : `uri=${scheme} `}${tail}`
}

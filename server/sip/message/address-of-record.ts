/** The user part under which a line is looked up (RFC 3261 §10.3 step 5). */
import { readParam } from './params.ts'
import { bareNumber, type Uri, unescapeUser } from './uri.ts'

/**
 * User of the address-of-record: unescaped, user parameters (`;phone-context=…`) dropped, lower case, as a JavaScript string.
 * A tel URI and a sip URI with `user=phone` give their number without visual separators: they are one address. undefined if the URI has no user.
 */
export function aorUser(uri: Uri): string | undefined {
  if (uri.scheme === 'other') return undefined
  if (uri.scheme === 'tel') return bareNumber(uri.number).toLowerCase()
  if (uri.user === undefined) return undefined
  const semicolon = uri.user.indexOf(';')
  const user = wireText(unescapeUser(semicolon > 0 ? uri.user.substring(0, semicolon) : uri.user)).toLowerCase()
  return uri.params !== '' && readParam(uri.params, 'user')?.toLowerCase() === 'phone' ? bareNumber(user) : user
}

/** Text of the wire (one character a byte) as it was meant: UTF-8 where it is valid UTF-8, else as it is. */
export function wireText(text: string): string {
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) > 127) {
      const decoded = Buffer.from(text, 'latin1').toString('utf8')
      return decoded.includes('\uFFFD') ? text : decoded
    }
  }
  return text
}

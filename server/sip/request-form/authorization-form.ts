/** The parts of a digest's answer that change, and where its nonce stands (RFC 7616 §3.4). Hot path: known-renewals.bench.ts. */
import { nonceLength } from '../digest/nonce.ts'
import { hashUpTo } from './form-hash.ts'
import { CR, four, isInQuotes, isToken, LF, SP } from './form-text.ts'
import type { RequestForm } from './request-form.ts'

const QUOTE = 34
const COMMA = 44
const EQUALS = 61
const authorizationMiddle = four('oriz')
const authorizationEnd = four('atio')
const digest = four('n: D')
const digestEnd = four('iges')
const noncWord = four('nonc')
const cnonWord = four('cnon')
const respWord = four('resp')
/** Makes small letters of capitals. */
const small = 0x20202020

/** Reads the row that begins at `at` with `Auth`; answers where its line ends, -1 if it is written in another way. */
export function readAuthorization(view: DataView, bytes: Uint8Array, at: number, end: number, form: RequestForm): number {
  if (
    view.getInt32(at + 4, true) !== authorizationMiddle ||
    view.getInt32(at + 8, true) !== authorizationEnd ||
    view.getInt32(at + 12, true) !== digest ||
    view.getInt32(at + 16, true) !== digestEnd ||
    (bytes[at + 20] as number) !== 116 ||
    (bytes[at + 21] as number) !== SP
  )
    return -1
  form.nonceStart = 0
  form.countStart = 0
  form.cnonceStart = 0
  form.responseStart = 0
  let i = at + 22
  for (;;) {
    while (i < end && ((bytes[i] as number) === SP || (bytes[i] as number) === COMMA)) i++
    if (i + 8 > end) return -1
    if ((bytes[i] as number) === CR) {
      if ((bytes[i + 1] as number) !== LF) return -1
      if (form.nonceStart === 0 || form.countStart === 0 || form.cnonceStart === 0 || form.responseStart === 0) return -1
      return i
    }
    const name = i
    const word = view.getInt32(name, true)
    while (i < end && isToken[bytes[i] as number] === 1) i++
    const nameEnd = i
    if (nameEnd === name || i >= end || (bytes[i] as number) !== EQUALS) return -1
    i++
    const isQuoted = i < end && (bytes[i] as number) === QUOTE
    if (isQuoted) i++
    const value = i
    switch (nameEnd - name) {
      case 2:
        // nc; a name in other letters the parser would take for the same.
        if (((word & 0xffff) | 0x2020) !== 0x636e) break
        if ((word & 0xffff) !== 0x636e) return -1
        if (form.countStart !== 0) return -1
        while (i < end && isToken[bytes[i] as number] === 1) i++
        if (i - value !== 8) return -1
        form.countStart = value
        hashUpTo(view, bytes, value, i)
        break
      case 6:
        if ((word | small) !== cnonWord) break
        if (word !== cnonWord || bytes[name + 4] !== 99 || bytes[name + 5] !== 101) return -1
        if (form.cnonceStart !== 0 || !isQuoted) return -1
        while (i < end && isInQuotes[bytes[i] as number] === 1) i++
        form.cnonceStart = value
        form.cnonceEnd = i
        if (i === value) return -1
        hashUpTo(view, bytes, value, i)
        break
      case 8:
        if ((word | small) !== respWord) break
        if (word !== respWord) return -1
        if (form.responseStart !== 0) return -1
        // An MD5 digest as nearly all are; whoever uses it looks at its characters.
        if (bytes[value + 32] === QUOTE && value + 32 < end) i = value + 32
        else while (i < end && isToken[bytes[i] as number] === 1) i++
        form.responseStart = value
        form.responseEnd = i
        hashUpTo(view, bytes, value, i)
        break
      case 5:
        if ((word | small) === noncWord) {
          if (word !== noncWord) return -1
          if (form.nonceStart !== 0 || !isQuoted) return -1
          form.nonceStart = value
          // One of ours; whoever uses it looks at its characters.
          if (value + nonceLength >= end || bytes[value + nonceLength] !== QUOTE) return -1
          i = value + nonceLength
          hashUpTo(view, bytes, value, i)
        }
        break
    }
    // To the end of the value: what stays the same is looked at no closer.
    if (isQuoted) {
      while (i < end && (bytes[i] as number) !== QUOTE) {
        if ((bytes[i] as number) < SP) return -1
        i++
      }
      if (i >= end) return -1
      i++
    } else {
      while (i < end && isToken[bytes[i] as number] === 1) i++
    }
  }
}

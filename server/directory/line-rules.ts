/** What numbers, user names, passwords and addresses may look like. Every check gives what is wrong as the end of "… ", or undefined. */
import { isIP } from 'node:net'
import type { LineType } from './line-type.ts'
import { typeRegisters } from './line-type.ts'

export function whyNotCircleNumber(text: string): string | undefined {
  return /^\d{10}$/.test(text) ? undefined : 'must be 10 digits'
}

export function whyNotLineNumber(text: string): string | undefined {
  return /^[0-9+*#]{1,32}$/.test(text) ? undefined : 'must be 1 to 32 of the characters 0-9 + * #'
}

/** A colon would make the digest's hash ambiguous (RFC 7616 §3.4.2), the others break a name-addr. */
export function whyNotUsername(text: string): string | undefined {
  if (text.length < 1 || text.length > 64) return 'must have 1 to 64 characters'
  return /[\s\p{C}\ufffd":<>\\]/u.test(text) ? 'must not hold spaces or any of " : < > \\' : undefined
}

/** Taken as it is: 1–128 printable characters. */
export function whyNotSipPassword(text: string): string | undefined {
  if (text === '' || text.length > 256 || [...text].length > 128) return 'must have 1 to 128 characters'
  return hasUnprintable(text) ? 'must hold printable characters only' : undefined
}

export function whyNotPortalPassword(text: string): string | undefined {
  if (text.length < 1 || text.length > 200) return 'must have 1 to 200 characters'
  return hasUnprintable(text) ? 'must hold printable characters only' : undefined
}

export function whyNotLogin(text: string): string | undefined {
  if (text.length < 1 || text.length > 64) return 'must have 1 to 64 characters'
  return /[\s\p{C}\ufffd]/u.test(text) ? 'must not hold spaces' : undefined
}

/** Names, departments, notes. */
export function whyNotText(text: string, most: number): string | undefined {
  if (text.length > most) return `must not have more than ${most} characters`
  if (text.includes('\ufffd')) return 'holds bytes that are not UTF-8'
  return hasUnprintable(text) ? 'must hold printable characters only' : undefined
}

export function whyNotIpAddress(text: string): string | undefined {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  return family !== 0 && fits && rest.length === 0 ? undefined : 'must be an IP address or network'
}

export function whyNotDay(text: string): string | undefined {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? 'must be a day such as 2027-03-31' : undefined
}

function hasUnprintable(text: string): boolean {
  return /[\p{Cc}\p{Cs}\u2028\u2029\ufffd]/u.test(text)
}

/** Only trunks may prove themselves by their address. */
export function mayAuthenticateByAddress(type: LineType): boolean {
  return type === 'sip-trunk' || type === 'sip-trunk-2'
}

/** Whether a phone signs in to this line with a password, so that there must be one. */
export function signsInByPassword(type: LineType, auth: 'password' | 'ip'): boolean {
  return typeRegisters(type) && auth === 'password'
}

/** A sentence's end ("is …") if a given SIP password is easily guessed, else undefined. It is taken all the same. */
export function whyWeak(password: string, names: readonly string[]): string | undefined {
  const lower = password.toLowerCase()
  if (names.some((name) => name !== '' && lower === name.toLowerCase())) return 'the same as the number or user name'
  if (password.length < 8) return 'shorter than 8 characters'
  if (/^\d+$/.test(password) && password.length < 16) return 'digits only'
  return new Set(lower).size < 4 ? 'made of fewer than 4 different characters' : undefined
}

/** The day of a moment (epoch ms) where this installation stands: YYYY-MM-DD. */
export function dayOf(at: number): string {
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

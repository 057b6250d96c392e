/** The kinds of value a setting may have, and how a text is told wrong. */
import { accessSync, constants, statSync } from 'node:fs'
import { isIP } from 'node:net'

export type SettingKind =
  | 'path'
  | 'file'
  | 'domain'
  | 'address'
  | 'addresses'
  | 'port'
  | 'seconds'
  | 'roles'
  | 'url'
  | 'yes-no'
  | 'text'
  | 'log-level'
  | 'password'

/** What the value must be instead, as the end of a sentence ("must be …"), or undefined if it is right. */
export function whyWrong(kind: SettingKind, text: string): string | undefined {
  switch (kind) {
    case 'path':
    case 'text':
    case 'password':
      return undefined
    case 'file':
      return readable(text) ? undefined : 'a file that this program can read'
    case 'domain':
      return /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text) || isIP(text) === 4
        ? undefined
        : 'a domain name such as sip.example.jp'
    case 'address':
      return isIP(text) !== 0 || text === 'localhost' ? undefined : 'an IP address such as 0.0.0.0 or 127.0.0.1'
    case 'addresses':
      return splitList(text).every(isNetwork) ? undefined : 'IP addresses or networks such as 10.0.0.0/8, with commas between'
    case 'port':
      return isWhole(text, 0, 65535) ? undefined : 'a port number from 0 to 65535'
    case 'seconds':
      return isWhole(text, 1, 86400) ? undefined : 'a whole number of seconds from 1 to 86400'
    case 'roles':
      return splitList(text).length > 0 && splitList(text).every((role) => role === 'sip' || role === 'web')
        ? undefined
        : 'sip, web or sip,web'
    case 'url':
      return isHttpUrl(text) ? undefined : 'an address such as https://portal.example.jp'
    case 'yes-no':
      return readYesNo(text) === undefined ? 'yes or no' : undefined
    case 'log-level':
      return ['debug', 'info', 'warn', 'error', 'silent'].includes(text) ? undefined : 'debug, info, warn, error or silent'
  }
}

export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/** Undefined if the text means neither. */
export function readYesNo(text: string): boolean | undefined {
  const lower = text.toLowerCase()
  if (['yes', 'true', '1', 'on'].includes(lower)) return true
  if (['no', 'false', '0', 'off'].includes(lower)) return false
  return undefined
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || isWhole(bits, 0, family === 4 ? 32 : 128)
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.search === '' && url.hash === ''
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

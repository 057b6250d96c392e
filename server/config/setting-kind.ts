/** The kinds of value a setting may have, and how a text is told wrong. */
import { accessSync, constants, statSync } from 'node:fs'
import { isIP } from 'node:net'

export type SettingKind =
  | 'path'
  | 'file'
  | 'domain'
  | 'domains'
  | 'jitter'
  | 'route'
  | 'address'
  | 'hosts'
  | 'origins'
  | 'count'
  | 'addresses'
  | 'port'
  | 'seconds'
  | 'seconds-or-off'
  | 'roles'
  | 'url'
  | 'yes-no'
  | 'text'
  | 'log-level'
  | 'durability'
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
      return isDomain(text) ? undefined : 'a domain name such as sip.example.jp'
    case 'domains':
      return splitList(text).every(isDomain) ? undefined : 'domain names such as sip.example.jp, with commas between'
    case 'jitter':
      return isWhole(text, 0, 20) ? undefined : 'a whole number of percent from 0 to 20'
    case 'route':
      return splitList(text).every((hop) => /^<sips?:[^<>"\s;?]+(;[^<>"\s;?]+)*;lr(;[^<>"\s;?]+)*>$/i.test(hop))
        ? undefined
        : 'a route such as <sip:edge.example.jp;lr>, or several with commas between'
    case 'address':
      return isIP(text) !== 0 || text === 'localhost' ? undefined : 'an IP address such as 0.0.0.0 or 127.0.0.1'
    case 'hosts':
      return splitList(text).length > 0 && splitList(text).every((host) => isIP(host) !== 0 || host === 'localhost')
        ? undefined
        : 'an IP address such as 0.0.0.0 or ::, or several with commas between'
    case 'origins':
      return splitList(text).every((origin) => origin === '*' || /^[a-z][a-z0-9+.-]*:\/\/[^/\s]+$/i.test(origin))
        ? undefined
        : 'origins such as https://phone.example.jp, with commas between'
    case 'count':
      return isWhole(text, 1, 999_999) ? undefined : 'a whole number from 1 to 999999'
    case 'addresses':
      return splitList(text).every(isNetwork) ? undefined : 'IP addresses or networks such as 10.0.0.0/8, with commas between'
    case 'port':
      return isWhole(text, 0, 65535) ? undefined : 'a port number from 0 to 65535'
    case 'seconds':
      return isWhole(text, 1, 86400) ? undefined : 'a whole number of seconds from 1 to 86400'
    case 'seconds-or-off':
      return isWhole(text, 0, 86400) ? undefined : 'a whole number of seconds up to 86400; 0 for off'
    case 'roles':
      return splitList(text).length > 0 && splitList(text).every((role) => role === 'sip' || role === 'web')
        ? undefined
        : 'sip, web or sip,web'
    case 'url':
      return isHttpUrl(text) ? undefined : 'an address such as https://portal.example.jp'
    case 'yes-no':
      return readYesNo(text) === undefined ? 'yes or no' : undefined
    case 'durability':
      return text === 'crash' || text === 'power' ? undefined : 'crash or power'
    case 'log-level':
      return ['debug', 'info', 'warn', 'error', 'silent'].includes(text) ? undefined : 'debug, info, warn, error or silent'
  }
}

function isDomain(text: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text) || isIP(text) === 4
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

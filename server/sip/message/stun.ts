/**
 * A STUN Binding request on the SIP port and its answer (RFC 8489 §5 to §7, RFC 5626 §3.5.2): how a phone behind a NAT keeps its way open
 * and learns its own address. Total: what is not a plain, whole request gets no answer; the answer is 12 bytes longer for IPv4.
 */
import { crc32 } from 'node:zlib'

const headSize = 20
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const magicCookie = 0x2112_a442
const xorMappedAddress = 0x0020
const fingerprint = 0x8028
const fingerprintMask = 0x5354_554e
/** Attributes below must be understood (§14); of those a plain keepalive has none. */
const mayBeIgnored = 0x8000

/**
 * The answer to `length` bytes of `bytes` from `start` on, which came from `ip` (without brackets) and `port`; undefined for silence: to
 * what is no Binding request, is damaged, or asks for what we do not understand.
 */
export function answerStun(bytes: Buffer, start: number, length: number, ip: string, port: number): Buffer | undefined {
  if (length < headSize || bytes.readUInt16BE(start) !== bindingRequest || bytes.readUInt32BE(start + 4) !== magicCookie) return undefined
  if (bytes.readUInt16BE(start + 2) !== length - headSize) return undefined
  const wish = readAttributes(bytes, start, length)
  const address = addressBytes(ip)
  if (wish === 'silence' || address === undefined) return undefined

  const bodySize = 8 + address.length + (wish === 'fingerprint' ? 8 : 0)
  const answer = Buffer.alloc(headSize + bodySize)
  answer.writeUInt16BE(bindingSuccess, 0)
  answer.writeUInt16BE(bodySize, 2)
  bytes.copy(answer, 4, start + 4, start + headSize)
  answer.writeUInt16BE(xorMappedAddress, headSize)
  answer.writeUInt16BE(4 + address.length, headSize + 2)
  answer[headSize + 5] = address.length === 4 ? 1 : 2
  answer.writeUInt16BE((port ^ (magicCookie >>> 16)) & 0xffff, headSize + 6)
  // Cookie and transaction id lie one behind the other, as the exclusive or needs them (§14.2).
  for (let at = 0; at < address.length; at++) answer[headSize + 8 + at] = (address[at] ?? 0) ^ (answer[4 + at] ?? 0)
  if (wish === 'fingerprint') {
    const at = headSize + bodySize - 8
    answer.writeUInt16BE(fingerprint, at)
    answer.writeUInt16BE(4, at + 2)
    answer.writeUInt32BE(fingerprintOf(answer, 0, at), at + 4)
  }
  return answer
}

function readAttributes(bytes: Buffer, start: number, length: number): 'plain' | 'fingerprint' | 'silence' {
  const end = start + length
  let at = start + headSize
  while (at < end) {
    if (end - at < 4) return 'silence'
    const type = bytes.readUInt16BE(at)
    const size = bytes.readUInt16BE(at + 2)
    const next = at + 4 + size + ((4 - (size & 3)) & 3)
    if (type < mayBeIgnored || next > end) return 'silence'
    if (type === fingerprint) {
      // It is the last one, and covers all before it (§14.7).
      const right = size === 4 && next === end && bytes.readUInt32BE(at + 4) === fingerprintOf(bytes, start, at)
      return right ? 'fingerprint' : 'silence'
    }
    at = next
  }
  return 'plain'
}

function fingerprintOf(bytes: Buffer, start: number, end: number): number {
  return (crc32(bytes.subarray(start, end)) ^ fingerprintMask) >>> 0
}

/** 4 or 16 bytes of an address as the system writes it, a zone at its end left out; undefined if it is none. */
function addressBytes(ip: string): Uint8Array | undefined {
  if (!ip.includes(':')) return ipv4Bytes(ip)
  const zone = ip.indexOf('%')
  let text = zone < 0 ? ip : ip.slice(0, zone)
  const lastColon = text.lastIndexOf(':')
  if (text.includes('.', lastColon)) {
    const tail = ipv4Bytes(text.slice(lastColon + 1))
    if (tail === undefined) return undefined
    const [a = 0, b = 0, c = 0, d = 0] = tail
    text = `${text.slice(0, lastColon + 1)}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
  }
  const gap = text.indexOf('::')
  const head = groupsOf(gap < 0 ? text : text.slice(0, gap))
  const tail = gap < 0 ? [] : groupsOf(text.slice(gap + 2))
  if (gap < 0 ? head.length !== 8 : head.length + tail.length > 7) return undefined
  const out = new Uint8Array(16)
  const put = (groups: readonly number[], from: number) => {
    groups.forEach((group, at) => {
      out[2 * (from + at)] = group >> 8
      out[2 * (from + at) + 1] = group & 255
    })
  }
  put(head, 0)
  put(tail, 8 - tail.length)
  return [...head, ...tail].every((group) => group >= 0 && group <= 0xffff) ? out : undefined
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => (group === '' ? -1 : Number.parseInt(group, 16)))
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const out = new Uint8Array(4)
  for (let at = 0; at < 4; at++) {
    const part = Number(parts[at])
    if (!Number.isInteger(part) || part < 0 || part > 255) return undefined
    out[at] = part
  }
  return out
}

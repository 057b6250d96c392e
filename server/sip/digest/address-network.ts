/**
 * Which network a packet came from, as two words: an IPv4 address whole, of IPv6 the first 64 bits, since a phone changes the rest at
 * will. Hot path: digest-verify.bench.ts.
 */

/** The network that was read last. */
export const networkWords = new Int32Array(2)

/** Value of a hex digit by its character code, 255 for any other character. */
export const hexDigit = new Uint8Array(256).fill(255)
for (let value = 0; value < 16; value++) {
  hexDigit[value.toString(16).charCodeAt(0)] = value
  hexDigit[value.toString(16).toUpperCase().charCodeAt(0)] = value
}

/** Writes an IPv4 address, or the first 64 bits of an IPv6 one, into networkWords; `::ffff:1.2.3.4` counts as IPv4. */
export function readNetwork(ip: string): void {
  const dotted = ip.indexOf('.') > 0
  if (dotted && (ip.indexOf(':') < 0 || isMapped(ip))) {
    let value = 0
    let part = 0
    for (let at = ip.lastIndexOf(':') + 1; at < ip.length; at++) {
      const code = ip.charCodeAt(at)
      if (code === 46) {
        value = (value << 8) | (part & 255)
        part = 0
      } else part = part * 10 + code - 48
    }
    networkWords[0] = (value << 8) | (part & 255)
    // Tells 1.2.3.4 from the network 102:304::/64.
    networkWords[1] = -1
    return
  }
  let group = 0
  let value = 0
  const groups = [0, 0, 0, 0]
  for (let at = 0; at < ip.length && group < 4; at++) {
    const code = ip.charCodeAt(at)
    if (code === 58) {
      groups[group++] = value
      value = 0
      if (ip.charCodeAt(at + 1) === 58) {
        skipZeros(ip, at + 2, group, groups)
        group = 5
      }
    } else value = (value << 4) | (hexDigit[code & 255] as number)
  }
  networkWords[0] = ((groups[0] as number) << 16) | (groups[1] as number)
  networkWords[1] = ((groups[2] as number) << 16) | (groups[3] as number)
}

/** Fills in what stands behind `::` as far as it reaches into the first four groups. */
function skipZeros(ip: string, from: number, group: number, groups: number[]): void {
  const percent = ip.indexOf('%', from)
  const rest = percent < 0 ? ip.substring(from) : ip.substring(from, percent)
  if (rest === '') return
  const parts = rest.split(':')
  const first = 8 - parts.length
  for (let i = 0; i < parts.length && first + i < 4; i++) {
    if (first + i >= group) groups[first + i] = Number.parseInt(parts[i] as string, 16) & 0xffff
  }
}

function isMapped(ip: string): boolean {
  return ip.length > 7 && ip.substring(0, 7).toLowerCase() === '::ffff:'
}

/** The network read last as text: an IPv4 address, or `2001:db8:0:1::/64`; reading that again gives the same words. */
export function networkText(): string {
  const high = (networkWords[0] as number) >>> 0
  const low = (networkWords[1] as number) >>> 0
  if (low === 0xffffffff) return `${high >>> 24}.${(high >>> 16) & 255}.${(high >>> 8) & 255}.${high & 255}`
  return `${hex(high >>> 16)}:${hex(high & 0xffff)}:${hex(low >>> 16)}:${hex(low & 0xffff)}::/64`
}

function hex(value: number): string {
  return value.toString(16)
}

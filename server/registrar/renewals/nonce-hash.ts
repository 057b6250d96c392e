/** Whether a nonce is the very one of last time, by 64 bits over all of its characters. Hot path: known-renewals.bench.ts. */
import { nonceLength } from '../../sip/digest/nonce.ts'

/** Of the last `hashNonce`. */
export const nonceHash = { low: 0, high: 0 }

/** Hashes the characters of a nonce of ours that begins at `start`. No proof of anything: whose nonce it is was found out when it came first. */
export function hashNonce(bytes: DataView, start: number): void {
  let low = 0x2c1b3c6d
  let high = 0x297a2d39
  for (let at = start; at < start + nonceLength - 2; at += 4) {
    const word = bytes.getInt32(at, true)
    low = Math.imul(low ^ word, 0x5bd1e995)
    low ^= low >>> 15
    high = Math.imul((high + word) ^ (high >>> 13), 0x1b56c4e9)
  }
  const rest = bytes.getUint16(start + nonceLength - 2, true)
  nonceHash.low = Math.imul(low ^ rest, 0x5bd1e995) | 0
  nonceHash.high = Math.imul((high + rest) ^ (high >>> 13), 0x1b56c4e9) | 0
}

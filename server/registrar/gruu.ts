/**
 * Addresses that reach one device of a line wherever it is (RFC 5627). The public one is the address-of-record with the instance; the
 * temporary one is a sealed token that names line and device to nobody but us, so that none has to be remembered.
 */
import { createCipheriv, createDecipheriv, createHmac, hash, timingSafeEqual } from 'node:crypto'

/** What a temporary GRUU stands for: a device of a line, as long as it keeps the Call-ID it had (§5.1). */
export interface TemporaryGruu {
  lineId: number
  /** `deviceMark` of that device. */
  device: number
}

const prefix = 'tgruu.'
const sealedBytes = 16
const proofBytes = 10
/** A longer instance gets no GRUU: it would be told in every Contact of every answer. */
const longestInstance = 128

export class Gruus {
  readonly #sealKey: Buffer
  readonly #proofKey: Buffer
  readonly #domain: string
  readonly #random: (count: number) => Buffer

  /** `key`: 32 bytes, the same after a restart. `domain`: of the address-of-record. `random`: so many random bytes. */
  constructor(key: Buffer, domain: string, random: (count: number) => Buffer) {
    this.#sealKey = key.subarray(0, 16)
    this.#proofKey = key.subarray(16, 32)
    this.#domain = domain
    this.#random = random
  }

  /** Contact parameters with both addresses of one device, '' for a device that tells no instance. */
  parameters(username: string, lineId: number, instance: string, callId: string): string {
    if (instance === '' || instance.length > longestInstance) return ''
    const user = escaped(username)
    return `;pub-gruu="sip:${user}@${this.#domain};gr=${escaped(instance)}";temp-gruu="sip:${this.#temporary(lineId, instance, callId)}@${this.#domain};gr"`
  }

  /** What the user part of a URI stands for, if it is a temporary GRUU of ours. */
  read(user: string): TemporaryGruu | undefined {
    if (!user.startsWith(prefix)) return undefined
    const token = Buffer.from(user.slice(prefix.length), 'hex')
    if (token.length !== sealedBytes + proofBytes) return undefined
    const sealed = token.subarray(0, sealedBytes)
    if (!timingSafeEqual(this.#proof(sealed), token.subarray(sealedBytes))) return undefined
    const opener = createDecipheriv('aes-128-ecb', this.#sealKey, null).setAutoPadding(false)
    const plain = Buffer.concat([opener.update(sealed), opener.final()])
    return { lineId: plain.readUInt32BE(8), device: plain.readUInt32BE(12) }
  }

  /** One block, random in its first half: no two look related, and a single block needs no other mode (§5.4, Appendix A.2). */
  #temporary(lineId: number, instance: string, callId: string): string {
    const plain = Buffer.alloc(sealedBytes)
    this.#random(8).copy(plain)
    plain.writeUInt32BE(lineId, 8)
    plain.writeUInt32BE(deviceMark(instance, callId), 12)
    const sealer = createCipheriv('aes-128-ecb', this.#sealKey, null).setAutoPadding(false)
    const sealed = Buffer.concat([sealer.update(plain), sealer.final()])
    return prefix + sealed.toString('hex') + this.#proof(sealed).toString('hex')
  }

  #proof(sealed: Buffer): Buffer {
    return createHmac('sha256', this.#proofKey).update(sealed).digest().subarray(0, proofBytes)
  }
}

/** Tells the devices of one line apart; another Call-ID is another mark, so that a restart ends all temporary GRUUs (§5.1). */
export function deviceMark(instance: string, callId: string): number {
  return hash('sha256', `${instance}\n${callId}`, 'buffer').readUInt32BE(0)
}

/** What may stand in a user part and in a parameter's value alike; the rest as %HH. */
function escaped(text: string): string {
  let out = ''
  for (const byte of Buffer.from(text)) {
    const char = String.fromCharCode(byte)
    out += byte < 127 && plain.includes(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return out
}
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()+&$/:"

/**
 * Secrets at rest: AES-256-GCM under a key that is kept outside the database. A box is bound to its owner and field, so that one
 * copied to another line does not open. Layout: key id (1 byte), IV (12), tag (16), ciphertext.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import type { Random } from '../runtime/random.ts'

export interface SecretKey {
  /** 1–255. */
  id: number
  /** 32 bytes. */
  key: Buffer
}

/** Which secret of whom: part of what the tag proves. */
export interface SecretPlace {
  owner: 'line' | 'login-server' | 'installation'
  id: number
  field: string
}

const ivLength = 12
const tagLength = 16
const headLength = 1 + ivLength + tagLength

/** The current key seals, every key opens. */
export class KeyRing {
  readonly #keys = new Map<number, KeyObject>()
  readonly #currentId: number
  readonly #random: Random

  /** The last of `keys` is the current one. */
  constructor(keys: readonly SecretKey[], random: Random) {
    const current = keys.at(-1)
    if (!current) throw new Error('a key ring needs a key')
    for (const { id, key } of keys) this.#keys.set(id, createSecretKey(key))
    this.#currentId = current.id
    this.#random = random
  }

  seal(secret: string, place: SecretPlace): Buffer {
    const key = this.#keys.get(this.#currentId) as KeyObject
    const iv = this.#random.bytes(ivLength)
    const cipher = createCipheriv('aes-256-gcm', key, iv)
    cipher.setAAD(boundTo(place))
    const text = cipher.update(secret, 'utf8')
    const rest = cipher.final()
    return Buffer.concat([Buffer.of(this.#currentId), iv, cipher.getAuthTag(), text, rest])
  }

  /** Undefined if the box was changed, belongs elsewhere, or was sealed under a key that is not here. */
  open(box: Buffer, place: SecretPlace): string | undefined {
    const key = this.#keys.get(box[0] ?? 0)
    if (!key || box.length < headLength) return undefined
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(1, 1 + ivLength), { authTagLength: tagLength })
      decipher.setAAD(boundTo(place))
      decipher.setAuthTag(box.subarray(1 + ivLength, headLength))
      return decipher.update(box.subarray(headLength), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      return undefined
    }
  }
}

function boundTo(place: SecretPlace): Buffer {
  return Buffer.from(`${place.owner}:${place.id}:${place.field}`)
}

/** Place of a line's SIP password. */
export function sipPasswordPlace(lineId: number): SecretPlace {
  return { owner: 'line', id: lineId, field: 'sip-password' }
}

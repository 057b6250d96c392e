import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { KeyRing, type SecretPlace, sipPasswordPlace } from './secret-box.ts'

const oldKey = { id: 1, key: Buffer.alloc(32, 1) }
const newKey = { id: 2, key: Buffer.alloc(32, 2) }
const ring = new KeyRing([oldKey], systemRandom)
const secrets = fc.string({ unit: 'grapheme', maxLength: 128 })

describe('a sealed secret', () => {
  it('opens where it was sealed', () => {
    fc.assert(
      fc.property(secrets, fc.nat(), (secret, id) => ring.open(ring.seal(secret, sipPasswordPlace(id)), sipPasswordPlace(id)) === secret),
    )
  })

  it('does not open for another line, owner or field', () => {
    const box = ring.seal('secret', sipPasswordPlace(7))
    const elsewhere: SecretPlace[] = [
      sipPasswordPlace(8),
      { owner: 'login-server', id: 7, field: 'sip-password' },
      { owner: 'line', id: 7, field: 'other' },
    ]
    expect(elsewhere.map((place) => ring.open(box, place))).toEqual([undefined, undefined, undefined])
  })

  it('does not open when any one bit was flipped', () => {
    const box = ring.seal('secret', sipPasswordPlace(7))
    for (let bit = 0; bit < box.length * 8; bit++) {
      const flipped = Buffer.from(box)
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(ring.open(flipped, sipPasswordPlace(7))).toBeUndefined()
    }
  })

  it('does not open when cut short, and no bytes at all make it throw', () => {
    const box = ring.seal('', sipPasswordPlace(7))
    for (let length = 0; length < box.length; length++) expect(ring.open(box.subarray(0, length), sipPasswordPlace(7))).toBeUndefined()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => ring.open(Buffer.from(bytes), sipPasswordPlace(7)) === undefined))
  })

  it('is never the same twice', () => {
    const boxes = Array.from({ length: 1000 }, () => ring.seal('secret', sipPasswordPlace(7)).toString('hex'))
    expect(new Set(boxes).size).toBe(1000)
  })

  it('still opens after the key was changed, and new ones are sealed under the new key', () => {
    const changed = new KeyRing([oldKey, newKey], systemRandom)
    expect(changed.open(ring.seal('secret', sipPasswordPlace(7)), sipPasswordPlace(7))).toBe('secret')
    expect(ring.open(changed.seal('secret', sipPasswordPlace(7)), sipPasswordPlace(7))).toBeUndefined()
  })
})

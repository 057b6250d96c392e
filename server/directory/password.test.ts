import { argon2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { systemRandom } from '../runtime/random.ts'
import { hashPassword, makePassword, verifyPassword } from './password.ts'

describe('a portal password', () => {
  it('is kept as an argon2id PHC string with a salt of its own', async () => {
    const [one, other] = await Promise.all([hashPassword('秘密 pass', systemRandom), hashPassword('秘密 pass', systemRandom)])
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
    expect(one).not.toBe(other)
  })

  it('is accepted when right and refused when wrong', async () => {
    const hash = await hashPassword('right', systemRandom)
    expect(await verifyPassword('right', hash)).toBe(true)
    expect(await Promise.all(['wrong', '', 'right ', 'Right'].map((password) => verifyPassword(password, hash)))).toEqual([
      false,
      false,
      false,
      false,
    ])
  })

  it('is verified at the cost that its hash names, so that older hashes stay good', async () => {
    const salt = Buffer.from('0123456789abcdef')
    const tag = argon2Sync('argon2id', { message: 'old', nonce: salt, memory: 64, passes: 1, parallelism: 1, tagLength: 16 })
    const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
    expect(await verifyPassword('old', `$argon2id$v=19$m=64,t=1,p=1$${text(salt)}$${text(tag)}`)).toBe(true)
  })

  it('is never accepted where there is none or the hash is not one of ours', async () => {
    const hashes = ['', 'x', '$argon2id$v=19$m=19456,t=2,p=1$$', `$argon2i$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`]
    expect(await Promise.all(hashes.map((hash) => verifyPassword('', hash)))).toEqual([false, false, false, false])
  })

  it('comes through when many sign in at once', async () => {
    const hash = await hashPassword('right', systemRandom)
    const answers = await Promise.all(Array.from({ length: 9 }, (_, i) => verifyPassword(i % 2 ? 'right' : 'wrong', hash)))
    expect(answers).toEqual([false, true, false, true, false, true, false, true, false])
  })
})

describe('a made password', () => {
  it('has 16 characters that nobody mistakes for one another, each as likely as the next', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 3500; i++) {
      const password = makePassword(systemRandom)
      expect(password).toMatch(/^[A-Za-z2-9]{16}$/)
      for (const character of password) counts.set(character, (counts.get(character) ?? 0) + 1)
    }
    expect([...'O0Il1'].filter((character) => counts.has(character))).toEqual([])
    const expected = (3500 * 16) / counts.size
    expect(counts.size).toBe(56)
    expect([...counts.values()].every((count) => Math.abs(count - expected) < expected / 4)).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { type NonceKey, Nonces } from './nonce.ts'

const now = 1_800_000_000_500
const hour = 3_600_000
const key = (id: number, byte = id): NonceKey => ({ id, key: Buffer.alloc(32, byte) })
const seed = Buffer.from('0011223344556677', 'hex')
const nonces = () => new Nonces({ current: key(1) }, hour, seed)

describe('a nonce', () => {
  it('is ours, fresh and of this address right after it was issued', () => {
    const made = nonces()
    const nonce = made.issue(now, '192.0.2.1')
    expect(nonce).toMatch(/^[0-9a-f]{50}$/)
    expect(made.check(nonce, now, '192.0.2.1')).toEqual({ ours: true, expired: false, sameAddress: true, id: nonce.substring(2, 34) })
    expect(made.check(nonce.toUpperCase(), now, '192.0.2.1')).toMatchObject({ ours: true, sameAddress: true })
  })

  it.each([[86_400_000], [-3_600_000]])('stays as good as it was when the clock is set by %i ms, after a restart too', (by) => {
    const made = nonces()
    const nonce = made.issue(now, '192.0.2.1')
    made.clockSet(by)
    expect(made.check(nonce, now + by + 1000, '192.0.2.1')).toMatchObject({ expired: false })
    expect(made.check(nonce, now + by + hour + 2000, '192.0.2.1')).toMatchObject({ expired: true })
    const again = nonces()
    again.clockSet(by)
    expect(again.check(nonce, now + by + 1000, '192.0.2.1')).toMatchObject({ expired: false })
  })

  it('is never issued twice, and has its own id each time, also when the low half of the number runs over', () => {
    const made = new Nonces({ current: key(1) }, hour, Buffer.from('fdffffff00000000', 'hex'))
    const seen = new Set<string>()
    for (let i = 0; i < 10; i++) {
      const check = made.check(made.issue(now, '192.0.2.1'), now, '192.0.2.1')
      if (check.ours) seen.add(check.id)
    }
    expect(seen.size).toBe(10)
  })

  it('trap 24: is written in letters that no phone trips over', () => {
    const nonces = new Nonces({ current: { id: 7, key: Buffer.alloc(32, 1) } }, 60_000, Buffer.alloc(8, 9))
    for (let at = 0; at < 100; at++) expect(nonces.issue(at * 1e10, `192.0.2.${at}`)).toMatch(/^[0-9a-f]{50}$/)
  })

  it('expires after its lifetime, and when the clock has been set far back', () => {
    const made = nonces()
    const nonce = made.issue(now, '192.0.2.1')
    expect(made.check(nonce, now + hour, '192.0.2.1')).toMatchObject({ ours: true, expired: false })
    expect(made.check(nonce, now + hour + 1000, '192.0.2.1')).toMatchObject({ ours: true, expired: true })
    expect(made.check(nonce, now - 60_000, '192.0.2.1')).toMatchObject({ ours: true, expired: false })
    expect(made.check(nonce, now - hour, '192.0.2.1')).toMatchObject({ ours: true, expired: true })
  })

  it.each([
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '::FFFF:192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.1', '192.1.2.1', false],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2::1', '2001:DB8:1:2::1', true],
    ['2001:db8::1', '2001:db8:0:0:5::', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '::2', true],
    ['::1', '1::', false],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['::5:0:0:0:1', '0:0:0:5::', true],
    ['192.0.2.1', 'c000:201::', false],
  ])('issued to %s and used from %s: same address %s', (issued, used, same) => {
    const made = nonces()
    expect(made.check(made.issue(now, issued), now, used)).toMatchObject({ ours: true, sameAddress: same })
  })

  it('does not show the address: the same address has another tag under another key', () => {
    const one = new Nonces({ current: key(1, 1) }, hour, seed).issue(now, '192.0.2.1')
    const other = new Nonces({ current: key(1, 2) }, hour, seed).issue(now, '192.0.2.1')
    expect(one.substring(10, 18)).not.toBe(other.substring(10, 18))
  })

  it('lives on over a restart and one rotation of the keys, not over two', () => {
    const nonce = nonces().issue(now, '192.0.2.1')
    const restarted = new Nonces({ current: key(1) }, hour, Buffer.alloc(8))
    expect(restarted.check(nonce, now, '192.0.2.1')).toMatchObject({ ours: true })
    restarted.rotate({ current: key(2), previous: key(1) })
    expect(restarted.check(nonce, now, '192.0.2.1')).toMatchObject({ ours: true })
    expect(restarted.issue(now, '192.0.2.1').startsWith('02')).toBe(true)
    restarted.rotate({ current: key(3), previous: key(2) })
    expect(restarted.check(nonce, now, '192.0.2.1')).toEqual({ ours: false })
  })

  it('is not ours with any one character changed', () => {
    const made = nonces()
    const nonce = made.issue(now, '192.0.2.1')
    for (let at = 0; at < nonce.length; at++) {
      for (const c of ['0', 'f', 'g', '\u0130']) {
        if (nonce[at] === c) continue
        expect(made.check(nonce.substring(0, at) + c + nonce.substring(at + 1), now, '192.0.2.1')).toEqual({ ours: false })
      }
    }
  })

  it.each(['', '0', '01', 'x'.repeat(50), '0'.repeat(50), '0'.repeat(5000)])('%j is not ours', (text) => {
    expect(nonces().check(text, now, '192.0.2.1')).toEqual({ ours: false })
  })

  it('needs a key of 32 bytes', () => {
    expect(() => new Nonces({ current: { id: 1, key: Buffer.alloc(16) } }, hour, seed)).toThrow(RangeError)
  })
})

it('a nonce is known in a packet exactly when its check says ours, fresh and of this address', () => {
  const one = new Nonces({ current: key(1) }, 60_000, seed)
  const nonce = one.issue(now, '192.0.2.1')
  const known = (text: string, at = now, ip = '192.0.2.1') => one.known(Buffer.from(`xx${text}`), 2, at, ip) !== 0
  expect(known(nonce)).toBe(true)
  expect(known(nonce.toUpperCase())).toBe(true)
  expect(known(nonce, now, '192.0.2.2')).toBe(false)
  expect(known(nonce, now + 62_000)).toBe(false)
  for (let at = 0; at < nonce.length; at++) {
    const changed = `${nonce.slice(0, at)}${nonce[at] === '7' ? '8' : '7'}${nonce.slice(at + 1)}`
    expect(known(changed)).toBe(false)
    expect(known(`${nonce.slice(0, at)}g${nonce.slice(at + 1)}`)).toBe(false)
  }
})

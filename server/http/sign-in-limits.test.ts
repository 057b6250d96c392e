import { expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { addressKey, openSignInLimits } from './sign-in-limits.ts'

test('a login that fails ten times waits until the oldest try is 15 minutes old: the window slides', () => {
  const clock = new FakeClock()
  const limits = openSignInLimits(clock)
  for (let i = 0; i < 10; i++) {
    expect(limits.begin('account a', `192.0.2.${i}`)).toBe(0)
    clock.advance(60_000)
  }
  expect(limits.begin('account a', '192.0.2.99')).toBe(5 * 60_000)
  expect(limits.begin('account b', '192.0.2.99')).toBe(0)
  clock.advance(5 * 60_000)
  expect(limits.begin('account a', '192.0.2.99')).toBe(0)
  expect(limits.begin('account a', '192.0.2.99')).toBe(60_000)
})

test('an address that tries fifty logins waits, whoever it tries next', () => {
  const limits = openSignInLimits(new FakeClock())
  for (let i = 0; i < 50; i++) expect(limits.begin(`account ${i}`, '2001:db8::1')).toBe(0)
  expect(limits.begin('account new', '2001:db8:0:0:ffff::2')).toBeGreaterThan(0)
  expect(limits.begin('account new', '2001:db8:0:1::2')).toBe(0)
})

test('a right password forgets the tries of its login, and counts for nothing at its address', () => {
  const limits = openSignInLimits(new FakeClock())
  for (let i = 0; i < 200; i++) {
    expect(limits.begin('account a', '192.0.2.1')).toBe(0)
    limits.succeeded('account a', '192.0.2.1')
  }
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::5', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s counts as %s', (ip, key) => {
  expect(addressKey(ip)).toBe(key)
})

import { describe, expect, test } from 'vitest'
import type { SipLogin } from '../../directory/directory.ts'
import { ha1 } from '../../sip/digest/verify.ts'
import { MemoryLineBook } from './line-book.ts'

function login(lineId: number, username: string, over: Partial<SipLogin> = {}): SipLogin {
  return {
    lineId,
    accountId: 1,
    circleId: 1,
    username,
    strong: false,
    maxContacts: 5,
    open: true,
    sealedPassword: Buffer.from(`pw-${username}`),
    ...over,
  }
}

function book() {
  let opened = 0
  const lines = new MemoryLineBook(
    ({ sealedPassword }) => {
      opened++
      return sealedPassword.length === 0 ? undefined : sealedPassword.toString()
    },
    login(0, ''),
    Buffer.alloc(32, 1),
  )
  return { lines, opened: () => opened }
}

describe('the line book', () => {
  test('finds a line by its user name in any case, and no other', () => {
    const { lines } = book()
    lines.put(login(1, 'Anna'))
    expect(lines.find('anna')?.lineId).toBe(1)
    expect(lines.find('ANNA')?.lineId).toBe(1)
    expect(lines.find('ann')).toBeUndefined()
  })

  test('a line with a new user name is no longer found under the old one', () => {
    const { lines } = book()
    lines.put(login(1, 'old'))
    lines.put(login(1, 'new'))
    expect([lines.find('old'), lines.find('new')?.lineId, lines.size]).toEqual([undefined, 1, 1])
  })

  test('two lines that swap their names are found under the new ones', () => {
    const { lines } = book()
    lines.put(login(1, 'a'))
    lines.put(login(2, 'b'))
    lines.put(login(1, 'b'))
    lines.put(login(2, 'a'))
    expect([lines.find('a')?.lineId, lines.find('b')?.lineId]).toEqual([2, 1])
  })

  test('for a name that nobody has opens a password every time, of one line after another, also when lines come and go', () => {
    const sealed: string[] = []
    const lines = new MemoryLineBook(
      ({ sealedPassword }) => {
        sealed.push(sealedPassword.toString())
        return sealedPassword.toString()
      },
      login(0, ''),
      Buffer.alloc(32, 1),
    )
    lines.nobody.ha1('MD5', 'x', 'r')
    for (let id = 1; id <= 5; id++) lines.put(login(id, `u${id}`))
    lines.remove(2)
    lines.put(login(3, 'u3'))
    for (let i = 0; i < 8; i++) expect(lines.nobody.isDerived('MD5', 'x', 'r')).toBe(lines.nobody.ha1('MD5', 'x', 'r') === '')
    expect(sealed[0]).toBe('pw-')
    expect([...new Set(sealed.slice(1))].sort()).toEqual(['pw-u1', 'pw-u3', 'pw-u4', 'pw-u5'])
    expect(sealed).toHaveLength(9)
    for (const id of [1, 3, 4, 5]) lines.remove(id)
    lines.nobody.ha1('MD5', 'x', 'r')
    expect(sealed.at(-1)).toBe('pw-')
  })

  test('opens a password once for the form of the name in use, and holds the HA1', () => {
    const { lines, opened } = book()
    lines.put(login(1, 'anna'))
    const anna = lines.find('anna')
    expect(anna?.isDerived('MD5', 'anna', 'sip.test')).toBe(false)
    expect(anna?.ha1('MD5', 'anna', 'sip.test')).toBe(ha1('MD5', 'anna', 'sip.test', 'pw-anna'))
    expect(anna?.ha1('MD5', 'anna', 'sip.test')).toBe(ha1('MD5', 'anna', 'sip.test', 'pw-anna'))
    expect(opened()).toBe(1)
    expect(anna?.ha1('MD5', 'anna@sip.test', 'sip.test')).toBe(ha1('MD5', 'anna@sip.test', 'sip.test', 'pw-anna'))
  })

  test('nobody costs the work of a first use every time', () => {
    const { lines, opened } = book()
    lines.nobody.ha1('MD5', 'x', 'sip.test')
    lines.nobody.ha1('MD5', 'x', 'sip.test')
    expect(opened()).toBe(2)
  })

  test('a new password is in force at once', () => {
    const { lines } = book()
    lines.put(login(1, 'anna'))
    lines.find('anna')?.ha1('MD5', 'anna', 'sip.test')
    lines.put(login(1, 'anna', { sealedPassword: Buffer.from('new') }))
    expect(lines.find('anna')?.ha1('MD5', 'anna', 'sip.test')).toBe(ha1('MD5', 'anna', 'sip.test', 'new'))
  })

  test('a password that cannot be opened lets nobody in', () => {
    const { lines } = book()
    lines.put(login(1, 'anna', { sealedPassword: Buffer.alloc(0) }))
    expect(lines.find('anna')?.ha1('MD5', 'anna', 'sip.test')).toBe('-')
  })

  test('what an unknown name looks like rests on the key alone, so that a restart does not change it', () => {
    const names = Array.from({ length: 200 }, (_, at) => `unknown-${at}`)
    const looks = () => {
      const { lines } = book()
      for (let id = 1; id <= 10; id++) lines.put(login(id, `line-${id}`, { strong: id <= 5 }))
      return names.map((name) => lines.nobodyIsStrong(name))
    }
    expect(looks()).toEqual(looks())
    expect(new Set(looks()).size).toBe(2)
  })

  test('unknown names look strong in the share that strong lines have, and always the same for one name', () => {
    const { lines } = book()
    for (let id = 1; id <= 100; id++) lines.put(login(id, `line-${id}`, { strong: id <= 30 }))
    const names = Array.from({ length: 3000 }, (_, at) => `unknown-${at}`)
    const share = names.filter((name) => lines.nobodyIsStrong(name)).length / names.length
    expect(share).toBeGreaterThan(0.25)
    expect(share).toBeLessThan(0.35)
    for (const name of names.slice(0, 50)) expect(lines.nobodyIsStrong(name.toUpperCase())).toBe(lines.nobodyIsStrong(name))
  })
})

import { describe, expect, test } from 'vitest'
import { AddressBook, addressKey } from './address-book.ts'
import { PhoneIndex, type PhoneMarks } from './phone-index.ts'
import { type KnownLine, type NamedAttempt, tieAttempt } from './tie-attempt.ts'

const now = Date.UTC(2026, 0, 5)
const day = 86_400_000
const office = '203.0.113.10'
const elsewhere = '198.51.100.7'

type Sample = Partial<KnownLine> & { lineId: number; phone?: Partial<PhoneMarks>; heardAt?: number }

/** Lines of account 1 unless said otherwise, each last bound by a phone of its own at the office. */
function worldOf(...samples: Sample[]) {
  const addresses = new AddressBook()
  const phones = new PhoneIndex()
  const lines = new Map<number, KnownLine>()
  for (const { phone, heardAt = now - day, ...said } of samples) {
    const line: KnownLine = {
      accountId: 1,
      circleId: said.accountId ?? 1,
      username: `${200 + said.lineId}`,
      registered: false,
      signsIn: true,
      ...said,
    }
    lines.set(line.lineId, line)
    if (phone === undefined) continue
    const marks = { ip: office, port: 6000 + line.lineId, userAgent: 'Sample Phone', instance: '', callId: `call-${line.lineId}`, ...phone }
    phones.put(line.lineId, [marks])
    addresses.count(addressKey(marks.ip), line.accountId, line.circleId, line.registered ? 1 : 0, heardAt)
  }
  const known = (ids: number[]) => ids.flatMap((id) => lines.get(id) ?? [])
  return {
    customerAt: (ip: string) => addresses.customerAt(addressKey(ip), now),
    sameDevice: (phone: PhoneMarks) => known(phones.sameDevice(phone)),
    sameCallId: (phone: PhoneMarks) => known(phones.sameCallId(phone)),
    sameSource: (phone: PhoneMarks) => known(phones.sameSource(phone)),
    linesOf: (accountId: number) => [...lines.values()].filter((line) => line.accountId === accountId),
  }
}

function unknownName(said: Partial<NamedAttempt> = {}): NamedAttempt {
  return { lineId: 0, username: 'zzzzz', ip: office, port: 5060, userAgent: 'Sample Phone', instance: '', callId: 'new-call', ...said }
}

describe('an attempt is', () => {
  test("the line's that it names, from whatever address, even another customer's office", () => {
    const world = worldOf({ lineId: 1, phone: {} }, { lineId: 7, accountId: 2, phone: { ip: elsewhere } })
    expect(tieAttempt(unknownName({ lineId: 7, username: '207' }), world)).toEqual({ kind: 'line', lineId: 7, tie: null })
  })

  test.each([
    ['instance', { instance: 'urn:uuid:1' }],
    ['call-id', { callId: 'call-2' }],
    ['address', { port: 6002 }],
  ] as const)("the line's whose last binding had its %s", (tie, marks) => {
    const world = worldOf({ lineId: 1, phone: { instance: 'urn:uuid:0' } }, { lineId: 2, phone: { instance: 'urn:uuid:1' } })
    expect(tieAttempt(unknownName(marks), world)).toEqual({ kind: 'line', lineId: 2, tie })
  })

  test('tied by the MAC that its User-Agent shows, in whatever way it is written', () => {
    const world = worldOf({ lineId: 1, phone: {} }, { lineId: 2, phone: { userAgent: 'Yealink SIP-T46U 108.86 80:5e:c0:11:22:33' } })
    expect(tieAttempt(unknownName({ userAgent: 'Yealink SIP-T46U 108.87 805EC0112233' }), world)).toEqual({
      kind: 'line',
      lineId: 2,
      tie: 'instance',
    })
  })

  test("the best slip's, of the one account at its address", () => {
    const world = worldOf({ lineId: 1, phone: {} }, { lineId: 2 })
    expect(tieAttempt(unknownName({ username: '2O2' }), world)).toEqual({ kind: 'line', lineId: 2, tie: 'slip' })
  })

  test('the circle’s whose phones are there, when no line fits', () => {
    expect(tieAttempt(unknownName(), worldOf({ lineId: 1, circleId: 31, phone: {} }))).toEqual({ kind: 'circle', circleId: 31 })
    const two = worldOf(
      { lineId: 1, circleId: 31, phone: {}, heardAt: now - 2 * day },
      { lineId: 2, circleId: 32, phone: {}, heardAt: now - day },
    )
    expect(tieAttempt(unknownName(), two)).toEqual({ kind: 'circle', circleId: 32 })
  })

  test('a phone’s mark goes before a slip of the name, a slip only before nothing', () => {
    const world = worldOf({ lineId: 1, phone: { instance: 'urn:uuid:1' } }, { lineId: 2, phone: {} })
    expect(tieAttempt(unknownName({ username: '2O2', instance: 'urn:uuid:1' }), world)).toMatchObject({ lineId: 1, tie: 'instance' })
  })

  test('a phone with several lines is tied to the one that is not registered', () => {
    const phone = { instance: 'urn:uuid:1', port: 5060 }
    const world = worldOf({ lineId: 1, registered: true, phone }, { lineId: 2, phone }, { lineId: 3, registered: true, phone })
    expect(tieAttempt(unknownName({ instance: 'urn:uuid:1' }), world)).toMatchObject({ lineId: 2 })
  })

  test('the second line of a phone whose first is registered is found by its slip, not mistaken for the first', () => {
    const world = worldOf({ lineId: 1, registered: true, phone: { instance: 'urn:uuid:1', port: 5060 } }, { lineId: 2 })
    expect(tieAttempt(unknownName({ username: '2O2', instance: 'urn:uuid:1' }), world)).toEqual({ kind: 'line', lineId: 2, tie: 'slip' })
    expect(tieAttempt(unknownName({ username: 'zzzzz', instance: 'urn:uuid:1' }), world)).toEqual({
      kind: 'line',
      lineId: 1,
      tie: 'instance',
    })
  })
})

describe('an attempt is nobody’s', () => {
  test('from an address that no phone was accepted from', () => {
    expect(tieAttempt(unknownName({ ip: elsewhere, username: '2O1' }), worldOf({ lineId: 1, phone: {} }))).toEqual({ kind: 'nobody' })
  })

  test('from an address that two accounts share, though the name is a slip of one', () => {
    const world = worldOf({ lineId: 1, phone: {} }, { lineId: 9, accountId: 2, phone: {} })
    expect(tieAttempt(unknownName({ username: '2O1' }), world)).toEqual({ kind: 'nobody' })
    expect(tieAttempt(unknownName({ port: 6001, callId: 'call-1' }), world)).toEqual({ kind: 'nobody' })
  })

  test('from an address whose last phone left more than 30 days ago', () => {
    expect(tieAttempt(unknownName(), worldOf({ lineId: 1, phone: {}, heardAt: now - 30 * day }))).toEqual({ kind: 'nobody' })
    expect(tieAttempt(unknownName(), worldOf({ lineId: 1, phone: {}, heardAt: now - 30 * day + 1 }))).toMatchObject({ kind: 'circle' })
  })

  test('by its User-Agent alone', () => {
    expect(tieAttempt(unknownName({ ip: elsewhere }), worldOf({ lineId: 1, phone: { userAgent: 'Sample Phone' } }))).toEqual({
      kind: 'nobody',
    })
  })

  test('by a Call-ID, or an address and port, that another customer used', () => {
    const world = worldOf({ lineId: 1, phone: {} }, { lineId: 9, accountId: 2, phone: { ip: elsewhere } })
    expect(tieAttempt(unknownName({ callId: 'call-9' }), world)).toEqual({ kind: 'circle', circleId: 1 })
  })

  test('by an instance that phones of two customers claim', () => {
    const phone = { instance: 'urn:uuid:same' }
    const world = worldOf({ lineId: 1, phone }, { lineId: 9, accountId: 2, phone: { ...phone, ip: elsewhere } })
    expect(tieAttempt(unknownName({ ip: '192.0.2.1', ...phone }), world)).toEqual({ kind: 'nobody' })
  })
})

describe('a slip is not tied', () => {
  test('to a line that is registered now', () => {
    expect(tieAttempt(unknownName({ username: '2O1' }), worldOf({ lineId: 1, registered: true, phone: {} }))).toMatchObject({
      kind: 'circle',
    })
  })

  test('to a line that no phone signs in to here', () => {
    expect(tieAttempt(unknownName({ username: '2O2' }), worldOf({ lineId: 1, phone: {} }, { lineId: 2, signsIn: false }))).toMatchObject({
      kind: 'circle',
    })
  })

  test('to another account’s line', () => {
    expect(tieAttempt(unknownName({ username: '2O9' }), worldOf({ lineId: 1, phone: {} }, { lineId: 9, accountId: 2 }))).toMatchObject({
      kind: 'circle',
      circleId: 1,
    })
  })
})

describe('an address', () => {
  test.each([
    ['203.0.113.10', '203.0.113.10'],
    ['::ffff:203.0.113.10', '203.0.113.10'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is %s', (ip, key) => {
    expect(addressKey(ip)).toBe(key)
  })

  test('is forgotten after 30 days, unless a phone is still there', () => {
    const book = new AddressBook()
    book.count('a', 1, 1, 0, now)
    book.count('b', 1, 1, 1, now)
    book.sweep(now + 30 * day)
    expect(book.size).toBe(1)
    expect(book.customerAt('b', now + 300 * day)).toMatchObject({ accountId: 1 })
    book.count('b', 1, 1, -1, now + 300 * day)
    for (let turn = 0; turn < 2; turn++) book.sweep(now + 331 * day)
    expect(book.size).toBe(0)
  })
})

describe('a phone is known again', () => {
  const marks = { ip: office, port: 5060, userAgent: 'Phone 00156512ab34', instance: 'urn:uuid:1', callId: 'c1' }

  test('until its line was bound by another', () => {
    const index = new PhoneIndex()
    index.put(1, [marks])
    index.put(2, [marks])
    expect([index.sameDevice(marks), index.sameCallId(marks), index.sameSource(marks)]).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ])
    index.put(1, [{ ...marks, instance: '', userAgent: '', callId: '', port: 1 }])
    expect([index.sameDevice(marks), index.sameCallId(marks), index.sameSource(marks)]).toEqual([[2], [2], [2]])
    index.remove(1)
    index.remove(2)
    expect(index.size).toBe(0)
  })

  test('but not by a date that has twelve digits, or a longer number', () => {
    const index = new PhoneIndex()
    for (const userAgent of ['Phone 202601051200', 'Phone a805ec01122334', '805ec0112233z']) {
      index.put(1, [{ ...marks, instance: '', userAgent }])
      expect(index.sameDevice({ ...marks, instance: '', userAgent })).toEqual([])
    }
  })
})

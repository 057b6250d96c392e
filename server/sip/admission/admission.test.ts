import { expect, test } from 'vitest'
import { FakeClock } from '../../../test/support/fake-clock.ts'
import { simulate } from '../../../test/support/simulated-town.ts'
import { Nonces } from '../digest/nonce.ts'
import type { Flow } from '../transport/flow.ts'
import { Admission, type OverloadNews } from './admission.ts'

const flow: Flow = { transport: 'udp', remoteIp: '192.0.2.7', remotePort: 5060, connection: 0, local: 0 }

function open() {
  const clock = new FakeClock()
  const nonces = new Nonces({ current: { id: 1, key: Buffer.alloc(32, 3) } }, 3_600_000, Buffer.alloc(8, 1))
  const served: string[] = []
  /** ms that answering took, beside what the test lets pass. */
  let spent = 0
  const news: OverloadNews[] = []
  const admission = new Admission({
    now: () => clock.monotonic() + spent,
    time: () => clock.now(),
    nonces,
    bytes: (count) => Buffer.alloc(count, 5),
    below: (below) => below - 1,
    endOfTurn: (work) => clock.endOfTurn(work),
    after: (ms, work) => void clock.after(ms, work),
    // Answering takes its time, so that a turn's share ends.
    serve(bytes, _flow, start, length) {
      served.push(bytes.toString('latin1', start, start + length))
      if (served.length % 8 === 0) spent++
    },
    told: (one) => void news.push(one),
  })
  const give = (text: string, from: Flow = flow) => {
    const bytes = Buffer.from(text, 'latin1')
    return admission.datagram(bytes, from, 0, bytes.length)
  }
  return {
    clock,
    admission,
    served,
    news,
    give,
    nonce: (ip = flow.remoteIp) => nonces.issue(clock.now(), ip),
    /** So many first attempts in this turn. */
    many(count: number, from: (n: number) => Flow = () => flow) {
      for (let n = 0; n < count; n++) give(first(`many-${n}`), from(n))
    },
  }
}
const first = (id: string) => `REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP b;branch=z9hG4bK-${id}\r\nUser-Agent: somebody\r\n\r\n`
const proven = (nonce: string) =>
  `REGISTER sip:a SIP/2.0\r\nAuthorization: Digest realm="a", cnonce="${'c'.repeat(50)}", nonce="${nonce}"\r\n\r\n`
const somebody = (n: number): Flow => ({ ...flow, remoteIp: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` })
/** More than the room holds. */
const tooMany = 17_000

test('while turns are short everything passes at once', () => {
  const { give, clock } = open()
  for (let turn = 0; turn < 50; turn++) {
    for (let n = 0; n < 100; n++) expect(give(first(`${turn}-${n}`))).toBe('pass')
    clock.turn()
  }
})

test('in a long turn the proven pass, and a first attempt waits until its end', () => {
  const { give, many, nonce, clock, served, news } = open()
  many(400)
  expect(give(first('late'))).toBe('keep-silent')
  expect(give(proven(nonce()))).toBe('pass')
  expect(served).toEqual([])
  clock.turn()
  expect(served[0]).toBe(first('late'))
  expect(news).toEqual([])
})

test('all who wait are served in the turns that follow, and hardly one twice though each asked thrice', () => {
  const { many, clock, served, admission } = open()
  for (let again = 0; again < 3; again++) many(400)
  for (let turn = 0; turn < 200; turn++) clock.turn()
  expect(admission.waiting).toBe(0)
  expect(new Set(served).size).toBe(400)
  expect(served.length).toBeLessThan(440)
})

test.each([
  ['somebody else’s nonce', (at: ReturnType<typeof open>) => at.nonce('192.0.2.8')],
  ['an invented nonce', () => '0'.repeat(50)],
  [
    'a nonce of ours with one digit changed',
    (at: ReturnType<typeof open>) => at.nonce().replace(/.$/, (last) => (last === '0' ? '1' : '0')),
  ],
])('%s proves nothing', (_name, make) => {
  const at = open()
  at.many(400)
  expect(at.give(proven(make(at)))).toBe('keep-silent')
})

test('a nonce under which a proof failed earns no place any more, until a new one is had', () => {
  const { give, many, nonce, admission } = open()
  many(400)
  const failing = nonce()
  expect(give(proven(failing))).toBe('pass')
  admission.answered(401, false)
  expect(give(proven(failing))).toBe('keep-silent')
  expect(give(proven(nonce()))).toBe('pass')
})

test.each([200, 400, 481])('a nonce in what needs no proof (%i) earns no place any more: it could be sent for ever', (status) => {
  const { give, many, nonce, admission } = open()
  many(400)
  const carried = nonce()
  expect(give(proven(carried))).toBe('pass')
  admission.answered(status, false)
  expect(give(proven(carried))).toBe('keep-silent')
})

test.each<[number, boolean]>([
  [200, true],
  [403, true],
  [500, false],
])('a nonce that was proven, or that we failed, stays good (%i)', (status, wasProven) => {
  const { give, many, nonce, admission } = open()
  many(400)
  const good = nonce()
  expect(give(proven(good))).toBe('pass')
  admission.answered(status, wasProven)
  expect(give(proven(good))).toBe('pass')
})

test.each(['INVITE', 'ACK', 'BYE', 'CANCEL'])('%s does not wait behind registrations', (method) => {
  const { give, many } = open()
  many(400)
  expect(give(`${method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP b;branch=z9hG4bKcall\r\n\r\n`)).toBe('pass')
})

test.each(['\r\n\r\n', '\0\0\0\0', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP b;branch=z9hG4bKping\r\n\r\n'])(
  'keepalives and answers pass: %j',
  (text) => {
    const { give, many } = open()
    many(400)
    expect(give(text)).toBe('pass')
  },
)

test('who finds no room is turned away in silence, which is told once, and once when it is over', () => {
  const { many, clock, news, admission } = open()
  many(tooMany, somebody)
  many(tooMany, (n) => somebody(n + tooMany))
  expect(news).toEqual([{ kind: 'began' }])
  expect(admission.numbers.refused).toBe(0)
  expect(admission.numbers.dropped).toBeGreaterThan(0)
  for (let turn = 0; turn < 3000; turn++) clock.turn()
  clock.advance(6000)
  expect(news).toMatchObject([{ kind: 'began' }, { kind: 'ended', dropped: admission.numbers.dropped, refused: 0 }])
  expect(admission.overloaded).toBe(false)
})

test('when it lasts, some are told with 503 to come later, spread over the time that the others take', () => {
  const { many, clock, admission, give } = open()
  const verdicts = new Set<string>()
  for (let round = 0; round < 30; round++) {
    many(tooMany, (n) => somebody(n + round * tooMany))
    clock.advance(100)
    verdicts.add(give(first(`late-${round}`), somebody(9)))
    if (clock.monotonic() < 2000) expect(admission.numbers.refused).toBe(0)
  }
  expect(admission.numbers.refused).toBeGreaterThan(0)
  expect(admission.numbers.refused).toBeLessThan(admission.numbers.dropped / 10)
  expect(admission.retryAfter()).toBeGreaterThan(4)
  expect(admission.retryAfter()).toBeLessThanOrEqual(62)
})

test('over a stream a first attempt is refused in overload, a proven one never', () => {
  const { many, admission, nonce } = open()
  const stream: Flow = { ...flow, transport: 'tcp', connection: 4 }
  expect(admission.streamed(first('stream'), stream)).toBe('pass')
  many(tooMany, somebody)
  expect(admission.streamed(first('stream'), stream)).toBe('refuse')
  expect(admission.streamed(proven(nonce()), stream)).toBe('pass')
})

test('in overload an address that sends more than its share is turned away before others; its proven phones are not', () => {
  const { many, admission, give, nonce } = open()
  many(tooMany, somebody)
  many(5000)
  expect(admission.numbers.overShare).toBeGreaterThan(2000)
  const before = admission.numbers.overShare
  expect(give(proven(nonce()))).toBe('pass')
  // An office of 500 phones that ask three times each stays below its share.
  many(1500, () => ({ ...flow, remoteIp: '198.51.100.9' }))
  expect(admission.numbers.overShare).toBe(before)
})

test('100,000 phones that come back in one second sign in sooner with admission than without, and renewals do not wait', {
  timeout: 60_000,
}, () => {
  const town = { phones: 100_000, renewals: 200, seconds: 60 }
  const without = simulate({ ...town, shed: false })
  const beside = simulate({ ...town, shed: true })
  expect(beside.signedIn).toBe(100_000)
  expect(beside.seconds).toBeLessThan(without.seconds)
  expect(beside.renewalP99).toBeLessThan(100)
  expect(without.renewalP99).toBeGreaterThan(1000)
})

test('beside 100,000 first requests a second that nobody goes on with, renewals do not wait', { timeout: 60_000 }, () => {
  expect(simulate({ phones: 0, flood: 100_000, renewals: 500, shed: true, seconds: 5 }).renewalP99).toBeLessThan(20)
})

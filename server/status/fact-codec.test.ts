import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sampleAttempt, sampleContact } from '../../test/support/line-samples.ts'
import { packFacts, unpackFacts } from './fact-codec.ts'
import type { Fact } from './facts.ts'

const id = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
const text = fc.string({ unit: 'binary', maxLength: 200 })
const at = fc.oneof(fc.integer({ min: 0, max: 2 ** 48 }), fc.integer({ min: -1000, max: 4e12 }))
const transport = fc.constantFrom('udp', 'tcp', 'tls', 'ws', 'wss')
const contact = fc.record({
  id,
  uri: text,
  transport,
  ip: text,
  port: fc.nat(65535),
  userAgent: text,
  instance: text,
  callId: text,
  boundAt: at,
  seenAt: at,
  expiresAt: at,
  granted: fc.nat(),
})
const attempt = fc.record({
  at,
  code: fc.constantFrom('wrong-password', 'wrong-username', 'unknown-user', 'wrong-domain', 'disabled', 'too-many-contacts', 'unsupported'),
  lineId: id,
  username: text,
  toUser: text,
  toDomain: text,
  transport,
  ip: text,
  port: fc.nat(65535),
  userAgent: text,
  instance: text,
  callId: text,
})
const how = fc.constantFrom('signed-off', 'signed-off-by-portal', 'expired', 'connection-lost', 'replaced', 'evicted', 'line-closed')
const fact: fc.Arbitrary<Fact> = fc.oneof(
  fc.record({ kind: fc.constant('renewed'), lineId: id, contactId: id, seenAt: at, granted: fc.nat() }),
  fc.record({ kind: fc.constant('bound'), lineId: id, at, contact }),
  fc.record({ kind: fc.constant('ended'), lineId: id, at, how, contact }),
  fc.record({ kind: fc.constant('failed'), attempt }),
  fc.record({ kind: fc.constant('loaded'), at, downSince: at }),
) as fc.Arbitrary<Fact>

test('what is packed comes out again, in order', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 40 }), (facts) => {
      expect(unpackFacts(packFacts(facts))).toEqual(facts)
    }),
  )
})

test('a plain renewal takes 21 bytes, a turn of 32 of them no more than that each', () => {
  const renewal: Fact = { kind: 'renewed', lineId: 4_000_000_000, contactId: 2 ** 47, seenAt: 1_800_000_000_000, granted: 3600 }
  expect(packFacts([renewal]).byteLength).toBe(21)
  expect(packFacts(Array<Fact>(32).fill(renewal)).byteLength).toBe(32 * 21)
})

test('a message has a buffer of its own, and survives the next one', () => {
  const first = packFacts([{ kind: 'failed', attempt: sampleAttempt() }])
  packFacts([{ kind: 'bound', lineId: 9, at: 1, contact: sampleContact() }])
  expect(first.buffer.byteLength).toBe(first.byteLength)
  expect(unpackFacts(structuredClone(first, { transfer: [first.buffer] }))).toEqual([{ kind: 'failed', attempt: sampleAttempt() }])
})

test('a turn larger than the first buffer is packed whole', () => {
  const facts = Array.from(
    { length: 2000 },
    (_, lineId): Fact => ({ kind: 'bound', lineId, at: 1, contact: sampleContact({ userAgent: '電話'.repeat(100) }) }),
  )
  expect(unpackFacts(packFacts(facts))).toEqual(facts)
})

test('half a message is refused', () => {
  const packed = packFacts([{ kind: 'failed', attempt: sampleAttempt() }])
  expect(() => unpackFacts(packed.subarray(0, packed.length - 1))).toThrow(RangeError)
})

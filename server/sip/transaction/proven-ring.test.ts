import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProvenRing } from './proven-ring.ts'

/** The hash of the request called `name`; all fall into few chains. */
function hashOf(name: string): { low: number; high: number } {
  let high = 0
  for (const letter of name) high = high * 31 + letter.charCodeAt(0)
  return { low: name.length, high }
}

describe('the ring of answers to proven requests', () => {
  it('gives the answer back for 32 s and not after', () => {
    const ring = new ProvenRing(4, 1000)
    ring.remember(hashOf('a'), 'one', 100)
    expect([
      ring.find(hashOf('a'), 100)?.toString(),
      ring.find(hashOf('a'), 32_099)?.toString(),
      ring.find(hashOf('a'), 32_100),
      ring.find(hashOf('b'), 100),
    ]).toEqual(['one', 'one', undefined, undefined])
  })

  it('gives the newest answer to a key', () => {
    const ring = new ProvenRing(4, 1000)
    ring.remember(hashOf('a'), 'one', 1)
    ring.remember(hashOf('a'), 'two', 2)
    expect(ring.find(hashOf('a'), 3)?.toString()).toBe('two')
  })

  it('drops the oldest when its slots are used up', () => {
    const ring = new ProvenRing(2, 1000)
    for (const key of ['a', 'b', 'c']) ring.remember(hashOf(key), key, 1)
    expect([ring.find(hashOf('a'), 1), ring.find(hashOf('b'), 1)?.toString(), ring.find(hashOf('c'), 1)?.toString(), ring.size]).toEqual([
      undefined,
      'b',
      'c',
      2,
    ])
  })

  it('drops the oldest when its bytes are used up, and does not hold what never fits', () => {
    const ring = new ProvenRing(8, 10)
    for (const key of ['aaaa', 'bbbb', 'cccc']) ring.remember(hashOf(key), key, 1)
    expect([ring.find(hashOf('aaaa'), 1), ring.find(hashOf('bbbb'), 1)?.toString(), ring.find(hashOf('cccc'), 1)?.toString()]).toEqual([
      undefined,
      'bbbb',
      'cccc',
    ])
    ring.remember(hashOf('big'), 'eleven byte', 1)
    expect([ring.find(hashOf('big'), 1), ring.size]).toEqual([undefined, 2])
  })

  it('never gives another answer than the one remembered, and always the newest one', () => {
    const one = fc.record({ key: fc.nat(12), length: fc.nat(60) })
    fc.assert(
      fc.property(
        fc.array(one, { maxLength: 200 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 200 }),
        (writes, slots, bytes) => {
          const ring = new ProvenRing(slots, bytes)
          const newest = new Map<string, string>()
          writes.forEach(({ key, length }, at) => {
            const answer = Buffer.alloc(length, at).toString('latin1')
            ring.remember(hashOf(`${key}`), answer, at)
            if (length > 0 && length <= bytes) {
              newest.set(`${key}`, answer)
              expect(ring.find(hashOf(`${key}`), at)?.toString('latin1')).toBe(answer)
            }
            for (const [other, wanted] of newest) {
              const found = ring.find(hashOf(other), at)
              if (found !== undefined) expect(found.toString('latin1')).toBe(wanted)
            }
            expect(ring.size).toBeLessThanOrEqual(slots)
          })
        },
      ),
      { numRuns: 500 },
    )
  })
})

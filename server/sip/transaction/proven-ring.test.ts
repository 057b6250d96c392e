import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProvenRing } from './proven-ring.ts'

describe('the ring of answers to proven requests', () => {
  it('gives the answer back for 32 s and not after', () => {
    const ring = new ProvenRing(4, 1000)
    ring.remember('a', Buffer.from('one'), 100)
    expect([ring.find('a', 100)?.toString(), ring.find('a', 32_099)?.toString(), ring.find('a', 32_100), ring.find('b', 100)]).toEqual([
      'one',
      'one',
      undefined,
      undefined,
    ])
  })

  it('gives the newest answer to a key', () => {
    const ring = new ProvenRing(4, 1000)
    ring.remember('a', Buffer.from('one'), 1)
    ring.remember('a', Buffer.from('two'), 2)
    expect(ring.find('a', 3)?.toString()).toBe('two')
  })

  it('holds a copy of its own', () => {
    const ring = new ProvenRing(4, 1000)
    const answer = Buffer.from('one')
    ring.remember('a', answer, 1)
    answer.fill(0)
    expect(ring.find('a', 1)?.toString()).toBe('one')
  })

  it('drops the oldest when its slots are used up', () => {
    const ring = new ProvenRing(2, 1000)
    for (const key of ['a', 'b', 'c']) ring.remember(key, Buffer.from(key), 1)
    expect([ring.find('a', 1), ring.find('b', 1)?.toString(), ring.find('c', 1)?.toString(), ring.size]).toEqual([undefined, 'b', 'c', 2])
  })

  it('drops the oldest when its bytes are used up, and does not hold what never fits', () => {
    const ring = new ProvenRing(8, 10)
    for (const key of ['aaaa', 'bbbb', 'cccc']) ring.remember(key, Buffer.from(key), 1)
    expect([ring.find('aaaa', 1), ring.find('bbbb', 1)?.toString(), ring.find('cccc', 1)?.toString()]).toEqual([undefined, 'bbbb', 'cccc'])
    ring.remember('big', Buffer.alloc(11), 1)
    expect([ring.find('big', 1), ring.size]).toEqual([undefined, 2])
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
          const newest = new Map<string, Buffer>()
          writes.forEach(({ key, length }, at) => {
            const answer = Buffer.alloc(length, at)
            ring.remember(`${key}`, answer, at)
            if (length > 0 && length <= bytes) {
              newest.set(`${key}`, answer)
              expect(ring.find(`${key}`, at)).toEqual(answer)
            }
            for (const [other, wanted] of newest) {
              const found = ring.find(other, at)
              if (found !== undefined) expect(found).toEqual(wanted)
            }
            expect(ring.size).toBeLessThanOrEqual(slots)
          })
        },
      ),
      { numRuns: 500 },
    )
  })
})

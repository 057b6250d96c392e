import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cardSize, cseq, RenewalCards } from './renewal-cards.ts'

test('each card is found by its form and by no other, whatever was added and removed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ low: fc.integer({ min: -20, max: 20 }), high: fc.integer({ min: 0, max: 3 }), removes: fc.boolean() }), {
        maxLength: 200,
      }),
      (deeds) => {
        const cards = new RenewalCards()
        const model = new Map<string, number>()
        let mark = 0
        for (const { low, high, removes } of deeds) {
          const key = `${low} ${high}`
          const known = model.get(key)
          if (removes && known !== undefined) {
            cards.remove(cards.find(low, high))
            model.delete(key)
          } else if (!removes) {
            const card = cards.add(low, high)
            expect(card === 0).toBe(known !== undefined)
            if (card === 0) continue
            cards.ints[card * cardSize + cseq] = ++mark
            model.set(key, mark)
          }
        }
        expect(cards.size).toBe(model.size)
        for (let low = -20; low <= 20; low++) {
          for (let high = 0; high <= 3; high++) {
            const card = cards.find(low, high)
            expect(card === 0 ? undefined : cards.ints[card * cardSize + cseq]).toBe(model.get(`${low} ${high}`))
          }
        }
      },
    ),
  )
})

test('there is room for many more than at first, and a place given back is used again', () => {
  const cards = new RenewalCards()
  const spread = (at: number) => Math.imul(at, 0x9e3779b1) | 0
  for (let at = 1; at <= 20_000; at++) {
    const card = cards.add(spread(at), at)
    cards.ints[card * cardSize + cseq] = at
  }
  for (let at = 1; at <= 20_000; at++) expect(cards.ints[cards.find(spread(at), at) * cardSize + cseq]).toBe(at)
  const words = cards.ints.length
  for (let at = 1; at <= 20_000; at += 2) cards.remove(cards.find(spread(at), at))
  expect(cards.size).toBe(10_000)
  for (let at = 1; at <= 20_000; at += 2) cards.add(spread(at), -at)
  expect(cards.size).toBe(20_000)
  expect(cards.ints.length).toBe(words)
})

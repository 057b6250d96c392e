import fc from 'fast-check'
import { expect, test } from 'vitest'
import { comparePlaces, readCursor, readOrder, sortFields, writeCursor } from './line-order.ts'

const place = fc.record({ value: fc.oneof(fc.string(), fc.integer()), number: fc.stringMatching(/^[0-9+*#]{1,32}$/) })

test('a cursor comes back as it was written, for its own order only', () => {
  fc.assert(
    fc.property(place, fc.constantFrom(...sortFields), fc.boolean(), (at, field, descending) => {
      const order = readOrder((descending ? '-' : '') + field)
      if (order === undefined) throw new Error(`${field} is no order`)
      const cursor = writeCursor(order, at)
      expect(readCursor(cursor, order)).toEqual(at)
      expect(readCursor(cursor, { ...order, descending: !descending })).toBeUndefined()
    }),
  )
})

test('any text is a cursor or undefined, never an exception', () => {
  const order = readOrder('number')
  if (order === undefined) throw new Error('number is an order')
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString('base64url')),
      ),
      (text) => {
        readCursor(text, order)
      },
    ),
  )
})

test('places of one kind have one order: two are alike only if they are the same line', () => {
  const texts = fc.record({ value: fc.string(), number: fc.stringMatching(/^[0-9+*#]{1,32}$/) })
  fc.assert(
    fc.property(texts, texts, texts, (a, b, c) => {
      expect(Math.sign(comparePlaces(a, b))).toBe(-Math.sign(comparePlaces(b, a)) + 0)
      if (a.number !== b.number) expect(comparePlaces(a, b)).not.toBe(0)
      if (comparePlaces(a, b) <= 0 && comparePlaces(b, c) <= 0) expect(comparePlaces(a, c)).toBeLessThanOrEqual(0)
    }),
  )
})

test('extensions stand in the order of their numbers', () => {
  const at = (value: string) => ({ value, number: '1' })
  expect(
    ['10', '9', '100', '']
      .map(at)
      .sort(comparePlaces)
      .map(({ value }) => value),
  ).toEqual(['', '9', '10', '100'])
})

test.each(['', '-', '--number', 'colour', '__proto__', 'constructor', 'toString', 'Number', 'password'])('%j is no order', (sort) => {
  expect(readOrder(sort)).toBeUndefined()
})

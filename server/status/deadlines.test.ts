import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deadlines } from './deadlines.ts'

test('all that is due comes out, the earliest first, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 60 }), fc.array(fc.nat(1000), { maxLength: 5 }), (times, looks) => {
      const deadlines = new Deadlines()
      times.forEach((at, lineId) => {
        deadlines.add(at, lineId)
      })
      let left = times.map((at, lineId) => ({ at, lineId }))
      for (const now of looks.sort((one, other) => one - other)) {
        const taken: { at: number; lineId: number }[] = []
        for (let due = deadlines.takeDue(now); due !== null; due = deadlines.takeDue(now)) taken.push(due)
        expect(taken.map((one) => one.at)).toEqual(
          left
            .filter((one) => one.at <= now)
            .map((one) => one.at)
            .sort((one, other) => one - other),
        )
        expect(new Set(taken.map((one) => one.lineId))).toEqual(new Set(left.filter((one) => one.at <= now).map((one) => one.lineId)))
        left = left.filter((one) => one.at > now)
        expect(deadlines.size).toBe(left.length)
      }
    }),
  )
})

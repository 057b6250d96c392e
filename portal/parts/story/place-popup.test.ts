import fc from 'fast-check'
import { expect, it } from 'vitest'
import { placePopup } from './place-popup.ts'

const room = { width: 1440, height: 900 }

it('the popup never lies over its row and never leaves the window', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 60, max: 800 }),
      fc.integer({ min: 0, max: 1400 }),
      fc.integer({ min: 80, max: 1200 }),
      (top, start, height) => {
        const row = { left: 24, top, width: 1390, height: 42 }
        const placed = placePopup(row, start, { width: 540, height }, room)
        const bottom = placed.top + Math.min(height, placed.maxHeight)
        expect(placed.top >= row.top + row.height || bottom <= row.top).toBe(true)
        expect(placed.left).toBeGreaterThanOrEqual(12)
        expect(placed.left + 540).toBeLessThanOrEqual(room.width)
      },
    ),
  )
})

it('the popup stands below while it fits there', () => {
  expect(placePopup({ left: 0, top: 300, width: 1000, height: 42 }, 200, { width: 540, height: 400 }, room).top).toBe(348)
})

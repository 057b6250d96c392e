import { expect, it } from 'vitest'
import { readExpires } from './expires.ts'

it.each([
  ['0', 0],
  ['3600', 3600],
  ['00060', 60],
  ['4294967295', 4_294_967_295],
  ['4294967296', 4_294_967_295],
  ['9'.repeat(400), 4_294_967_295],
  ['', 3600],
  ['-1', 3600],
  ['60s', 3600],
  ['"60"', 3600],
  ['Thu, 01 Dec 1994 16:00:00 GMT', 3600],
  ['1e3', 3600],
])('an expiry of %j is %j seconds', (text, seconds) => {
  expect(readExpires(text)).toBe(seconds)
})

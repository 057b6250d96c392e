import { expect, test } from 'vitest'
import { digestOfUri } from '../../sip/digest/verify.ts'
import { KnownUris } from './known-uris.ts'

const ha2Of = (uris: KnownUris, number: number) => Buffer.from(uris.ha2s.buffer, number * 32, 32).toString()

test('a uri has one number while a card has it, and its HA2 stands there', () => {
  const uris = new KnownUris()
  const number = uris.take('sip:one.test')
  expect(uris.take('sip:one.test')).toBe(number)
  expect(ha2Of(uris, number)).toBe(digestOfUri('MD5', 'REGISTER', 'sip:one.test'))
  expect(ha2Of(uris, uris.look('sip:two.test'))).toBe(digestOfUri('MD5', 'REGISTER', 'sip:two.test'))
  expect(ha2Of(uris, number)).toBe(digestOfUri('MD5', 'REGISTER', 'sip:one.test'))
})

test('whoever sends another uri each time takes no room from others', () => {
  const uris = new KnownUris()
  for (let i = 0; i < 40_000; i++) uris.giveBack(uris.take(`sip:${i}.test`))
  expect(uris.take('sip:one.test')).toBeGreaterThanOrEqual(0)
})

test('where there are too many the next has none, until one is given back', () => {
  const uris = new KnownUris()
  const numbers: number[] = []
  for (let number = uris.take('sip:0.test'); number >= 0; number = uris.take(`sip:${numbers.length}.test`)) numbers.push(number)
  expect(uris.take('sip:more.test')).toBe(-1)
  uris.giveBack(numbers[5] ?? -1)
  const number = uris.take('sip:more.test')
  expect(number).toBe(numbers[5])
  expect(ha2Of(uris, number)).toBe(digestOfUri('MD5', 'REGISTER', 'sip:more.test'))
})

import { expect, test } from 'vitest'
import { certificateAge } from './tls-identity.ts'

const day = 24 * 3600 * 1000
const validFrom = Date.UTC(2027, 0, 1)
const validTo = Date.UTC(2027, 3, 1)

test.each([
  ['in its middle', validFrom + 30 * day, undefined],
  ['fifteen days before its end', validTo - 15 * day, undefined],
  [
    'two weeks before its end',
    validTo - 14 * day,
    /^The certificate in \/tls\/cert\.pem runs out on 2027-04-01 00:00 UTC\. Put a new one there before/,
  ],
  ['at its end', validTo, /ran out on 2027-04-01 00:00 UTC: whoever checks it does not connect/],
  ['before its time', validFrom - 1, /is not valid before 2027-01-01 00:00 UTC/],
])('a certificate %s', (_, now, sentence) => {
  const said = certificateAge({ validFrom, validTo }, '/tls/cert.pem', now)
  if (sentence === undefined) expect(said).toBeUndefined()
  else expect(said).toMatch(sentence)
})

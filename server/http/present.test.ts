import { expect, test } from 'vitest'
import type { Cause } from '#api/line.ts'
import { countLines, presentCause, presentHistoryItem, presentTime } from './present.ts'

const cause: Cause = {
  code: 'password-of-another-line',
  count: 3,
  lastAt: '2026-01-05T00:00:00.000Z',
  evidence: { certainty: 'known', expected: '204', from: '192.0.2.7' },
}

test('whose password a phone uses is told to its circle and account, never to the line’s own login', () => {
  for (const viewer of ['operator', 'account', 'circle'] as const) expect(presentCause(cause, viewer)).toEqual(cause)
  const shown = presentCause(cause, 'line')
  expect(shown).toEqual({ ...cause, code: 'wrong-password', evidence: { certainty: 'known', from: '192.0.2.7' } })
  const item = { lineId: 1, at: 0, kind: 'failing', cause: cause.code, evidence: cause.evidence } as const
  expect(JSON.stringify(presentHistoryItem(item, 'line'))).not.toMatch(/another|204/)
  expect(presentHistoryItem(item, 'circle')).toMatchObject({ cause: 'password-of-another-line', at: '1970-01-01T00:00:00.000Z' })
})

test('times are RFC 3339 with milliseconds', () => {
  expect(presentTime(Date.UTC(2026, 1, 3, 4, 5, 6, 7))).toBe('2026-02-03T04:05:06.007Z')
})

test('every line is counted under exactly one of the four, and never besides', () => {
  const none = { since: null, knownAt: null, cause: null }
  const counts = countLines([
    { sign: 'registered', state: 'registered', ...none },
    { sign: 'unregistered', state: 'never', ...none },
    { sign: 'unregistered', state: 'expired', ...none },
    { sign: 'ask', state: 'not-asked', ...none },
    { sign: 'no-data', state: 'no-data', ...none },
    { sign: 'not-needed', state: 'not-needed', ...none },
  ])
  expect(counts).toEqual({ lines: 6, registered: 1, unregistered: 2, unknown: 2, notNeeded: 1, never: 1 })
})

import { describe, expect, it } from 'vitest'
import { startWords } from '../words/words.ts'
import { ago, agoAndExact, exact, span, timeLeft } from './spoken-time.ts'

const ja = startWords('ja')
const t = ja.getFixedT('ja')
const en = ja.getFixedT('en')
const now = new Date(2026, 10, 23, 14, 10, 0).getTime()
const past = (ms: number) => new Date(now - ms).toISOString()

describe('times as they are said', () => {
  it.each([
    [0, 'たった今'],
    [-5000, 'たった今'],
    [42_000, '42秒前'],
    [59_999, '59秒前'],
    [60_000, '1分前'],
    [3 * 3600_000, '3時間前'],
    [50 * 3600_000, '2日前'],
  ])('%d ms ago is %s', (ms, said) => {
    expect(ago(past(ms), now, t)).toBe(said)
  })

  it('are relative and exact together', () => {
    expect(agoAndExact(past(180_000), now, 'ja', t)).toBe('3分前 (14:07)')
    expect(agoAndExact(past(180_000), now, 'en', en)).toBe('3 min ago (14:07)')
  })

  it('name the day when it is not today, and the year when it is not this one', () => {
    expect(exact(past(86_400_000), now, 'ja')).toBe('11/22 14:10')
    expect(exact(past(86_400_000), now, 'en')).toBe('22 Nov 14:10')
    expect(exact(past(365 * 86_400_000), now, 'ja')).toBe('2025/11/23 14:10')
  })

  it('say what is left, and that it is over', () => {
    expect(timeLeft(past(-42 * 60_000), now, t)).toBe('あと42分')
    expect(timeLeft(past(1), now, t)).toBe('期限切れ')
  })

  it.each([
    [45, '45秒'],
    [600, '10分'],
    [7200, '2時間'],
  ])('%d seconds last %s', (seconds, said) => {
    expect(span(seconds, t)).toBe(said)
  })
})

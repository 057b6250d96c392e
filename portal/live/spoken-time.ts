/** Times as a person says them: relative, exact, and both. */
import type { TFunction } from 'i18next'

export type Say = TFunction

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** "3分前". A time in the future (clocks differ) counts as now. */
export function ago(at: string, now: number, t: Say): string {
  const past = now - Date.parse(at)
  if (past < 2000) return t('time.now')
  if (past < minute) return t('time.seconds', { count: Math.floor(past / 1000) })
  if (past < hour) return t('time.minutes', { count: Math.floor(past / minute) })
  if (past < day) return t('time.hours', { count: Math.floor(past / hour) })
  return t('time.days', { count: Math.floor(past / day) })
}

/** "あと42分", or that it is over. */
export function timeLeft(until: string, now: number, t: Say): string {
  const left = Date.parse(until) - now
  if (left <= 0) return t('time.over')
  if (left < minute) return t('time.leftSeconds', { count: Math.ceil(left / 1000) })
  if (left < 2 * hour) return t('time.leftMinutes', { count: Math.ceil(left / minute) })
  return t('time.leftHours', { count: Math.ceil(left / hour) })
}

/** A length in seconds: "45秒", "10分", "2時間". */
export function span(seconds: number, t: Say): string {
  if (seconds < 90) return t('time.spanSeconds', { count: Math.max(1, Math.round(seconds)) })
  if (seconds < 5400) return t('time.spanMinutes', { count: Math.round(seconds / 60) })
  return t('time.spanHours', { count: Math.round(seconds / 3600) })
}

/** "14:07" today, "11/22 14:07" this year, "2025/11/22 14:07" before; in the zone of this computer. */
export function exact(at: string, now: number, language: string, seconds = false): string {
  const time = new Date(at)
  const today = new Date(now)
  const clock = [time.getHours(), time.getMinutes(), ...(seconds ? [time.getSeconds()] : [])]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
  if (time.toDateString() === today.toDateString()) return clock
  const sameYear = time.getFullYear() === today.getFullYear()
  if (language === 'en') {
    const date = time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) })
    return `${date} ${clock}`
  }
  return `${sameYear ? '' : `${time.getFullYear()}/`}${time.getMonth() + 1}/${time.getDate()} ${clock}`
}

/** "3分前 (14:07)". */
export function agoAndExact(at: string, now: number, language: string, t: Say): string {
  return t('time.both', { relative: ago(at, now, t), exact: exact(at, now, language) })
}

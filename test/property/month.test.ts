/** Two days of a small exchange, with outages every few hours; the month is test/soak/month.soak.ts. MONTH_SEED repeats a run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { simulate } from '../month/month.ts'
import { type StoreKind, storesIn } from '../month/stores.ts'

const kinds: StoreKind[] = ['memory', 'sqlite']

it.each(kinds)('two days of phones and outages: no sign lies, on the %s store', { timeout: 180_000 }, (kind) => {
  const seed = Number(process.env.MONTH_SEED) || Math.floor(Math.random() * 2 ** 32)
  const folder = mkdtempSync(path.join(tmpdir(), 'regista-month-'))
  try {
    const report = simulate({ lines: 30, days: 2, seed, outagesPerDay: 6, open: storesIn(folder, kind) })
    expect(report.lies, `MONTH_SEED=${seed}`).toEqual([])
    expect(report.day).toBe(2)
    expect(report.signsCompared).toBeGreaterThan(10_000)
    expect(report.historyCompared).toBeGreaterThan(50)
    // A phone waits in the wheel once, with a few looks that were overtaken.
    expect(report.sizes.timers).toBeLessThanOrEqual(3 * 30)
    expect(report.sizes.lines).toBeLessThanOrEqual(30)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

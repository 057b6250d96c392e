/**
 * Thirty days of an exchange of 300 lines on a simulated clock: every sign, cause, count and history compared with what the phones were told.
 * MONTH_SEED repeats a run, MONTH_DAYS shortens it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type MonthReport, simulate } from '../month/month.ts'
import { storesIn } from '../month/stores.ts'

const lines = 300
const days = Number(process.env.MONTH_DAYS) || 30
const seed = Number(process.env.MONTH_SEED) || Math.floor(Math.random() * 2 ** 32)
/** What a line's facts may grow by after the first third: strangers' failures, last ends. */
const mostHeapGrowth = 16 * 1024 * 1024
const mostTimers = 3 * lines

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

console.log(`seed ${seed}, ${lines} lines, ${days} days`)
const folder = mkdtempSync(path.join(tmpdir(), 'regista-month-'))
const heaps: number[] = []
const startedAt = performance.now()
let red = 0
try {
  const report = simulate({ lines, days, seed, outagesPerDay: 0.5, open: storesIn(folder, 'sqlite'), dayOver })
  for (const lie of report.lies) complain(lie)
  const early = heaps[Math.floor(heaps.length / 3)] ?? 0
  const growth = (heaps.at(-1) ?? 0) - early
  if (growth > mostHeapGrowth) complain(`the heap grew by ${Math.round(growth / 1e6)} MB after the first third`)
  if (report.sizes.timers > mostTimers) complain(`${report.sizes.timers} timers wait for ${lines} lines`)
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  console.log(
    `${report.day} days in ${seconds} s: ${report.registers} sign-ins, ${report.outages} outages, ${report.signsCompared} signs and ${report.historyCompared} pieces of history compared, ${report.lies.length} lies; ${report.sizes.timers} timers, heap grew by ${(growth / 1e6).toFixed(1)} MB`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exitCode = red > 0 ? 1 : 0

function dayOver({ day, registers, outages, lies, sizes }: MonthReport): void {
  collect()
  heaps.push(getHeapStatistics().used_heap_size)
  if (day % 5 === 0)
    console.log(
      `day ${day}: ${registers} sign-ins, ${outages} outages, ${lies.length} lies, ${sizes.timers} timers, heap ${Math.round((heaps.at(-1) ?? 0) / 1e6)} MB`,
    )
}

function complain(what: string): void {
  red++
  console.error(`failed: ${what}`)
}

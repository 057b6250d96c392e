/**
 * Ten million requests from a million addresses that nobody vouches for: without credentials, with invented nonces, garbage, and wrong
 * passwords from those that answer a challenge. FLOOD_PACKETS and FLOOD_RATE (a second) shorten it.
 */
import { openCustomer } from '../support/customer.ts'
import { flood } from '../support/flood.ts'
import { openProgram } from '../support/open-program.ts'

const packets = Number(process.env.FLOOD_PACKETS) || 10_000_000
const perSecond = Number(process.env.FLOOD_RATE) || 12_000
const mostGrowth = 50e6
const mostMs = 100

const program = await openProgram()
try {
  const customer = await openCustomer(program)
  const report = await flood(program, customer, { packets, addresses: 1_000_000, perSecond, warmUp: 500_000 })
  await customer.close()
  const { sent, answers, guesses, seconds, starved, quiet, phones, idle, before, after } = report
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  console.log(
    `${sent} packets from 1,000,000 addresses in ${seconds.toFixed(0)} s, ${answers} answered, ${guesses} wrong passwords; ` +
      `resident ${mb(idle)} idle, ${mb(before)} at work, ${mb(after)} after; ` +
      `phones beside it: ${phones.sent} renewals, ${phones.lost} lost, p50 ${phones.p50.toFixed(1)} ms, p99 ${phones.p99.toFixed(1)} ms (without it p99 ${quiet.p99.toFixed(1)} ms); ` +
      `other work had the processor for ${(starved * 100).toFixed(0)} % of the time`,
  )
  const red = [
    after - before > mostGrowth && `the flood left ${mb(after - before)}`,
    phones.p99 > mostMs && `a phone waited ${phones.p99.toFixed(0)} ms`,
    phones.lost > phones.sent / 100 && `${phones.lost} renewals were lost`,
  ].filter((why) => why !== false)
  for (const why of red) console.error(`failed: ${why}`)
  if (red.length > 0) process.exitCode = 1
} finally {
  await program.end()
}

/** What keeping guessers out costs: nothing for a renewal, little for a sign-in, and for a wrong password no more than the proof of it. */
import type { Ban } from '../server/registrar/guard/ban-store.ts'
import { GuessLimits } from '../server/registrar/guard/guess-limits.ts'
import { memoryBans } from '../server/storage/memory/bans.ts'
import { measure } from './measure.ts'

const now = 1_795_000_000_000
const addresses = Array.from({ length: 4096 }, (_, at) => `10.${at & 7}.${(at >> 3) & 255}.${at & 255}`)
const names = Array.from({ length: 4093 }, (_, at) => `0501234${at}`)
const ipOf = (call: number) => addresses[call & 4095] as string
const nameOf = (call: number) => names[call % 4093] as string

function open(): GuessLimits {
  return new GuessLimits({ key: Buffer.alloc(32, 7), store: memoryBans(), banned: () => {}, lifted: () => {} })
}

let met = 0
const quiet = open()
measure('a sign-in asks whether it is blocked, nobody is', (call) => {
  if (quiet.banOn(ipOf(call), nameOf(call), now) !== undefined) met++
})
measure('a sign-in tells that it succeeded', (call) => quiet.succeeded(ipOf(call), nameOf(call)))

const busy = open()
for (let i = 0; i < 20_000; i++) busy.failed({ ip: '192.0.2.1', name: `x${i % 500}`, response: `${i}`, userAgent: '', lineId: 0 }, now)
measure('a sign-in asks whether it is blocked, others are', (call) => {
  if (busy.banOn(ipOf(call), nameOf(call), now) !== undefined) met++
})
let ban: Ban | undefined
measure('a blocked attempt', (call) => {
  ban = busy.banOn('192.0.2.1', nameOf(call), now)
})
measure('a wrong password is counted', (call) => {
  const guess = { ip: ipOf(call), name: nameOf(call), response: nameOf(call + 7), userAgent: '', lineId: 0 }
  quiet.failed(guess, now + call)
})
measure('a wrong answer to a nonce of others', (call) => {
  if (!quiet.mayTell(ipOf(call), nameOf(call), now + call)) met++
  quiet.failedForeign(ipOf(call), nameOf(call), now + call)
})
if (ban === undefined || met < 0) throw new Error('nothing was blocked')

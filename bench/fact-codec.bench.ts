/** What one turn's facts cost: packing a renewal on the SIP thread (aim: 0.3 µs), unpacking it and keeping it on the web thread. */
import { systemClock } from '../server/runtime/clock.ts'
import { systemRandom } from '../server/runtime/random.ts'
import { systemTimers } from '../server/runtime/timers.ts'
import { packFacts, unpackFacts } from '../server/status/fact-codec.ts'
import type { Fact } from '../server/status/facts.ts'
import { StatusRecorder } from '../server/status/recorder.ts'
import { mainServer, monday, sampleContact } from '../test/support/line-samples.ts'
import { measure } from './measure.ts'

const lines = 50_000
const turn = 32
let now = monday
const board = new StatusRecorder({
  clock: { now: () => now, monotonic: () => systemClock.monotonic() },
  timers: systemTimers,
  random: systemRandom,
})
for (let id = 1; id <= lines; id++) {
  const number = `${100_000 + id}`
  board.putLine({
    id,
    accountId: id >> 8,
    circleId: id >> 6,
    number,
    username: number,
    type: 'sip-phone',
    auth: 'password',
    loginServer: mainServer,
    disabledAt: null,
    disabledBy: '',
    cancelOn: null,
    createdAt: monday,
  })
  const ip = `10.${id >> 16}.${(id >> 8) & 255}.${id & 255}`
  board.apply([{ kind: 'bound', lineId: id, at: now, contact: sampleContact({ id, ip, granted: 600 }) }])
}
board.apply([{ kind: 'loaded', at: now, downSince: 0 }])

const turns = Array.from({ length: lines / turn }, (_, at) =>
  Array.from(
    { length: turn },
    (_, one): Fact => ({ kind: 'renewed', lineId: at * turn + one + 1, contactId: at * turn + one + 1, seenAt: monday, granted: 600 }),
  ),
)
const turnOf = (call: number) => turns[call % turns.length] ?? []

measure('facts: pack a turn of 32 renewals', (call) => packFacts(turnOf(call)), 10_000)
const packed = turns.map((facts) => packFacts(facts))
measure('facts: unpack a turn of 32 renewals', (call) => unpackFacts(packed[call % packed.length] ?? new Uint8Array()), 10_000)
measure(
  'status: keep a turn of 32 renewals, 50,000 lines',
  (call) => {
    // All lines renew within 300 s of the board's time.
    if (call % turns.length === 0) now += 300_000
    const facts = turnOf(call)
    for (const fact of facts) if (fact.kind === 'renewed') fact.seenAt = now
    board.apply(facts)
  },
  turns.length,
)

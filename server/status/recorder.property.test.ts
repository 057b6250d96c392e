/** Whatever happens, in whatever order: counts are what a recount of the signs gives, and a page that follows events sees the truth. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Counts } from '#api/line.ts'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { kamailio, monday, sampleAttempt, sampleContact, sampleEntry } from '../../test/support/line-samples.ts'
import { lineTypes } from '../directory/line-type.ts'
import { systemRandom } from '../runtime/random.ts'
import { StatusRecorder } from './recorder.ts'

const lineIds = [1, 2, 3, 4, 5, 6]
const circleIds = [1, 2]
const ips = ['203.0.113.10', '198.51.100.7', '2001:db8::1']

const lineId = fc.constantFrom(...lineIds)
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('bound' as const),
        lineId,
        contact: fc.nat(2),
        ip: fc.constantFrom(...ips),
        granted: fc.constantFrom(60, 600),
        ago: fc.nat(900_000),
      }),
    },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('renewed' as const), lineId, contact: fc.nat(2) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('ended' as const),
        lineId,
        contact: fc.nat(2),
        how: fc.constantFrom('expired', 'signed-off', 'replaced', 'connection-lost', 'line-closed'),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant('failed' as const),
        lineId: fc.constantFrom(0, ...lineIds),
        username: fc.constantFrom('201', '2O2', '2O3', 'admin'),
        ip: fc.constantFrom(...ips),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        what: fc.constant('put' as const),
        lineId,
        circleId: fc.constantFrom(...circleIds),
        type: fc.constantFrom(...lineTypes),
        away: fc.boolean(),
        disabled: fc.boolean(),
        cancelOn: fc.constantFrom(null, null, '2026-01-04', '2026-01-05', '2026-01-06'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('remove' as const), lineId }) },
    {
      weight: 6,
      arbitrary: fc.record({ what: fc.constant('pass' as const), ms: fc.oneof(fc.nat(2000), fc.nat(700_000), fc.nat(40_000_000)) }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('click' as const), lineId }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('answer' as const), lineId, registered: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('lost' as const) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('loaded' as const), down: fc.nat(900_000) }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('clock-set-back' as const) }) },
  ),
  { maxLength: 60 },
)

function recount(board: StatusRecorder, shown: Iterable<number>): Counts {
  const counts: Counts = { lines: 0, registered: 0, unregistered: 0, unknown: 0, notNeeded: 0, never: 0 }
  for (const id of shown) {
    const { sign, state } = board.status(id)
    counts.lines++
    if (sign === 'registered') counts.registered++
    if (sign === 'unregistered') counts.unregistered++
    if (sign === 'ask' || sign === 'no-data') counts.unknown++
    if (sign === 'not-needed') counts.notNeeded++
    if (state === 'never') counts.never++
  }
  return counts
}

test('counts and events keep up with the signs', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const clock = new FakeClock(monday)
      // The program's clock may be set; its timers run on.
      let setBack = 0
      const wall = { now: () => clock.now() - setBack, monotonic: () => clock.monotonic() }
      const board = new StatusRecorder({ clock: wall, timers: clock, random: systemRandom })
      /** What a page shows that reads a line anew at each of its events. */
      const page = new Map<number, { circleId: number; shows: string }>()
      const look = (id: number) => {
        const { sign, state, cause } = board.status(id)
        return `${sign} ${state} ${cause?.code}`
      }
      const pageCounts = new Map<number, Counts>()
      board.follow((event) => {
        if (event.kind === 'line') page.set(event.lineId, { circleId: event.circleId, shows: look(event.lineId) })
        if (event.kind === 'gone') page.delete(event.lineId)
        if (event.kind === 'counts') pageCounts.set(event.circleId, board.counts(event.circleId))
      })

      for (const step of all) {
        const now = wall.now()
        const id = 'lineId' in step ? step.lineId : 0
        const contact =
          'contact' in step
            ? sampleContact({ id: id * 10 + step.contact, seenAt: now, ...('ip' in step && { ip: step.ip, granted: step.granted }) })
            : sampleContact()
        switch (step.what) {
          case 'bound': {
            const seenAt = now - step.ago
            board.apply([
              {
                kind: 'bound',
                lineId: id,
                at: now,
                contact: { ...contact, seenAt, boundAt: seenAt, expiresAt: seenAt + step.granted * 1000 },
              },
            ])
            break
          }
          case 'renewed':
            board.apply([{ kind: 'renewed', lineId: id, contactId: contact.id, seenAt: now, granted: 600 }])
            break
          case 'ended':
            board.apply([{ kind: 'ended', lineId: id, at: now, how: step.how as 'expired', contact }])
            break
          case 'failed':
            board.apply([
              {
                kind: 'failed',
                attempt: sampleAttempt({
                  at: now,
                  code: id === 0 ? 'unknown-user' : 'wrong-password',
                  lineId: id,
                  username: step.username,
                  ip: step.ip,
                }),
              },
            ])
            break
          case 'put':
            board.putLine(
              sampleEntry({
                id,
                circleId: step.circleId,
                accountId: step.circleId,
                type: step.type,
                cancelOn: step.cancelOn,
                disabledAt: step.disabled ? now : null,
                ...(step.away && { loginServer: kamailio }),
              }),
            )
            break
          case 'remove':
            board.removeLine(id)
            break
          case 'pass':
            clock.advance(step.ms)
            board.tick(wall.now())
            break
          case 'click':
            board.answerFromMemory(id)
            break
          case 'answer':
            board.remoteAnswered(id, step.registered, now)
            break
          case 'lost':
            board.sipLost(now)
            break
          case 'loaded':
            board.apply([{ kind: 'loaded', at: now, downSince: now - step.down }])
            break
          case 'clock-set-back':
            setBack += 3_600_000
            board.tick(wall.now())
            break
        }
        for (const circleId of circleIds) {
          const counts = board.counts(circleId)
          expect(counts.lines).toBe(counts.registered + counts.unregistered + counts.unknown + counts.notNeeded)
        }
      }
      // Let what waits in the feed out; not a millisecond passes for the lines.
      const settled = wall.now()
      clock.advance(250)
      setBack += wall.now() - settled
      for (const circleId of circleIds) {
        const ids = [...page].filter(([, one]) => one.circleId === circleId).map(([id]) => id)
        expect(board.counts(circleId)).toEqual(recount(board, ids))
        if (pageCounts.has(circleId)) expect(pageCounts.get(circleId)).toEqual(board.counts(circleId))
      }
      for (const [id, one] of page) expect(one.shows).toBe(look(id))
    }),
    { numRuns: 400 },
  )
})

import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ClientEvent, dueAt, type NonInviteClient, startNonInviteClient, stepNonInviteClient } from './non-invite-client.ts'

/** Runs a transaction from ms 0 on its own timers alone, with answers at given moments; what was to be done, and when. */
function run(reliable: boolean, answers: readonly (readonly [at: number, status: number])[] = []): string[] {
  const log: string[] = []
  let client = startNonInviteClient(reliable, 0)
  const waiting = [...answers]
  const step = (event: ClientEvent, at: number) => {
    const { next, output } = stepNonInviteClient(client, event, at)
    client = next
    if (output !== null) log.push(`${at} ${output}`)
  }
  for (let turns = 0; turns < 100; turns++) {
    const [answer] = waiting
    const due = dueAt(client)
    if (answer !== undefined && answer[0] <= due) {
      waiting.shift()
      step({ kind: 'response', status: answer[1] }, answer[0])
    } else if (due !== Number.POSITIVE_INFINITY) {
      step({ kind: 'time' }, due)
      if (client.state === 'terminated') log.push(`${due} over`)
    } else break
  }
  return log
}

describe('a request other than INVITE', () => {
  it('over UDP is sent again after 0.5, 1, 2 and then every 4 s, and given up after 32 s', () => {
    expect(run(false)).toEqual([
      ...[500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500].map((at) => `${at} send`),
      '32000 timeout',
      '32000 over',
    ])
  })

  it('over a stream is sent once and given up after 32 s', () => {
    expect(run(true)).toEqual(['32000 timeout', '32000 over'])
  })

  it('is over at once when a final answer comes over a stream', () => {
    expect(run(true, [[40, 404]])).toEqual(['40 final'])
  })

  it('over UDP takes in repetitions of its answer for 5 s, in silence', () => {
    const twice = [
      [600, 200],
      [700, 200],
      [5599, 200],
    ] as const
    expect(run(false, twice)).toEqual(['500 send', '600 final', '5600 over'])
  })

  it('goes on every 4 s after a provisional answer, and still gives up after 32 s', () => {
    expect(run(false, [[100, 100]])).toEqual([
      '100 provisional',
      '500 send',
      ...[4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500].map((at) => `${at} send`),
      '32000 timeout',
      '32000 over',
    ])
  })

  it.each(['trying', 'proceeding'] as const)('is over when the transport cannot send (%s)', (state) => {
    const client: NonInviteClient = { ...startNonInviteClient(false, 0), state }
    const { next, output } = stepNonInviteClient(client, { kind: 'transport-error' }, 10)
    expect([next.state, output, dueAt(next)]).toEqual(['terminated', 'transport-error', Number.POSITIVE_INFINITY])
  })

  it('tells its end exactly once, and always ends, whatever happens when', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant('response' as const), status: fc.integer({ min: 100, max: 699 }) }),
      fc.constant({ kind: 'time' as const }),
      fc.constant({ kind: 'transport-error' as const }),
    )
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.tuple(fc.nat(9000), event), { maxLength: 40 }), (reliable, happenings) => {
        let client = startNonInviteClient(reliable, 0)
        let now = 0
        let ends = 0
        let sends = 0
        const step = (happening: ClientEvent) => {
          const { next, output } = stepNonInviteClient(client, happening, now)
          if (client.state === 'terminated') expect([next, output]).toEqual([client, null])
          if (output === 'final' || output === 'timeout' || output === 'transport-error') ends++
          if (output === 'send') sends++
          client = next
        }
        for (const [pause, happening] of happenings) {
          now += pause
          step(happening)
        }
        now += 40_000
        step({ kind: 'time' })
        expect(client.state).toBe('terminated')
        expect(ends).toBe(1)
        expect(sends).toBeLessThanOrEqual(reliable ? 0 : 10)
      }),
      { numRuns: 500 },
    )
  })
})

/** What every BindingStore must keep, whatever it is made of. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Binding } from '../../server/registrar/binding.ts'
import type { BindingStore, StoredBinding, StoredRequest } from '../../server/registrar/binding-store.ts'
import { RenewalRows } from '../../server/registrar/renewals/renewal-rows.ts'

const start = 1_800_000_000_000

export function aBinding(over: Partial<Binding> = {}): Binding {
  return {
    id: 1,
    lineId: 7,
    uri: 'sip:1001@192.0.2.1:5060',
    echo: ';q=0.5',
    instance: 'urn:uuid:1',
    regId: 1,
    q: 500,
    callId: 'call@phone',
    cseq: 2_147_483_647,
    expiresAt: start + 600_000,
    granted: 600,
    transport: 'udp',
    ip: '192.0.2.1',
    port: 5060,
    connection: 0,
    path: '',
    userAgent: 'Phone ü 電話',
    boundAt: start,
    seenAt: start,
    nonceId: '6b49d2000000',
    nonceCount: 0xffffffff,
    ...over,
  }
}

/** `open` opens the same store again each time it is called within one test. */
export function bindingStoreContract(name: string, fresh: () => { open(): BindingStore; remove(): void }): void {
  describe(`bindings in ${name}`, () => {
    let place: ReturnType<typeof fresh>
    let store: BindingStore
    beforeEach(() => {
      place = fresh()
      store = place.open()
    })
    afterEach(() => {
      store.close()
      place.remove()
    })

    const commit = (...batch: StoredRequest[]): readonly boolean[] => {
      let answer: readonly boolean[] | undefined
      store.commit(batch, (stored) => {
        if (answer !== undefined) throw new Error('called back twice')
        answer = stored
      })
      store.settle()
      if (answer === undefined) throw new Error('has not called back')
      return answer
    }
    const added = (binding: Binding, at = start): StoredRequest => ({ at, changes: [{ kind: 'added', binding }] })
    const all = (since = 0): StoredBinding[] => [...store.load(since)]
    const reopen = () => {
      store.close()
      store = place.open()
    }

    test('what was committed is there after it is opened again, to the last field', () => {
      expect(commit(added(aBinding()))).toEqual([true])
      reopen()
      expect(all()).toEqual([{ kind: 'live', binding: aBinding() }])
    })

    test('a renewal is kept, plain or with another contact and address', () => {
      const first = aBinding()
      const plain = { ...first, cseq: 3, expiresAt: start + 900_000, seenAt: start + 300_000, nonceCount: 2, port: 6000 }
      const moved = {
        ...plain,
        uri: 'sip:1001@198.51.100.1',
        ip: '198.51.100.1',
        userAgent: 'Other',
        callId: 'new',
        transport: 'tcp' as const,
      }
      commit(added(first))
      commit({ at: start, changes: [{ kind: 'renewed', before: first, binding: plain }] })
      reopen()
      expect(all()).toEqual([{ kind: 'live', binding: plain }])
      commit({ at: start, changes: [{ kind: 'renewed', before: plain, binding: moved }] })
      reopen()
      expect(all()).toEqual([{ kind: 'live', binding: moved }])
    })

    describe('renewals that are told as rows', () => {
      const renewedTo = (...renewals: [id: number, cseq: number, at: number][]) => {
        const rows = new RenewalRows()
        for (const [id, cseq, at] of renewals) {
          const nonceAt = rows.add(id, at - store.clockAhead, cseq, 900, cseq + 1, 5060, 4, store.placeOf(id))
          rows.bytes.write('abcd', nonceAt, 'latin1')
        }
        return rows
      }
      const left = (id: number, cseq: number, at: number) =>
        aBinding({ id, lineId: id, cseq, nonceCount: cseq + 1, nonceId: 'abcd', granted: 900, seenAt: at, expiresAt: at + 900_000 })

      test('are kept, the newest of each binding', () => {
        commit(...[1, 2].map((id) => added(aBinding({ id, lineId: id }))))
        const told: unknown[] = []
        const rows = renewedTo([1, 3, start + 1000], [2, 3, start + 1000], [1, 4, start + 2000])
        store.commit([], (stored, renewed) => told.push(stored, renewed), rows)
        store.settle()
        expect(told).toEqual([[], true])
        reopen()
        const bindings = all().map((one) => (one.kind === 'live' ? one.binding : one))
        expect(bindings).toEqual([left(1, 4, start + 2000), left(2, 3, start + 1000)])
      })

      test('come before what else is in their batch', () => {
        commit(...[1, 2].map((id) => added(aBinding({ id, lineId: id }))))
        const signedOff = left(1, 9, start + 3000)
        const renewed = left(2, 9, start + 3000)
        store.commit(
          [
            { at: start + 3000, changes: [{ kind: 'ended', binding: signedOff, how: 'signed-off' }] },
            { at: start + 3000, changes: [{ kind: 'renewed', before: aBinding({ id: 2, lineId: 2 }), binding: renewed }] },
          ],
          () => {},
          renewedTo([1, 3, start + 1000], [2, 3, start + 1000]),
        )
        store.settle()
        reopen()
        expect(all()).toEqual(
          expect.arrayContaining([
            { kind: 'ended', ended: { binding: signedOff, how: 'signed-off', at: start + 3000 } },
            { kind: 'live', binding: renewed },
          ]),
        )
      })

      test('outlive a request of their batch that cannot be stored', () => {
        commit(added(aBinding({ id: 1, lineId: 1 })))
        const ghost = aBinding({ id: 99 })
        const told: unknown[] = []
        store.commit(
          [{ at: start, changes: [{ kind: 'renewed', before: ghost, binding: { ...ghost, uri: 'sip:other@phone' } }] }],
          (stored, renewed) => told.push(stored, renewed),
          renewedTo([1, 3, start + 1000]),
        )
        store.settle()
        expect(told).toEqual([[false], true])
        reopen()
        expect(all()).toEqual([{ kind: 'live', binding: left(1, 3, start + 1000) }])
      })
    })

    test('what ended is told as ended, with how and when, as its sign-off left it', () => {
      const first = aBinding()
      const left = { ...first, cseq: 9, nonceCount: 12, seenAt: start + 5000 }
      commit(added(first))
      commit({ at: start + 5000, changes: [{ kind: 'ended', binding: left, how: 'signed-off' }] })
      reopen()
      expect(all()).toEqual([{ kind: 'ended', ended: { binding: left, how: 'signed-off', at: start + 5000 } }])
    })

    test('what ended before the given time is not told', () => {
      commit(added(aBinding()))
      commit({ at: start + 5000, changes: [{ kind: 'ended', binding: aBinding(), how: 'expired' }] })
      expect(all(start + 5001)).toEqual([])
    })

    test('of a line that flaps only the newest end is kept', () => {
      for (let id = 1; id <= 20; id++) {
        const binding = aBinding({ id, callId: `call-${id}` })
        commit(added(binding))
        commit({ at: start + id, changes: [{ kind: 'ended', binding, how: 'expired' }] })
      }
      expect(all()).toHaveLength(1)
      expect(all()[0]).toMatchObject({ ended: { binding: { id: 20 }, at: start + 20 } })
    })

    test('a request that cannot be stored leaves the others of its batch', () => {
      const ghost = aBinding({ id: 99 })
      const batch = [
        added(aBinding({ id: 1, lineId: 1 })),
        { at: start, changes: [{ kind: 'renewed' as const, before: ghost, binding: { ...ghost, cseq: 1 } }] },
        added(aBinding({ id: 2, lineId: 2 })),
      ]
      expect(commit(...batch)).toEqual([true, false, true])
      expect(
        all()
          .map((one) => (one.kind === 'live' ? one.binding.id : 0))
          .sort(),
      ).toEqual([1, 2])
    })

    test('a request of several changes is stored as a whole or not at all', () => {
      const ghost = aBinding({ id: 99 })
      const both: StoredRequest = {
        at: start,
        changes: [
          { kind: 'added', binding: aBinding() },
          { kind: 'renewed', before: ghost, binding: { ...ghost, cseq: 1 } },
        ],
      }
      expect(commit(both)).toEqual([false])
      expect(all()).toEqual([])
    })

    test('an empty batch calls back too', () => {
      expect(commit()).toEqual([])
    })

    test('no id is ever used twice: the highest is remembered', () => {
      expect(store.highestId()).toBe(0)
      commit(added(aBinding({ id: 41 })))
      commit({ at: start, changes: [{ kind: 'ended', binding: aBinding({ id: 41 }), how: 'expired' }] })
      reopen()
      expect(store.highestId()).toBe(41)
    })

    test('while all is well there is no trouble', () => {
      commit(added(aBinding()))
      expect(store.trouble).toBe('')
    })

    test.each([[86_400_000], [-3600_000]])('a clock set by %i ms: what is stored moves along, what follows is of the new time', (by) => {
      const first = aBinding()
      const second = aBinding({ id: 2, lineId: 8 })
      const third = aBinding({ id: 3, lineId: 9, seenAt: start + by, boundAt: start + by, expiresAt: start + by + 600_000 })
      commit(added(first), added(second))
      commit({ at: start, changes: [{ kind: 'ended', binding: second, how: 'expired' }] })
      store.noteAlive(start)
      store.clockSet(by)
      for (const one of [first, second]) {
        one.boundAt += by
        one.seenAt += by
        one.expiresAt += by
      }
      const renewed = { ...first, cseq: 3, seenAt: start + by + 5000, expiresAt: start + by + 605_000, nonceCount: 9 }
      commit({ at: start + by, changes: [{ kind: 'renewed', before: first, binding: renewed }] }, added(third, start + by))
      reopen()
      expect(all().sort((a, b) => idOf(a) - idOf(b))).toEqual([
        { kind: 'live', binding: renewed },
        { kind: 'ended', ended: { binding: second, how: 'expired', at: start + by } },
        { kind: 'live', binding: third },
      ])
      expect([store.clockAhead, store.lastAlive()]).toEqual([by, start + by])
    })

    test('the last sign of life is remembered', () => {
      expect(store.lastAlive()).toBe(0)
      store.noteAlive(start)
      reopen()
      expect(store.lastAlive()).toBe(start)
    })
  })
}

const idOf = (stored: StoredBinding) => (stored.kind === 'live' ? stored.binding.id : stored.ended.binding.id)

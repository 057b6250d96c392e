/** Bindings that live as long as the process: for tests and benches of what stands above the store. */
import type { Binding, EndedBinding } from '../../registrar/binding.ts'
import type { BindingStore } from '../../registrar/binding-store.ts'
import { renewalsIn } from '../../registrar/renewals/renewal-rows.ts'

export function memoryBindings(): BindingStore {
  const live = new Map<number, Binding>()
  const ended = new Map<number, EndedBinding>()
  let alive = 0
  let highest = 0
  let ahead = 0
  return {
    trouble: '',
    get clockAhead() {
      return ahead
    },
    settle() {},
    clockSet(by) {
      ahead += by
      for (const binding of live.values()) move(binding, by)
      for (const one of ended.values()) {
        one.at += by
        move(one.binding, by)
      }
      alive += by
    },
    *load(endedSince) {
      for (const binding of live.values()) yield { kind: 'live', binding: { ...binding } }
      for (const one of ended.values()) {
        if (one.at >= endedSince) yield { kind: 'ended', ended: { ...one, binding: { ...one.binding } } }
      }
    },
    takesRenewals: true,
    placeOf: () => 0,
    commit(batch, done, renewals) {
      for (const [id, renewal] of renewals === undefined ? [] : renewalsIn(renewals.bytes.subarray(0, renewals.used))) {
        const binding = live.get(id)
        if (binding !== undefined)
          Object.assign(binding, renewal, { seenAt: renewal.seenAt + ahead, expiresAt: renewal.seenAt + ahead + renewal.granted * 1000 })
      }
      done(
        batch.map(({ at, changes }) => {
          if (changes.some((change) => change.kind === 'renewed' && !live.has(change.binding.id))) return false
          for (const change of changes) {
            const { binding } = change
            highest = Math.max(highest, binding.id)
            if (change.kind === 'ended') {
              if (!live.delete(binding.id)) continue
              for (const [id, one] of ended) if (one.binding.lineId === binding.lineId && id < binding.id) ended.delete(id)
              ended.set(binding.id, { binding: { ...binding }, how: change.how, at })
            } else live.set(binding.id, { ...binding })
          }
          return true
        }),
        true,
      )
    },
    highestId: () => highest,
    lastAlive: () => alive,
    noteAlive(now) {
      alive = now
    },
    close() {},
  }
}

function move(binding: Binding, by: number): void {
  binding.expiresAt += by
  binding.boundAt += by
  binding.seenAt += by
}

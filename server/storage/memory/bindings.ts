/** Bindings that live as long as the process: for tests and benches of what stands above the store. */
import type { Binding, EndedBinding } from '../../registrar/binding.ts'
import type { BindingStore } from '../../registrar/binding-store.ts'

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
      // The registrar has moved the bindings themselves: it holds the very same ones.
      for (const one of ended.values()) one.at += by
      alive += by
    },
    *load(endedSince) {
      for (const binding of live.values()) yield { kind: 'live', binding }
      for (const one of ended.values()) if (one.at >= endedSince) yield { kind: 'ended', ended: one }
    },
    commit(batch, done) {
      done(
        batch.map(({ at, changes }) => {
          if (changes.some((change) => change.kind === 'renewed' && !live.has(change.binding.id))) return false
          for (const change of changes) {
            const { binding } = change
            highest = Math.max(highest, binding.id)
            if (change.kind === 'ended') {
              if (!live.delete(binding.id)) continue
              for (const [id, one] of ended) if (one.binding.lineId === binding.lineId && id < binding.id) ended.delete(id)
              ended.set(binding.id, { binding, how: change.how, at })
            } else live.set(binding.id, binding)
          }
          return true
        }),
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

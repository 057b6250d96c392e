import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aBinding } from '../../../test/contract/binding-store.contract.ts'
import type { Binding, BindingChange } from '../../registrar/binding.ts'
import type { StoredBinding } from '../../registrar/binding-store.ts'
import { openBindings } from './bindings.ts'

const start = 1_800_000_000_000

/** What the lines hold, as the registrar would have it: each binding lives, or has ended. */
class Model {
  readonly kept = new Map<number, StoredBinding>()
  at = start

  change(line: number, what: 'renew' | 'move' | 'end'): BindingChange {
    this.at += 1000
    const id = this.#idOf(line)
    const held = this.kept.get(id)
    if (held?.kind !== 'live') {
      const next = held === undefined ? id : id + 10
      const binding = aBinding({ id: next, lineId: line, seenAt: this.at, boundAt: this.at, expiresAt: this.at + 600_000 })
      this.kept.set(next, { kind: 'live', binding })
      return { kind: 'added', binding }
    }
    const before = held.binding
    const binding: Binding = {
      ...before,
      cseq: before.cseq - 1,
      seenAt: this.at,
      expiresAt: this.at + 300_000,
      granted: 300,
      port: this.at % 60_000,
    }
    if (what === 'end') {
      for (const [other, one] of this.kept) if (one.kind === 'ended' && one.ended.binding.lineId === line) this.kept.delete(other)
      const ended = { ...before, cseq: before.cseq - 1, seenAt: this.at }
      this.kept.set(id, { kind: 'ended', ended: { binding: ended, how: 'signed-off', at: this.at } })
      return { kind: 'ended', binding: ended, how: 'signed-off' }
    }
    const now = what === 'renew' ? binding : { ...binding, uri: `sip:moved@192.0.2.${this.at % 250}`, ip: '198.51.100.7' }
    this.kept.set(id, { kind: 'live', binding: now })
    return { kind: 'renewed', before, binding: now }
  }

  /** Ids of a line are its number and tens above it; the newest counts. */
  #idOf(line: number): number {
    let newest = line
    for (const id of this.kept.keys()) if (id % 10 === line && id > newest) newest = id
    return newest
  }
}

const idOf = (stored: StoredBinding) => (stored.kind === 'live' ? stored.binding.id : stored.ended.binding.id)

test('however renewals, moves and ends follow each other within turns and over restarts, the newest state is read back', () => {
  const step = fc.record({ line: fc.integer({ min: 1, max: 3 }), what: fc.constantFrom('renew', 'renew', 'renew', 'move', 'end') })
  const turns = fc.array(fc.record({ steps: fc.array(step, { maxLength: 6 }), restart: fc.boolean() }), { maxLength: 20 })
  fc.assert(
    fc.property(turns, (given) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'regista-bindings-'))
      const model = new Model()
      let store = openBindings(path.join(folder, 'bindings.db'))
      try {
        for (const { steps, restart } of given) {
          const batch = steps.map(({ line, what }) => ({ changes: [model.change(line, what)], at: model.at }))
          store.commit(batch, (stored) => expect(stored).toEqual(batch.map(() => true)))
          if (!restart) continue
          store.close()
          store = openBindings(path.join(folder, 'bindings.db'))
        }
        const read = [...store.load(0)].sort((a, b) => idOf(a) - idOf(b))
        expect(read).toEqual([...model.kept.values()].sort((a, b) => idOf(a) - idOf(b)))
      } finally {
        store.close()
        rmSync(folder, { recursive: true })
      }
    }),
    { numRuns: 60 },
  )
})

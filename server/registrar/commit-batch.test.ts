import { describe, expect, test } from 'vitest'
import { openRegistrar } from '../../test/support/open-registrar.ts'
import { memoryBindings } from '../storage/memory/bindings.ts'
import type { BindingStore, StoredRequest } from './binding-store.ts'

const line = [{ username: '1001', password: 'secret' }]

/** A store that commits at once and tells when the test says so. */
function lateStore() {
  const memory = memoryBindings()
  const waiting: (() => void)[] = []
  const batches: (readonly StoredRequest[])[] = []
  let refuse = 0
  const store: BindingStore = {
    ...memory,
    takesRenewals: false,
    commit(batch, done) {
      batches.push(batch)
      if (refuse > 0) {
        refuse--
        waiting.push(() => done(batch.map(() => false)))
        return
      }
      memory.commit(batch, (stored) => waiting.push(() => done(stored)))
    },
  }
  return {
    store,
    /** All that was to be committed. */
    batches,
    /** The next commits are told as not stored. */
    refuse(count: number) {
      refuse = count
    },
    /** Tells what became of the oldest commit. */
    tell() {
      waiting.shift()?.()
    },
  }
}

function open() {
  const late = lateStore()
  const world = openRegistrar(line, late.store)
  const nonce = world.nonce()
  let count = 0
  /** A REGISTER of one contact in a turn of its own. */
  const register = (contact: string) => {
    count++
    const outcome = world.sendInTurn({
      rows: [`Contact: <sip:${contact}@192.0.2.10>`],
      cseq: count,
      callId: contact,
      digest: { password: 'secret', nonce, nc: count },
    })
    world.endTurn()
    return outcome
  }
  const held = () => (world.registrar.held.find(1)?.bindings ?? []).map(({ uri }) => uri.slice(4, 5)).sort()
  return { ...late, ...world, register, held }
}

describe('when the store tells later', () => {
  test('no 200 goes out before, and later requests see what waits', () => {
    const { register, tell, held } = open()
    const a = register('a')
    const b = register('b')
    expect([a.value, b.value, held()]).toEqual([undefined, undefined, []])
    tell()
    expect([a.value?.kind, b.value, held()]).toEqual(['registered', undefined, ['a']])
    tell()
    expect(b.value).toMatchObject({ kind: 'registered', bindings: [{ callId: 'b' }, { callId: 'a' }] })
    expect(held()).toEqual(['a', 'b'])
  })

  test('what was not stored is not held, though what came after it was', () => {
    const { register, refuse, tell, held } = open()
    refuse(1)
    const a = register('a')
    const b = register('b')
    tell()
    tell()
    expect([a.value?.kind, b.value?.kind, held()]).toEqual(['not-stored', 'registered', ['b']])
    register('c')
    tell()
    expect(held()).toEqual(['b', 'c'])
  })

  test('a sign-off that comes again while the first one waits is no replay: one answer will do for both', () => {
    const { register, tell, sendInTurn, endTurn, nonce } = open()
    register('a')
    tell()
    const given = nonce()
    const leave = {
      rows: ['Contact: <sip:a@192.0.2.10>;expires=0'],
      cseq: 9,
      callId: 'a',
      digest: { password: 'secret', nonce: given, nc: 1 },
    }
    const first = sendInTurn(leave)
    endTurn()
    const again = sendInTurn({ ...leave, branch: 'z9hG4bKagain' })
    endTurn()
    expect([first.value, again.value]).toEqual([undefined, undefined])
    tell()
    expect([first.value?.kind, again.value]).toEqual(['registered', undefined])
  })

  test('what a renewal would be taken back to keeps its time when the clock is set after it could not be stored', () => {
    const { register, refuse, tell, registrar, batches } = open()
    register('a')
    tell()
    register('a')
    refuse(1)
    register('a')
    tell()
    tell()
    registrar.clockSet(86_400_000)
    const [change] = batches[2]?.[0]?.changes ?? []
    const [held] = registrar.held.find(1)?.bindings ?? []
    expect(held?.cseq).toBe(2)
    expect(change?.kind === 'renewed' && change.before).toEqual(held)
  })

  test('the clock may be set meanwhile: each binding keeps the time it has left', () => {
    const { register, tell, registrar } = open()
    register('a')
    tell()
    register('b')
    const day = 86_400_000
    const before = registrar.held.find(1)?.current.map(({ expiresAt }) => expiresAt)
    registrar.clockSet(day)
    tell()
    expect(registrar.held.find(1)?.bindings.map(({ expiresAt }) => expiresAt)).toEqual(before?.map((at) => at + day))
  })
})

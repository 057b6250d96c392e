/** What every SessionStore must keep, whatever it is made of. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Scope } from '../../server/directory/account.ts'
import type { Session, SessionStore } from '../../server/http/session-store.ts'

const start = 1_800_000_000_000

function aSession(over: Partial<Session> = {}): Session {
  return {
    tokenHash: 'a',
    scope: { kind: 'operator' },
    title: '大阪食品',
    login: 'osaka',
    createdAt: start,
    expiresAt: start + 1000,
    ...over,
  }
}

export function sessionStoreContract(name: string, open: () => Promise<{ store: SessionStore; remove(): Promise<void> }>): void {
  describe(`portal sessions in ${name}`, () => {
    let store: SessionStore
    let remove: () => Promise<void>
    beforeEach(async () => {
      const opened = await open()
      store = opened.store
      remove = opened.remove
    })
    afterEach(() => remove())

    test.each([
      { kind: 'operator' },
      { kind: 'account', accountId: 1 },
      { kind: 'circle', accountId: 1, circleId: 2 },
      { kind: 'line', accountId: 1, circleId: 2, lineId: 3 },
    ] satisfies Scope[])('are found again as they were: %j', async (scope) => {
      await store.add(aSession({ scope }))
      expect(await store.find('a', start)).toEqual(aSession({ scope }))
      expect(await store.find('b', start)).toBeUndefined()
    })

    test('end at their time, and later when extended', async () => {
      await store.add(aSession())
      expect(await store.find('a', start + 999)).toBeDefined()
      expect(await store.find('a', start + 1000)).toBeUndefined()
      await store.extend('a', start + 5000)
      expect(await store.find('a', start + 4999)).toMatchObject({ expiresAt: start + 5000 })
      await store.extend('nobody', start + 5000)
      expect(await store.find('nobody', start)).toBeUndefined()
    })

    test('are gone when removed, and others are not', async () => {
      await store.add(aSession())
      await store.add(aSession({ tokenHash: 'b' }))
      await store.remove('a')
      expect([await store.find('a', start), (await store.find('b', start))?.tokenHash]).toEqual([undefined, 'b'])
    })

    test('that have ended are removed together, and cannot be extended back to life', async () => {
      await store.add(aSession())
      await store.add(aSession({ tokenHash: 'b', expiresAt: start + 2000 }))
      await store.removeExpired(start + 1000)
      await store.extend('a', start + 9000)
      expect([await store.find('a', start), (await store.find('b', start))?.tokenHash]).toEqual([undefined, 'b'])
    })
  })
}

/** Bans in memory: for tests, and the shape of the contract at its smallest. */
import type { Ban, BanBook, BanStore } from '../../registrar/guard/ban-store.ts'

interface Held {
  ban: Ban
  liftedBy: string | null
  followed: boolean
}

export function memoryBans(): BanStore & BanBook {
  const all = new Map<number, Held>()
  const inForce = (now: number) =>
    [...all.values()].filter(({ ban, liftedBy }) => liftedBy === null && ban.until > now).map(({ ban }) => copyOf(ban))
  return {
    load: inForce,
    highestId: () => Math.max(0, ...all.keys()),
    save(bans) {
      for (const ban of bans) {
        const before = all.get(ban.id)
        all.set(ban.id, { liftedBy: null, followed: false, ...before, ban: copyOf(ban) })
      }
      return true
    },
    takeLifted() {
      const taken = [...all.values()].filter(({ liftedBy, followed }) => liftedBy !== null && !followed)
      for (const held of taken) held.followed = true
      return taken.map(({ ban, liftedBy }) => ({ id: ban.id, by: liftedBy ?? '' }))
    },
    list: (now) => inForce(now).sort((one, other) => other.id - one.id),
    lift(id, by, now) {
      const held = all.get(id)
      if (held === undefined || held.liftedBy !== null || held.ban.until <= now) return false
      held.liftedBy = by
      return true
    },
    isFollowed: (id) => all.get(id)?.followed === true,
    close() {},
  }
}

function copyOf(ban: Ban): Ban {
  return { ...ban, lineIds: [...ban.lineIds] }
}

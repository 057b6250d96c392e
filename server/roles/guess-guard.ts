/** The guard of the registrar put together: its bans are kept in a file, logged, and told to the web role as facts. */
import type { Ban, BanStore } from '../registrar/guard/ban-store.ts'
import { GuessLimits } from '../registrar/guard/guess-limits.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { FactSender } from './fact-sender.ts'

export interface GuessGuardNeeds {
  bans: BanStore
  random: Random
  log: Log
}

/** How often bans are stored and lifts are looked for, in ms. */
export const settleEveryMs = 200

/** A guard that tells `facts`; `settle` must be called every `settleEveryMs`. */
export function openGuessGuard({ bans, random, log }: GuessGuardNeeds, facts: FactSender): GuessLimits {
  return new GuessLimits({
    key: random.bytes(32),
    store: loggedBans(bans, log),
    banned(ban, lineId) {
      facts.facts.push({ kind: 'blocked', lineId, block: blockOf(ban) })
      facts.added()
    },
    lifted(ban, by) {
      log.info({ ban: ban.id, address: ban.address, username: ban.username, reason: ban.reason, by }, 'a ban was lifted')
      for (const lineId of ban.lineIds) facts.facts.push({ kind: 'unblocked', lineId, banId: ban.id })
      facts.added()
    },
  })
}

/** Each ban is logged once, when it is new: also one for a name that nobody has, which no line's facts tell. */
function loggedBans(bans: BanStore, log: Log): BanStore {
  let logged = bans.highestId()
  return {
    load: (now) => bans.load(now),
    highestId: () => bans.highestId(),
    save(some, now) {
      for (const { id, address, username, reason, count, userAgent, until } of some) {
        if (id <= logged) continue
        logged = id
        log.info({ ban: id, address, username, reason, count, userAgent, until: new Date(until).toISOString() }, 'a ban is in force')
      }
      return bans.save(some, now)
    },
    takeLifted: () => bans.takeLifted(),
    close: () => bans.close(),
  }
}

function blockOf({ id, address, username, userAgent, count, from, until }: Ban) {
  return { banId: id, from: address, username, userAgent, count, since: from, until }
}

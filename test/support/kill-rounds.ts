/** kill -9 under load, again and again; after each, every promise is compared with what the store holds, and all phones renew. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Binding } from '../../server/registrar/binding.ts'
import { openBindings } from '../../server/storage/sqlite/bindings.ts'
import { openCustomer, type PhoneLogin } from './customer.ts'
import type { Program } from './open-program.ts'
import { type Promised, type RecordedPhone, RecordedPhones } from './recorded-phones.ts'

export interface KillRoundsOptions {
  kills: number
  phones: number
  /** Requests that wait for their answer at a time. */
  window: number
  /** Told after each. */
  over?(round: KillRound): void
}

export interface KillRound {
  /** 200s before the kill. */
  answered: number
  /** Challenges before the kill: none, for every phone has a nonce. */
  challengedBefore: number
  /** Phones that had a promise, and of these how many were being answered when the server was killed. */
  promised: number
  open: number
  /** What is not as promised, one sentence each. */
  broken: string[]
  /** From when the new server was ready until all phones had renewed. */
  renewedMs: number
  /** Answers to these renewals. */
  challenged: number
  refused: number
  /** Every phone was answered 200. */
  complete: boolean
}

const fullLoadMs = 1000
const allRenewWithinMs = 60_000
/** The phones' clock and the server's are one, but read a moment apart. */
const clockMs = 50

export async function killRounds(program: Program, { kills, phones: count, window, over }: KillRoundsOptions): Promise<KillRound[]> {
  const phones = await RecordedPhones.open(await addPhones(program, count))
  const rounds: KillRound[] = []
  try {
    if (!(await phones.renewAll(program.sipPort, window, allRenewWithinMs))) throw new Error('Not every phone could sign in.')
    for (let kill = 0; kill < kills; kill++) {
      phones.takeAnswers()
      phones.start(program.sipPort, window)
      await sleep(fullLoadMs + Math.random() * fullLoadMs)
      await program.kill9()
      phones.stop()
      // What was on its way arrives.
      await sleep(100)
      const { ok: answered, challenged: challengedBefore } = phones.takeAnswers()
      const broken = brokenPromises(program.data, phones.phones)
      await program.restart()
      const begun = performance.now()
      const complete = await phones.renewAll(program.sipPort, window, allRenewWithinMs)
      const { challenged, other } = phones.takeAnswers()
      const round: KillRound = {
        answered,
        challengedBefore,
        promised: phones.phones.filter(({ promised }) => promised !== null).length,
        open: phones.phones.filter(({ open }) => open !== null).length,
        broken,
        renewedMs: performance.now() - begun,
        challenged,
        refused: Object.values(other).reduce((sum, one) => sum + one, 0),
        complete,
      }
      rounds.push(round)
      over?.(round)
    }
  } finally {
    phones.close()
  }
  return rounds
}

/** A port that the system hands to nobody else while the server is down: below those it hands out by itself. */
export function quietPort(): string {
  return String(10_000 + Math.floor(Math.random() * 20_000))
}

async function addPhones(program: Program, count: number): Promise<PhoneLogin[]> {
  const circle = '0312345678'
  const customer = await openCustomer(program, circle)
  await customer.close()
  const logins = Array.from({ length: count }, (_, index) => ({
    number: `7${index}`,
    username: `r${index}`,
    password: `recorded-${index}`,
  }))
  const rows = logins.map(({ number, username, password }) => `${circle},${number},sip-phone,${username},${password}\n`)
  await program.importLines(`circle,number,type,username,password\n${rows.join('')}`)
  return logins
}

/** What the store holds must be what the newest 200 promised, or what was asked for behind it and not answered. */
function brokenPromises(data: string, phones: readonly RecordedPhone[]): string[] {
  const store = openBindings(path.join(data, 'bindings.db'))
  const held = new Map<string, Binding>()
  try {
    for (const stored of store.load(0)) {
      if (stored.kind !== 'live') continue
      const { callId } = stored.binding
      if (held.has(callId)) return [`${callId} has two bindings`]
      held.set(callId, stored.binding)
    }
  } finally {
    store.close()
  }
  return phones.flatMap(({ callId, promised, open }) => {
    const binding = held.get(callId)
    if ([promised, open].some((one) => one !== null && keeps(binding, one))) return []
    return [`${callId}: promised ${JSON.stringify(promised)}, open ${JSON.stringify(open)}, held ${JSON.stringify(binding)}`]
  })
}

function keeps(binding: Binding | undefined, { cseq, uri, granted, sentAt, answeredAt }: Promised): boolean {
  if (uri === null || binding === undefined) return uri === null && binding === undefined
  const latest = answeredAt === 0 ? Number.POSITIVE_INFINITY : answeredAt
  const takenAt = binding.expiresAt - granted * 1000
  return binding.uri === uri && binding.cseq === cseq && takenAt >= sentAt - clockMs && takenAt <= latest + clockMs
}

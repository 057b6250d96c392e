/** A registrar on the memory store, with lines as given and a clock that stands still. */
import type { SipLogin } from '../../server/directory/directory.ts'
import { KeyRing, sipPasswordPlace } from '../../server/directory/secret-box.ts'
import type { BindingChange } from '../../server/registrar/binding.ts'
import type { BindingStore } from '../../server/registrar/binding-store.ts'
import { Gruus } from '../../server/registrar/gruu.ts'
import type { Ban } from '../../server/registrar/guard/ban-store.ts'
import { GuessLimits } from '../../server/registrar/guard/guess-limits.ts'
import type { Outcome } from '../../server/registrar/outcome.ts'
import { Registrar, type RegistrarOptions } from '../../server/registrar/registrar.ts'
import { systemRandom } from '../../server/runtime/random.ts'
import { issuedAtOf, Nonces } from '../../server/sip/digest/nonce.ts'
import { TimerWheel } from '../../server/sip/endpoint/timer-wheel.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'
import { memoryBans } from '../../server/storage/memory/bans.ts'
import { memoryBindings } from '../../server/storage/memory/bindings.ts'
import { MemoryLineBook } from '../../server/storage/memory/line-book.ts'
import { type RegisterWish, registerRequest } from './register-request.ts'

export interface TestLine {
  username: string
  password: string
  strong?: boolean
  open?: boolean
  maxContacts?: number
}

export const startOfTests = 1_800_000_000_000
export const phoneFlow: Flow = { transport: 'udp', remoteIp: '192.0.2.10', remotePort: 5060, connection: 0, local: 0 }

/** What a test may set of the rules. */
export type TestRules = Partial<
  Pick<RegistrarOptions, 'realms' | 'domains' | 'ownPorts' | 'expiresMin' | 'strictCSeq' | 'shorten' | 'renewals'>
>

export function openRegistrar(testLines: readonly TestLine[], store: BindingStore = memoryBindings(), rules: TestRules = {}) {
  const ring = new KeyRing([{ id: 1, key: Buffer.alloc(32, 7) }], systemRandom)
  const login = (line: TestLine, lineId: number): SipLogin => ({
    lineId,
    accountId: 1,
    circleId: 1,
    username: line.username,
    strong: line.strong ?? false,
    maxContacts: line.maxContacts ?? 5,
    open: line.open ?? true,
    sealedPassword: ring.seal(line.password, sipPasswordPlace(lineId)),
  })
  const lines = new MemoryLineBook(
    ({ lineId, sealedPassword }) => ring.open(sealedPassword, sipPasswordPlace(lineId)),
    login({ username: '', password: 'nobody', open: false }, 0),
    Buffer.alloc(32, 9),
  )
  testLines.forEach((line, at) => {
    lines.put(login(line, at + 1))
  })
  const nonces = new Nonces({ current: { id: 1, key: Buffer.alloc(32, 3) } }, 4500_000, Buffer.alloc(8))
  const gruus = new Gruus(Buffer.alloc(32, 6), 'sip.test', (count) => systemRandom.bytes(count))
  const wheel = new TimerWheel(startOfTests)
  const turns: (() => void)[] = []
  const told: BindingChange[] = []
  const bans: { ban: Ban; lineId: number }[] = []
  const banStore = memoryBans()
  const guesses = new GuessLimits({
    key: Buffer.alloc(32, 5),
    store: banStore,
    banned: (ban, lineId) => bans.push({ ban, lineId }),
    lifted: () => {},
  })
  const registrar = new Registrar({
    lines,
    nonces,
    guesses,
    realm: 'sip.test',
    realms: new Set(),
    domains: new Set(['sip.test', '203.0.113.1']),
    ownPorts: new Set([5060]),
    gruus,
    expiresMin: 60,
    expiresDefault: 600,
    expiresMax: 3600,
    natExpires: 0,
    strictCSeq: false,
    shorten: (seconds) => seconds,
    shared: (text) => text,
    ...rules,
    store,
    wheel,
    endOfTurn: (work) => turns.push(work),
    changed: (changes) => told.push(...changes),
    issuedAtOf,
  })
  let now = startOfTests
  /** Ends this turn of the event loop: what was decided is stored. */
  const endTurn = () => {
    for (const work of turns.splice(0)) work()
  }
  const world = {
    registrar,
    lines,
    nonces,
    gruus,
    guesses,
    bans,
    banStore,
    told,
    wheel,
    /** Takes a line in, or what changed of it. */
    put: (line: TestLine, lineId: number) => lines.put(login(line, lineId)),
    endTurn,
    now: () => now,
    pass(ms: number) {
      now += ms
      wheel.advance(now)
      endTurn()
    },
    nonce: (ip = phoneFlow.remoteIp) => nonces.issue(now, ip),
    /** Sends one and gives its Outcome, if it has one by the end of the turn. */
    send(wish: RegisterWish, flow: Flow = phoneFlow): Outcome | undefined {
      const outcome = world.sendInTurn(wish, flow)
      endTurn()
      return outcome.value
    },
    /** Sends one without ending the turn. */
    sendInTurn(wish: RegisterWish, flow: Flow = phoneFlow): { value: Outcome | undefined } {
      const got: { value: Outcome | undefined } = { value: undefined }
      registrar.register(registerRequest(wish), flow, now, (outcome) => {
        if (got.value !== undefined) throw new Error('answered twice')
        got.value = outcome
      })
      return got
    },
  }
  return world
}

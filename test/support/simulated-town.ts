/**
 * A town of phones and a server on a simulated clock: what a power cut does to them, on a machine that has nothing else to do. The kernel's
 * queue, the turns of the event loop and the cost of each kind of work are modelled; Admission is the real one.
 */
import type { AdmissionNeeds, OverloadNews } from '../../server/sip/admission/admission.ts'
import { Admission } from '../../server/sip/admission/admission.ts'
import type { Flow } from '../../server/sip/transport/flow.ts'

export interface Town {
  phones: number
  /** First requests a second, from anywhere, that nobody goes on with. */
  flood?: number
  /** Renewals a second of phones that are signed in; they are measured. */
  renewals?: number
  shed: boolean
  /** Ends when all are signed in, or then at the latest. */
  seconds: number
}

export interface TownResult {
  signedIn: number
  /** When the last phone was signed in. */
  seconds: number
  perSecond: number[]
  /** Packets that found the kernel's queue full. */
  lost: number
  /** ms from the first packet of a renewal to its answer, where 99 of 100 lie below; those never answered count as the end. */
  renewalP99: number
  refused: number
  news: OverloadNews[]
}

/** ms of processor time, as measured on two cores (bench/register.bench.ts and the sockets). */
const costs = { challenge: 0.02, register: 0.03, repeat: 0.01, look: 0.002 }
const queueLength = 6500
const readInATurn = 512
const t1 = 500
const t2 = 4000
const stops = 32_000

type Phone = {
  id: number
  state: 'first' | 'proof' | 'done' | 'rests'
  askedAt: number
  interval: number
  begunAt: number
  renews: boolean
}

const nonce = 'a'.repeat(50)
const first = Buffer.alloc(160)
const proof = Buffer.alloc(240)

export function simulate(town: Town): TownResult {
  let now = 0
  let lost = 0
  const queue: { phone: Phone | undefined; proof: boolean; id: number }[] = []
  let head = 0
  const due = new Map<number, Phone[]>()
  const later: { at: number; work: () => void }[] = []
  let ends: (() => void)[] = []
  const perSecond: number[] = []
  const took: number[] = []
  const news: OverloadNews[] = []
  let signedIn = 0
  let lastAt = 0
  let refused = 0
  let floodSent = 0
  let renewalsSent = 0
  const random = mulberry(7)
  const asked: Phone[] = []

  const needs: AdmissionNeeds = {
    now: () => now,
    time: () => now,
    nonces: { known: () => 1 },
    bytes: (count) => Buffer.alloc(count, 9),
    below: (below) => Math.floor(random() * below),
    endOfTurn: (work) => void ends.push(work),
    after: (ms, work) => void later.push({ at: now + ms, work }),
    serve: (bytes, _flow, start) => answer(asked[bytes.readInt32LE(start + 60)], false),
    told: (one) => void news.push(one),
  }
  const admission = town.shed ? new Admission(needs) : undefined

  const plan = (phone: Phone, at: number) => {
    const tick = Math.max(Math.ceil(at), Math.floor(now) + 1)
    const there = due.get(tick)
    if (there === undefined) due.set(tick, [phone])
    else there.push(phone)
  }
  const arrive = (phone: Phone | undefined, isProof: boolean, id: number) => {
    if (queue.length - head >= queueLength) lost++
    else queue.push({ phone, proof: isProof, id })
  }
  const ask = (phone: Phone, state: 'first' | 'proof') => {
    phone.state = state
    phone.askedAt = now
    phone.interval = t1
    arrive(phone, state === 'proof', phone.id)
    plan(phone, now + t1)
  }
  const done = (phone: Phone) => {
    phone.state = 'done'
    if (phone.renews) took.push(now - phone.begunAt)
    else {
      signedIn++
      lastAt = now
      perSecond[Math.floor(now / 1000)] = (perSecond[Math.floor(now / 1000)] ?? 0) + 1
    }
  }
  function answer(phone: Phone | undefined, isProof: boolean): void {
    if (!isProof) {
      now += costs.challenge
      if (phone?.state === 'first') ask(phone, 'proof')
      return
    }
    now += phone?.state === 'proof' ? costs.register : costs.repeat
    if (phone?.state === 'proof') done(phone)
  }
  let looked = -1
  /** What happens outside while the server works: phones send, timers run. */
  const world = () => {
    for (; looked < Math.floor(now); ) {
      looked++
      flood(random())
      for (const phone of due.get(looked) ?? []) comeDue(phone)
      due.delete(looked)
      flood(1)
      for (; renewalsSent < ((town.renewals ?? 0) * looked) / 1000; renewalsSent++) {
        const phone: Phone = { id: -1, state: 'proof', askedAt: now, interval: t1, begunAt: looked, renews: true }
        ask(phone, 'proof')
      }
    }
    for (let i = later.length - 1; i >= 0; i--) if ((later[i]?.at ?? 0) <= now) later.splice(i, 1)[0]?.work()
  }
  /** Some of what is due in this millisecond, so that phones come at any place in it. */
  const flood = (share: number) => {
    const perSecond = town.flood ?? 0
    for (; floodSent < (perSecond * (looked + share)) / 1000; floodSent++) arrive(undefined, false, town.phones + floodSent)
  }
  const comeDue = (phone: Phone) => {
    if (phone.state === 'done') return
    if (phone.state === 'rests') return ask(phone, 'first')
    if (now < phone.askedAt + phone.interval - 1 && phone.interval === t1) return
    if (now - phone.askedAt >= stops) {
      phone.state = 'rests'
      plan(phone, now + 30_000)
      return
    }
    arrive(phone, phone.state === 'proof', phone.id)
    phone.interval = Math.min(phone.interval * 2, t2)
    plan(phone, now + phone.interval)
  }

  for (let id = 0; id < town.phones; id++) {
    const phone: Phone = { id, state: 'rests', askedAt: 0, interval: t1, begunAt: 0, renews: false }
    asked.push(phone)
    plan(phone, random() * 1000)
  }
  first.write('REGISTER sip:town SIP/2.0\r\n')
  proof.write(`REGISTER sip:town SIP/2.0\r\nAuthorization: Digest nonce="${nonce}"`)
  const flows: Flow[] = Array.from({ length: 997 }, (_, n) => ({
    transport: 'udp',
    remoteIp: `10.0.${n >> 8}.${n & 255}`,
    remotePort: 5060,
    connection: 0,
    local: 0,
  }))
  while ((signedIn < town.phones || town.phones === 0) && now < town.seconds * 1000) {
    world()
    if (head === queue.length && ends.length === 0) {
      now = Math.floor(now) + 1
      continue
    }
    for (let read = 0; read < readInATurn && head < queue.length; read++) {
      const one = queue[head++]
      if (one === undefined) break
      if ((read & 31) === 0) world()
      now += costs.look
      const bytes = one.proof ? proof : first
      bytes.writeInt32LE(one.id, one.proof ? 200 : 60)
      const flow = flows[Math.abs(one.id) % flows.length] as Flow
      const verdict = admission?.datagram(bytes, flow, 0, bytes.length) ?? 'pass'
      if (verdict === 'pass') answer(one.phone, one.proof)
      else if (verdict === 'refuse') {
        refused++
        now += costs.challenge
        if (one.phone?.state === 'first') {
          one.phone.state = 'rests'
          plan(one.phone, now + (admission?.retryAfter() ?? 0) * 1000)
        }
      }
    }
    if (head > 100_000) {
      queue.splice(0, head)
      head = 0
    }
    const works = ends
    ends = []
    for (const work of works) work()
  }
  for (let missing = renewalsSent - took.length; missing > 0; missing--) took.push(town.seconds * 1000)
  took.sort((one, other) => one - other)
  const renewalP99 = took[Math.floor(took.length * 0.99)] ?? 0
  return { signedIn, seconds: lastAt / 1000, perSecond: Array.from(perSecond, (count) => count ?? 0), lost, renewalP99, refused, news }
}

function mulberry(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let value = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296
  }
}

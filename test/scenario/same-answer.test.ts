/**
 * Ten thousand requests for names that exist and names that do not, mixed: what comes back tells nothing, neither by its bytes nor by
 * the time it took. Each name of a kind that is "never used" is asked for once, since its first use is what costs most.
 */
import { createHash, randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Customer, domain, openCustomer } from '../support/customer.ts'
import { openProgram, type Program } from '../support/open-program.ts'
import { chanceDeviation, chanceGreater, median } from '../support/rank-test.ts'

const names = ['nobody', 'never used', 'used before', 'signed in'] as const
const ways = ['no credentials', 'wrong password', 'invented nonce'] as const
type Name = (typeof names)[number]
type Way = (typeof ways)[number]

const rounds = 840
/** Retried once, with names of its own. */
const tries = 2
const strongShare = 1 / 8
const usedLines = 100
/** An address may answer so many challenges before it is taken for a guesser. */
const answersOfAddress = 18
/** How many standard deviations may lie between two kinds of name; a difference of about 5 µs; one too many by chance is next to impossible. */
const mostDeviations = 6

let program: Program
let customer: Customer
const users: Record<Exclude<Name, 'nobody' | 'never used'>, string[]> = { 'used before': [], 'signed in': [] }
let neverUsed: string[] = []
const strong = new Set<string>()
/** All names have the same length. */
const userName = (at: number) => `0501${String(at).padStart(7, '0')}`
const neverUsedNeeded = rounds * ways.length * tries

beforeAll(async () => {
  program = await openProgram()
  customer = await openCustomer(program)
  const total = neverUsedNeeded + usedLines * 2
  const strongFrom = Math.round(total * (1 - strongShare))
  const rows = Array.from({ length: strongFrom }, (_, at) => `${customer.circle},${userName(at)},sip-phone,pw${userName(at)}`)
  await program.importLines(`circle,number,type,password\n${rows.join('\n')}\n`)
  await customer.addLines(total - strongFrom, (at) => {
    const number = userName(strongFrom + at)
    strong.add(number)
    return { number, password: `pw${number}`, strong: true }
  })
  const all = shuffle(Array.from({ length: total }, (_, at) => userName(at)))
  users['used before'] = all.splice(0, usedLines)
  users['signed in'] = all.splice(0, usedLines)
  neverUsed = all
  for (const kind of ['used before', 'signed in'] as const) {
    const phones = new Asker('127.0.9.1')
    await phones.open()
    for (const user of users[kind]) expect((await phones.ask(user, 'right password')).text).toMatch(/^SIP\/2.0 200 /)
    if (kind === 'used before') for (const user of users[kind]) await phones.ask(user, 'right password', 0)
    phones.close()
  }
})
afterAll(async () => {
  await customer?.close()
  await program?.end()
})

interface Answer {
  text: string
  /** µs. */
  took: number
}

/** One source address: asks, one request at a time, and measures. */
class Asker {
  readonly #host: string
  readonly #socket: Socket = createSocket('udp4')
  #nonce = ''
  #count = 0
  #number = 0
  answers = 0

  constructor(host: string) {
    this.#host = host
  }

  async open(): Promise<void> {
    this.#socket.bind(0, this.#host)
    await once(this.#socket, 'listening')
    this.#nonce = /nonce="([^"]+)"/.exec((await this.#exchange(this.#request('99999999999', '', 60))).text)?.[1] ?? ''
  }

  ask(user: string, way: Way | 'right password', expires = 600): Promise<Answer> {
    if (way === 'no credentials') return this.#exchange(this.#request(user, '', expires))
    this.answers++
    const nonce = way === 'invented nonce' ? 'f'.repeat(50) : this.#nonce
    const count = (++this.#count).toString(16).padStart(8, '0')
    const algorithm = strong.has(user) ? 'sha256' : 'md5'
    const hash = (text: string) => createHash(algorithm).update(text).digest('hex')
    const secret = hash(`${user}:${domain}:${way === 'right password' ? `pw${user}` : 'no'}`)
    const response = hash(`${secret}:${nonce}:${count}:c0ffee:auth:${hash(`REGISTER:sip:${domain}`)}`)
    // An attacker answers the challenge that he was given; here all answer MD5 but those who must be let in.
    const proof = way === 'right password' ? { response, algorithm } : { response: randomHex(), algorithm: 'md5' }
    const header =
      `Authorization: Digest username="${user}", realm="${domain}", nonce="${nonce}", uri="sip:${domain}", response="${proof.response}", ` +
      `algorithm=${proof.algorithm === 'md5' ? 'MD5' : 'SHA-256'}, cnonce="c0ffee", qop=auth, nc=${count}\r\n`
    return this.#exchange(this.#request(user, header, expires))
  }

  close(): void {
    this.#socket.close()
  }

  #request(user: string, authorization: string, expires: number): Buffer {
    const number = String(++this.#number).padStart(6, '0')
    const { port } = this.#socket.address()
    return Buffer.from(
      `REGISTER sip:${domain} SIP/2.0\r\nVia: SIP/2.0/UDP ${this.#host}:${port};branch=z9hG4bK${user}${number}${randomHex()};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:${user}@${domain}>;tag=${randomHex()}\r\nTo: <sip:${user}@${domain}>\r\n` +
        `Call-ID: ${user}-${expires}-${randomHex()}@phone\r\nCSeq: 1 REGISTER\r\nContact: <sip:${user}@192.0.2.9:5060>\r\n` +
        `Expires: ${expires}\r\nUser-Agent: phone\r\n${authorization}Content-Length: 0\r\n\r\n`,
    )
  }

  #exchange(request: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to ${request}`)), 5000)
      this.#socket.once('message', (bytes) => {
        const took = (performance.now() - sentAt) * 1000
        clearTimeout(late)
        resolve({ text: bytes.toString('latin1'), took })
      })
      const sentAt = performance.now()
      this.#socket.send(request, program.sipPort, '127.0.0.1')
    })
  }
}

let addresses = 0
let asker: Asker | undefined

/** An address that has not answered too many challenges yet. */
async function freshAsker(): Promise<Asker> {
  if (asker !== undefined && asker.answers < answersOfAddress) return asker
  asker?.close()
  asker = new Asker(`127.1.${addresses >> 8}.${addresses++ & 255}`)
  await asker.open()
  return asker
}

function nameOf(kind: Name): string {
  if (kind === 'nobody') return `0502${String(randomInt(10_000_000)).padStart(7, '0')}`
  if (kind === 'never used') return neverUsed.pop() ?? ''
  return users[kind][randomInt(users[kind].length)] ?? ''
}

function randomHex(): string {
  return createHash('md5').update(String(Math.random())).digest('hex')
}

function shuffle<T>(all: T[]): T[] {
  for (let at = all.length - 1; at > 0; at--) {
    const other = randomInt(at + 1)
    const held = all[at] as T
    all[at] = all[other] as T
    all[other] = held
  }
  return all
}

/** The answer without what is the request's own or made anew each time: of that only the length. */
function shape(text: string, user: string): string {
  return text
    .replaceAll(user, 'user')
    .replace(/nonce="([0-9a-f]+)"/, (_, nonce: string) => `nonce="${nonce.length}"`)
    .replace(/(To: .*;tag=)([0-9a-f]+)/, (_, head: string, tag: string) => `${head}${tag.length}`)
    .replace(/branch=[^;\r]+/, 'branch=*')
    .replace(/From: .*/, 'From: *')
    .replace(/Call-ID: .*/, 'Call-ID: *')
    .replace(/received=[\d.]+/, 'received=*')
    .replace(/127\.\d+\.\d+\.\d+:\d+/, 'host:port')
    .replace(/rport=\d+/, 'rport=*')
}

test('trap 32: a name that exists cannot be told from one that does not, in 10,000 requests', {
  retry: tries - 1,
  timeout: 120_000,
}, async () => {
  const took = new Map<string, number[]>()
  const shapes: Record<Name, Map<string, number>> = {
    nobody: new Map(),
    'never used': new Map(),
    'used before': new Map(),
    'signed in': new Map(),
  }
  for (let round = -20; round < rounds; round++) {
    const turns = shuffle(ways.flatMap((way) => names.map((name) => ({ way, name }))))
    for (const { way, name } of turns) {
      // The first rounds warm the program up; no name is spent on them.
      const user = nameOf(round < 0 && name === 'never used' ? 'used before' : name)
      const answer = await (await freshAsker()).ask(user, way)
      if (round < 0) continue
      const key = `${name}, ${way}`
      const times = took.get(key)
      if (times === undefined) took.set(key, [answer.took])
      else times.push(answer.took)
      const seen = shape(answer.text, user)
      shapes[name].set(seen, (shapes[name].get(seen) ?? 0) + 1)
    }
  }
  const timesOf = (name: Name, way: Way) => took.get(`${name}, ${way}`) ?? []

  // The bytes: two shapes, that of lines with MD5 and that of strong lines, whatever was sent and whoever was asked for.
  const all = new Set(names.flatMap((name) => [...shapes[name].keys()]))
  expect([...all].map((text) => /algorithm=(\S+),/.exec(text)?.[1]).sort()).toEqual(['MD5', 'SHA-256'])
  for (const text of all) expect(text).toMatch(/^SIP\/2.0 401 Unauthorized\r\n/)
  // Of the few that are used again and again the share is a matter of chance.
  for (const name of ['nobody', 'never used'] as const) {
    const strongOnes = [...shapes[name]].filter(([text]) => text.includes('SHA-256')).reduce((sum, [, count]) => sum + count, 0)
    expect(Math.abs(strongOnes / (rounds * ways.length) - strongShare)).toBeLessThan(0.05)
  }

  // The time. That the measure sees a difference of a few µs on this machine is shown first: proving costs more than asking.
  const deviation = chanceDeviation(rounds, rounds)
  const seen = chanceGreater(timesOf('nobody', 'no credentials'), timesOf('nobody', 'wrong password')) - 0.5
  const told = ways.map((way) => `${way}: ${names.map((name) => `${name} ${median(timesOf(name, way)).toFixed(1)} µs`).join(', ')}`)
  expect(seen / deviation, `the measure is blind here: ${told.join('; ')}`).toBeGreaterThan(mostDeviations)
  for (const way of ways) {
    for (const name of names.slice(1)) {
      const apart = Math.abs(chanceGreater(timesOf('nobody', way), timesOf(name, way)) - 0.5) / deviation
      expect(apart, `${way}, nobody against ${name}; ${told.join('; ')}`).toBeLessThan(mostDeviations)
    }
  }
})

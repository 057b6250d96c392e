import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryBans } from '../../storage/memory/bans.ts'
import type { Ban } from './ban-store.ts'
import { GuessLimits } from './guess-limits.ts'

const start = 1_800_000_000_000
const minute = 60_000

function open(store = memoryBans()) {
  const told: { ban: Ban; lineId: number }[] = []
  const lifted: string[] = []
  const limits = new GuessLimits({
    key: Buffer.alloc(32, 7),
    store,
    banned: (ban, lineId) => told.push({ ban, lineId }),
    lifted: (ban, by) => lifted.push(`${ban.id} by ${by}`),
  })
  let response = 0
  return {
    limits,
    store,
    told,
    lifted,
    fail(name: string, at = start, ip = '192.0.2.1', lineId = 0) {
      limits.failed({ ip, name, response: `${response++}`, userAgent: 'phone', lineId }, at)
    },
    failTimes(times: number, name: string, at = start, ip = '192.0.2.1', lineId = 0) {
      for (let i = 0; i < times; i++) this.fail(name, at, ip, lineId)
    },
    blocked: (name: string, at = start, ip = '192.0.2.1') => limits.banOn(ip, name, at) !== undefined,
  }
}

function fnv1a(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  return value
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Bytes in use, after what is garbage was collected. */
function memoryUsed(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('wrong passwords for one name from one address', () => {
  test('nineteen block nothing, the twentieth blocks that name from that address', () => {
    const world = open()
    world.failTimes(19, '201')
    expect(world.blocked('201')).toBe(false)
    world.fail('201')
    expect(world.blocked('201')).toBe(true)
    expect(world.blocked('202')).toBe(false)
    expect(world.blocked('201', start, '192.0.2.2')).toBe(false)
  })

  test('the name is taken without regard to case, and an IPv6 network as one address', () => {
    const world = open()
    for (let i = 0; i < 20; i++) world.fail(i % 2 === 0 ? 'Anna' : 'ANNA', start, `2001:db8:0:1::${(i + 1).toString(16)}`)
    expect(world.blocked('anna', start, '2001:db8:0:1:ffff::9')).toBe(true)
    expect(world.blocked('anna', start, '2001:db8:0:2::1')).toBe(false)
  })

  test('two answers cannot be made up that count as one, as they could where they are told apart without a key', () => {
    const { limits, blocked } = open()
    const seen = new Map<number, string>()
    let pair: [string, string] | undefined
    for (let n = 0; pair === undefined; n++) {
      const response = (n * 2654435761).toString(16).padStart(32, '0')
      const folded = fnv1a(response)
      const other = seen.get(folded)
      if (other === undefined) seen.set(folded, response)
      else pair = [other, response]
    }
    const [one, two] = pair
    for (let i = 0; i < 20; i++) {
      limits.failed({ ip: '192.0.2.1', name: '201', response: i % 2 === 0 ? one : two, userAgent: 'phone', lineId: 0 }, start)
    }
    expect(blocked('201')).toBe(true)
  })

  test('twenty that are spread over more than ten minutes block nothing', () => {
    const world = open()
    for (let i = 0; i < 60; i++) world.fail('201', start + i * 32_000)
    expect(world.blocked('201', start + 60 * 32_000)).toBe(false)
  })

  test('twenty within ten minutes block, wherever the ten minutes begin', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 120 }), (gaps) => {
        const world = open()
        const times: number[] = []
        let at = start
        for (const gap of gaps) {
          at += gap * 1000
          world.fail('201', at)
          times.push(at)
          const expected = times.length >= 20 && at - (times.at(-20) ?? 0) < 10 * minute
          expect(world.blocked('201', at)).toBe(expected)
          if (expected) return
        }
      }),
    )
  })

  test('the block ends after fifteen minutes, and twenty more are needed for the next', () => {
    const world = open()
    world.failTimes(20, '201')
    expect(world.blocked('201', start + 15 * minute - 1)).toBe(true)
    const after = start + 15 * minute
    expect(world.blocked('201', after)).toBe(false)
    world.failTimes(19, '201', after)
    expect(world.blocked('201', after)).toBe(false)
  })

  test('a success in between resets', () => {
    const world = open()
    world.failTimes(19, '201')
    world.limits.succeeded('192.0.2.1', '201')
    world.failTimes(19, '201')
    expect(world.blocked('201')).toBe(false)
  })

  test('a renewal of another phone at the address does not', () => {
    const world = open()
    world.failTimes(19, '201')
    world.limits.renewed('192.0.2.1')
    world.fail('201')
    expect(world.blocked('201')).toBe(true)
  })

  test('the same packet again, as UDP repeats it, weighs nothing', () => {
    const world = open()
    for (let i = 0; i < 300; i++) {
      world.limits.failed({ ip: '192.0.2.1', name: '201', response: `answer ${i >> 4}`, userAgent: '', lineId: 0 }, start)
    }
    // 300 packets are 19 attempts.
    expect(world.blocked('201')).toBe(false)
    world.fail('201')
    expect(world.blocked('201')).toBe(true)
  })

  test('an empty name does not stand for the whole address', () => {
    const world = open()
    world.failTimes(20, '')
    expect(world.blocked('')).toBe(true)
    expect(world.blocked('201')).toBe(false)
  })
})

describe('different names that fail from one address', () => {
  test('twenty-nine block nothing, the thirtieth blocks every name there', () => {
    const world = open()
    for (let i = 0; i < 29; i++) world.fail(`u${i}`)
    for (let i = 0; i < 29; i++) world.fail(`u${i}`)
    expect(world.blocked('u0')).toBe(false)
    world.fail('u29')
    expect(world.blocked('u0')).toBe(true)
    expect(world.blocked('somebody')).toBe(true)
    expect(world.blocked('somebody', start, '192.0.2.2')).toBe(false)
  })

  test.each([
    ['a phone that signs in', (world: ReturnType<typeof open>) => world.limits.succeeded('192.0.2.1', 'right')],
    ['a phone that renews', (world: ReturnType<typeof open>) => world.limits.watching && world.limits.renewed('192.0.2.1')],
  ])('an office or push gateway with %s now and then is never blocked', (_, succeed) => {
    const world = open()
    for (let i = 0; i < 500; i++) {
      world.fail(`u${i}`)
      if (i % 20 === 19) succeed(world)
    }
    expect(world.blocked('right')).toBe(false)
  })

  test('slowly, but without an hour of silence, block as well', () => {
    const world = open()
    for (let i = 0; i < 30; i++) world.fail(`u${i}`, start + i * 55 * minute)
    expect(world.blocked('u0', start + 29 * 55 * minute)).toBe(true)
  })

  test('are forgotten after an hour of silence', () => {
    const world = open()
    for (let i = 0; i < 29; i++) world.fail(`u${i}`)
    world.fail('u29', start + 61 * minute)
    expect(world.blocked('u0', start + 61 * minute)).toBe(false)
  })
})

describe('answers to nonces of others', () => {
  test('never block, but after twenty wrong ones a right one is no news any more', () => {
    const { limits } = open()
    for (let i = 0; i < 19; i++) limits.failedForeign('192.0.2.1', '201', start)
    expect(limits.mayTell('192.0.2.1', '201', start)).toBe(true)
    limits.failedForeign('192.0.2.1', '201', start)
    expect(limits.mayTell('192.0.2.1', '201', start)).toBe(false)
    expect(limits.banOn('192.0.2.1', '201', start)).toBeUndefined()
    expect(limits.mayTell('192.0.2.1', '201', start + 21 * minute)).toBe(true)
  })

  test('for many names from one address end the news for all names there', () => {
    const { limits } = open()
    for (let i = 0; i < 30; i++) limits.failedForeign('192.0.2.1', `u${i}`, start)
    expect(limits.mayTell('192.0.2.1', 'another', start)).toBe(false)
    expect(limits.mayTell('192.0.2.2', 'another', start)).toBe(true)
  })

  test('from a million forged addresses can only make it tell less', () => {
    const { limits } = open()
    for (let i = 0; i < 20; i++) limits.failedForeign('192.0.2.1', '201', start)
    for (let i = 0; i < 300_000; i++) limits.failedForeign(`10.${i & 255}.${(i >> 8) & 255}.${i >> 16}`, `u${i & 63}`, start)
    expect(limits.mayTell('192.0.2.1', '201', start)).toBe(false)
  })
})

describe('a flood of guesses from many addresses', () => {
  test('keeps to its tables: bans stay few, and memory does not grow', () => {
    const world = open()
    for (let i = 0; i < 50_000; i++) world.fail('201', start, `10.${i & 255}.${(i >> 8) & 255}.9`)
    const before = memoryUsed()
    for (let i = 0; i < 200_000; i++) {
      world.limits.failed(
        { ip: `10.${i & 255}.${(i >> 8) & 255}.${(i >> 16) & 255}`, name: 'x', response: 'r', userAgent: '', lineId: 0 },
        start,
      )
    }
    expect(memoryUsed() - before).toBeLessThan(5e6)
    expect(world.limits.bans).toBe(0)
  })

  test('never holds more than ten thousand bans', () => {
    const world = open()
    for (let i = 0; i < 10_100; i++) world.failTimes(20, 'x', start + i, `10.1.${i >> 8}.${i & 255}`)
    expect(world.limits.bans).toBe(10_000)
  })
})

describe('a ban', () => {
  test('is told with the line, its reason and its end', () => {
    const world = open()
    world.failTimes(20, 'Anna', start, '192.0.2.1', 5)
    expect(world.told).toEqual([])
    world.limits.settle(start)
    expect(world.told).toMatchObject([
      { lineId: 5, ban: { id: 1, address: '192.0.2.1', username: 'Anna', reason: 'wrong-passwords', count: 20, from: start } },
    ])
    expect(world.told[0]?.ban.until).toBe(start + 15 * minute)
  })

  test('of an address is told to each line that meets it, once', () => {
    const world = open()
    for (let i = 0; i < 30; i++) world.fail(`u${i}`)
    const ban = world.limits.banOn('192.0.2.1', 'anybody', start)
    if (ban === undefined) throw new Error('no ban')
    for (const lineId of [7, 8, 7, 0]) world.limits.refused(ban, lineId)
    world.limits.settle(start)
    expect(world.told.map(({ lineId }) => lineId)).toEqual([7, 8])
    expect(ban).toMatchObject({ reason: 'many-names', username: '', count: 30 })
  })

  test('survives a restart, with the lines that it concerns', () => {
    const world = open()
    world.failTimes(20, '201', start, '2001:db8::5', 5)
    world.limits.settle(start)
    const again = open(world.store)
    expect(again.blocked('201', start, '2001:db8::6')).toBe(false)
    again.limits.load(start + minute)
    expect(again.blocked('201', start + minute, '2001:db8::6')).toBe(true)
    expect(again.told.map(({ lineId }) => lineId)).toEqual([5])
    again.failTimes(20, '202')
    again.limits.settle(start)
    expect(world.store.list(start).map(({ id }) => id)).toEqual([2, 1])
  })

  test('ends when it is lifted', () => {
    const world = open()
    world.failTimes(20, '201')
    world.limits.settle(start)
    expect(world.store.lift(1, 'operator', start)).toBe(true)
    expect(world.blocked('201')).toBe(true)
    world.limits.settle(start + 200)
    expect(world.blocked('201')).toBe(false)
    expect(world.lifted).toEqual(['1 by operator'])
    expect(world.store.isFollowed(1)).toBe(true)
    expect(world.store.lift(1, 'operator', start)).toBe(false)
  })

  test('that cannot be stored holds all the same and is stored later', () => {
    const store = memoryBans()
    let broken = true
    const world = open({ ...store, save: (bans, now) => !broken && store.save(bans, now) })
    world.failTimes(20, '201')
    world.limits.settle(start)
    expect(world.blocked('201')).toBe(true)
    expect(store.list(start)).toEqual([])
    broken = false
    world.limits.settle(start + 200)
    expect(store.list(start)).toHaveLength(1)
  })

  test('that is over is swept out', () => {
    const world = open()
    world.failTimes(20, '201')
    world.limits.settle(start)
    expect(world.limits.bans).toBe(1)
    world.limits.settle(start + 16 * minute)
    expect(world.limits.bans).toBe(0)
  })
})

describe('when the clock is set', () => {
  test.each([
    ['ahead by a day', 24 * 60 * minute],
    ['back by an hour', -60 * minute],
  ])('%s, a ban keeps the time it has left, after a restart too', (_, by) => {
    const world = open()
    world.failTimes(20, '201')
    world.limits.settle(start)
    world.limits.clockSet(by)
    const now = start + by
    world.limits.settle(now)
    const again = open(world.store)
    again.limits.load(now)
    for (const one of [world, again]) {
      expect(one.blocked('201', now + 15 * minute - 1)).toBe(true)
      expect(one.blocked('201', now + 15 * minute)).toBe(false)
    }
  })
})

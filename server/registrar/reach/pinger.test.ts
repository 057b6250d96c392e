import { describe, expect, test } from 'vitest'
import { TimerWheel, tickMs } from '../../sip/endpoint/timer-wheel.ts'
import type { Binding } from '../binding.ts'
import { HeldLines } from '../held-lines.ts'
import { Pinger, type Probe } from './pinger.ts'
import { Reachability } from './reachability.ts'

const start = 1_800_000_000_000
const everyMs = 30_000

type Answer = { ms: number } | 'timeout' | 'not-sent'

function binding(id: number, more: Partial<Binding> = {}): Binding {
  return {
    id,
    lineId: id,
    uri: `sip:${id}@10.0.0.7:5060`,
    echo: '',
    instance: '',
    regId: 0,
    q: 1000,
    callId: 'c',
    cseq: 1,
    expiresAt: start + 3600_000,
    granted: 3600,
    transport: 'udp',
    ip: '192.0.2.7',
    port: 5060,
    connection: 0,
    path: '',
    userAgent: '',
    boundAt: start,
    seenAt: start,
    nonceId: '',
    nonceCount: 0,
    ...more,
  }
}

function open(bindings: readonly Binding[], round = everyMs) {
  const held = new HeldLines()
  for (const one of bindings) held.of(one.lineId).bindings = [...held.of(one.lineId).bindings, one]
  const wheel = new TimerWheel(start)
  const reachability = new Reachability()
  const asked: { id: number; at: number; done: (answer: Answer) => void }[] = []
  const told: Probe[] = []
  const overload = { now: false }
  const turns: (() => void)[] = []
  let now = start
  const pinger = new Pinger({
    held,
    reachability,
    wheel,
    everyMs: round,
    overloaded: () => overload.now,
    ask: (one, done) => asked.push({ id: one.id, at: now - start, done }),
    now: () => now,
    endOfTurn: (work) => turns.push(work),
    told: (probe) => told.push(probe),
  })
  pinger.start()
  return {
    overload,
    held,
    reachability,
    pinger,
    asked,
    told,
    /** Lets time pass; `reply` answers each ping as it goes out. */
    pass(ms: number, reply?: (id: number) => Answer) {
      for (let passed = 0; passed < ms; passed += tickMs) {
        const before = asked.length
        now += tickMs
        wheel.advance(now)
        while (turns.length > 0) for (const work of turns.splice(0)) work()
        if (reply !== undefined) for (const { id, done } of asked.slice(before)) done(reply(id))
      }
    },
  }
}

const many = (count: number, more: Partial<Binding> = {}) => Array.from({ length: count }, (_, at) => binding(at + 1, more))
const answering = () => ({ ms: 12 })

describe('the pinger', () => {
  test('asks every phone behind a NAT once a round, spread evenly', () => {
    const { pass, asked } = open(many(300))
    pass(everyMs * 2, answering)
    const bySecond = new Map<number, number>()
    for (const { at } of asked) bySecond.set(Math.floor((at - 1) / 1000), (bySecond.get(Math.floor((at - 1) / 1000)) ?? 0) + 1)
    expect(asked.length).toBeGreaterThan(590)
    expect(asked.length).toBeLessThanOrEqual(600)
    expect(Math.max(...bySecond.values())).toBeLessThanOrEqual(11)
  })

  test('asks a single phone about every round, not in every step', () => {
    const { pass, asked } = open(many(1))
    pass(everyMs * 10, answering)
    // The turn of the walk costs a step too.
    expect(asked.length).toBeGreaterThanOrEqual(4)
    expect(asked.length).toBeLessThanOrEqual(10)
  })

  test.each([
    ['at its own address', { uri: 'sip:a@192.0.2.7:5060' }],
    ['on a connection', { transport: 'tls', connection: 4 }],
  ] as const)('asks a phone %s in every tenth round only', (_, more) => {
    const { pass, asked } = open(many(300, more))
    pass(everyMs * 10, answering)
    expect(asked.length).toBeGreaterThan(250)
    expect(asked.length).toBeLessThanOrEqual(310)
  })

  test('never asks more than 2,000 in a second: with more phones a round takes longer', () => {
    const { pass, asked } = open(many(5000), 1000)
    pass(2000, answering)
    expect(asked.length).toBe(4000)
    pass(1000, answering)
    expect(new Set(asked.map((one) => one.id)).size).toBe(5000)
  })

  test('does not ask a phone whose time has run out, nor one whose connection our restart cut', () => {
    const { pass, asked } = open([binding(1, { expiresAt: start }), binding(10, { transport: 'tcp', connection: 0 })])
    pass(everyMs * 12, answering)
    expect(asked).toEqual([])
  })

  test('tells the round trip at the first answer, whatever status it has, and not at every one', () => {
    const { pass, told } = open(many(2))
    pass(everyMs * 4, () => ({ ms: 11.6 }))
    expect(told).toMatchObject([
      { lineId: 1, contactId: 1, rttMs: 12 },
      { lineId: 2, contactId: 2, rttMs: 12 },
    ])
  })

  test('tells once that a phone is silent, since the first of three misses, and asks it less often then', () => {
    const { pass, told, asked, reachability } = open(many(10))
    pass(everyMs + 4000, answering)
    const first = asked.length
    pass(everyMs * 5, (id) => (id === 3 ? 'timeout' : { ms: 12 }))
    expect([...reachability.unreachable]).toEqual([3])
    const since = asked.slice(first).find((one) => one.id === 3)?.at ?? 0
    expect(told.filter((one) => one.rttMs === null)).toEqual([{ lineId: 3, contactId: 3, at: start + since, rttMs: null }])
    const before = asked.filter((one) => one.id === 3).length
    pass(everyMs * 8, (id) => (id === 3 ? 'timeout' : { ms: 12 }))
    expect(asked.filter((one) => one.id === 3).length - before).toBeLessThanOrEqual(2)
    expect(told.filter((one) => one.rttMs === null)).toHaveLength(1)
  })

  test('counts a round without an answer as a miss while the request still waits', () => {
    const { pass, asked, reachability } = open(many(10))
    pass(everyMs * 4.5)
    expect(asked.length).toBe(10)
    expect(reachability.unreachable.size).toBe(10)
  })

  test('asks nobody while we are overloaded, and blames nobody for what was lost then', () => {
    const { pass, asked, reachability, overload } = open(many(10))
    pass(everyMs * 1.2)
    const before = asked.length
    overload.now = true
    for (const { done } of asked) done('timeout')
    pass(everyMs * 5)
    expect([asked.length, reachability.unreachable.size, reachability.isDoubtful(1)]).toEqual([before, 0, false])
    overload.now = false
    pass(everyMs * 5)
    expect(reachability.unreachable.size).toBe(10)
  })

  test('tells that a silent phone answers again', () => {
    const { pass, told } = open(many(10))
    pass(everyMs * 5, () => 'timeout')
    expect(told.filter((one) => one.rttMs === null)).toHaveLength(10)
    pass(everyMs * 5, answering)
    expect(told.slice(10).map((one) => one.rttMs)).toEqual(new Array(10).fill(12))
  })

  test('takes nothing from a ping that could not be sent, or that went to where the phone is no more', () => {
    const { pass, held, asked, told, reachability } = open(many(10))
    pass(everyMs * 4, () => 'not-sent')
    expect([told, reachability.unreachable.size]).toEqual([[], 0])
    pass(everyMs * 1.1)
    const last = asked.at(-1)
    held.of(last?.id ?? 0).bindings = [binding(last?.id ?? 0, { port: 9 })]
    last?.done({ ms: 4 })
    expect(told).toEqual([])
  })
})

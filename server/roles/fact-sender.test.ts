import type { MessagePort } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../test/support/fake-clock.ts'
import { unpackFacts } from '../status/fact-codec.ts'
import type { Fact } from '../status/facts.ts'
import { FactSender } from './fact-sender.ts'
import type { SipToWeb } from './role-messages.ts'

const renewed: Fact = { kind: 'renewed', lineId: 1, contactId: 2, seenAt: 1_800_000_000_000, granted: 600 }
const loaded: Fact = { kind: 'loaded', at: 1_800_000_000_000, downSince: 0 }

const failed: Fact = {
  kind: 'failed',
  attempt: {
    at: 1_800_000_000_000,
    code: 'unknown-user',
    lineId: 0,
    username: 'x',
    toUser: 'x',
    toDomain: 'sip.test',
    transport: 'udp',
    ip: '192.0.2.1',
    port: 5060,
    userAgent: '',
    instance: '',
    callId: '',
  },
}

function open() {
  const clock = new FakeClock(1_800_000_000_000)
  const sent: Fact[][] = []
  const bytes: number[] = []
  const port = {
    postMessage(message: SipToWeb) {
      if (message.kind !== 'facts') return
      bytes.push(message.packed.byteLength)
      sent.push(unpackFacts(message.packed))
    },
  }
  // Only postMessage is asked of the port.
  const sender = new FactSender(port as unknown as MessagePort, clock)
  return {
    clock,
    sender,
    sent,
    bytes,
    tell(...facts: Fact[]) {
      for (const fact of facts) {
        sender.facts.push(fact)
        sender.added()
      }
    },
  }
}

describe('facts on their way to the web role', () => {
  test('what a person waits for goes at the end of the turn', () => {
    const { clock, sent, tell } = open()
    tell(loaded)
    expect(sent).toEqual([])
    clock.turn()
    expect(sent).toEqual([[loaded]])
  })

  test('plain renewals wait for each other and take at most 32 bytes each', () => {
    const { clock, sent, bytes, tell } = open()
    tell(...new Array<Fact>(100).fill(renewed))
    clock.turn()
    expect(sent).toEqual([])
    clock.advance(100)
    expect(sent.map((facts) => facts.length)).toEqual([100])
    expect((bytes[0] ?? 0) / 100).toBeLessThanOrEqual(32)
  })

  test('failures wait as well, so that the work they make cannot be timed from outside', () => {
    const { clock, sent, tell } = open()
    tell(failed)
    clock.turn()
    expect(sent).toEqual([])
    clock.advance(100)
    expect(sent).toEqual([[failed]])
  })

  test('of a flood of failures only so many are told, and renewals among them all', () => {
    const { clock, sent, tell, sender } = open()
    for (let i = 0; i < 300; i++) tell(failed, renewed)
    clock.advance(100)
    expect(sent.flat().filter(({ kind }) => kind === 'failed')).toHaveLength(100)
    expect(sent.flat().filter(({ kind }) => kind === 'renewed')).toHaveLength(300)
    expect(sender.untold).toBe(200)
    tell(failed)
    clock.advance(100)
    expect(sent.flat().filter(({ kind }) => kind === 'failed')).toHaveLength(101)
  })

  test('what waits goes along with what is urgent, in order, once', () => {
    const { clock, sent, tell } = open()
    tell(renewed, loaded)
    clock.turn()
    clock.advance(1000)
    expect(sent).toEqual([[renewed, loaded]])
  })
})

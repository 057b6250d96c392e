import { expect, test } from 'vitest'
import { type Connection, type ConnectionLimits, Connections } from './connections.ts'
import type { Flow } from './flow.ts'

function open(limits: ConnectionLimits) {
  const closed: number[] = []
  const connections = new Connections(limits, (flow) => closed.push(flow.connection))
  return {
    connections,
    closed,
    /** A peer connects; undefined if it is not let in. */
    connect(ip: string, transport: 'tcp' | 'wss' = 'tcp') {
      const giveBack = connections.takeSeat(ip)
      if (giveBack === false) return undefined
      const sent: string[] = []
      const flow: Flow = { transport, remoteIp: ip, remotePort: 5060, connection: connections.nextNumber(), local: 0 }
      const connection: Connection = {
        flow,
        send: (message) => sent.push(String(message)),
        cut: () => {
          giveBack()
          connections.gone(connection)
        },
      }
      connections.opened(connection)
      return { flow, sent, leave: () => connection.cut() }
    },
  }
}

test('messages go to the connection of their flow, and to nobody when it is gone', () => {
  const { connections, connect, closed } = open({ inAll: 10, fromOneNetwork: 10 })
  const one = connect('192.0.2.1')
  const other = connect('192.0.2.1', 'wss')
  if (one === undefined || other === undefined) throw new Error('refused')
  connections.send('a', one.flow)
  one.leave()
  connections.send('b', one.flow)
  connections.send('c', other.flow)
  expect([one.sent, other.sent, closed]).toEqual([['a'], ['c'], [one.flow.connection]])
  expect(connections.counts).toEqual({ tcp: 0, tls: 0, ws: 0, wss: 1 })
})

test('one network gets so many seats and no more; others are not touched, and a seat given back is free', () => {
  const { connections, connect } = open({ inAll: 100, fromOneNetwork: 3 })
  const office = [connect('192.0.2.1'), connect('192.0.2.1'), connect('192.0.2.1')]
  expect(connect('192.0.2.1')).toBeUndefined()
  expect(connections.numbers.connectionsRefused).toBe(1)
  expect(connect('192.0.2.2')).toBeDefined()
  office[0]?.leave()
  expect(connect('192.0.2.1')).toBeDefined()
})

test('of IPv6 a /64 counts as one network', () => {
  const { connect } = open({ inAll: 100, fromOneNetwork: 2 })
  expect(connect('2001:db8:0:1::1')).toBeDefined()
  expect(connect('2001:db8::1:ffff:0:0:2')).toBeDefined()
  expect(connect('2001:db8:0:1:1::3')).toBeUndefined()
  expect(connect('2001:db8:0:2::1')).toBeDefined()
})

test('when all seats are taken the oldest that has proven nothing makes room; those that have stay', () => {
  const { connections, connect, closed } = open({ inAll: 3, fromOneNetwork: 10 })
  const first = connect('192.0.2.1')
  const second = connect('192.0.2.2')
  const third = connect('192.0.2.3')
  if (first === undefined || second === undefined || third === undefined) throw new Error('refused')
  connections.proven(first.flow)
  expect(connect('192.0.2.4')).toBeDefined()
  expect(closed).toEqual([second.flow.connection])
  expect(connections.numbers.connectionsDisplaced).toBe(1)
})

test('when all have proven who they are a newcomer is refused', () => {
  const { connections, connect, closed } = open({ inAll: 2, fromOneNetwork: 10 })
  for (const ip of ['192.0.2.1', '192.0.2.2']) connections.proven(connect(ip)?.flow as Flow)
  expect(connect('192.0.2.3')).toBeUndefined()
  expect(closed).toEqual([])
})

test('numbers are never used twice, and a seat is given back once whatever becomes of it', () => {
  const { connect } = open({ inAll: 1, fromOneNetwork: 1 })
  const seen = new Set<number>()
  for (let i = 0; i < 50; i++) {
    const one = connect('192.0.2.1')
    seen.add(one?.flow.connection ?? 0)
    one?.leave()
  }
  expect(seen.size).toBe(50)
})

test('when we end, the connections are cut and nobody is told', () => {
  const { connections, connect, closed } = open({ inAll: 10, fromOneNetwork: 10 })
  connect('192.0.2.1')
  connections.close()
  expect([connections.size, closed]).toEqual([0, []])
})

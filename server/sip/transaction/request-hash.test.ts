import { describe, expect, it } from 'vitest'
import { HeaderId } from '../message/header-name.ts'
import { parseDatagram } from '../message/parse.ts'
import { readVia } from '../message/via.ts'
import { RequestHasher, type RequestSource, toTagOf } from './request-hash.ts'

interface Parts {
  method?: string
  via?: string
  cseq?: number
  callId?: string
  from?: string
  source?: Partial<RequestSource>
  noVia?: boolean
  secret?: number
}

function key(parts: Parts): string {
  const {
    method = 'REGISTER',
    via = 'SIP/2.0/UDP h:5060;branch=z9hG4bKa',
    cseq = 1,
    callId = 'c',
    from = '<sip:1@e>;tag=1',
    source = {},
  } = parts
  const text = `${method} sip:e SIP/2.0\r\nVia: ${via}\r\nFrom: ${from}\r\nTo: <sip:1@e>\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n\r\n`
  const message = parseDatagram(Buffer.from(text), text.length)
  if (message.kind !== 'request') throw new Error(message.kind)
  const value = readVia(message.first(HeaderId.Via) ?? '')
  if (value === undefined) throw new Error('no Via')
  const hasher = new RequestHasher(Buffer.alloc(8, parts.secret ?? 1))
  const hash = hasher.of(message, parts.noVia === true ? undefined : value, {
    remoteIp: '192.0.2.1',
    remotePort: 5060,
    connection: 0,
    ...source,
  })
  return `${hash.low} ${hash.high} ${toTagOf(hash)}`
}

describe('two requests are one transaction', () => {
  it('if branch, sent-by, method and source are the same, whatever else differs', () => {
    expect(key({ cseq: 2, callId: 'd', from: '<sip:2@e>;tag=2' })).toBe(key({}))
  })

  it('if one is the ACK to the other', () => {
    expect(key({ method: 'ACK' })).toBe(key({ method: 'INVITE' }))
  })

  it.each<[string, Parts]>([
    ['the branch', { via: 'SIP/2.0/UDP h:5060;branch=z9hG4bKb' }],
    ['the host of sent-by', { via: 'SIP/2.0/UDP i:5060;branch=z9hG4bKa' }],
    ['the port of sent-by', { via: 'SIP/2.0/UDP h;branch=z9hG4bKa' }],
    ['the method', { method: 'OPTIONS' }],
    ['the address it came from', { source: { remoteIp: '192.0.2.2' } }],
    ['the port it came from', { source: { remotePort: 5061 } }],
    ['the connection', { source: { connection: 1 } }],
    ['the secret of this start', { secret: 2 }],
  ])('but not if %s differs', (_, parts) => {
    expect(key(parts)).not.toBe(key({}))
  })

  it('by Call-ID, CSeq, From and Via if the branch lacks the magic cookie', () => {
    const old = { via: 'SIP/2.0/UDP h:5060;branch=1' }
    expect(key(old)).toBe(key(old))
    for (const parts of [
      { cseq: 2 },
      { callId: 'd' },
      { from: '<sip:1@e>;tag=2' },
      { via: 'SIP/2.0/UDP i:5060;branch=1' },
      { source: { remoteIp: '192.0.2.2' } },
    ]) {
      expect(key({ ...old, ...parts })).not.toBe(key(old))
    }
  })

  it('without a readable Via, by the same', () => {
    expect(key({ noVia: true })).toBe(key({ noVia: true }))
    expect(key({ noVia: true, cseq: 2 })).not.toBe(key({ noVia: true }))
  })
})

it('values of any length are hashed, and the tag is always 8 hex digits', () => {
  for (const length of [1, 3, 4, 5, 511, 512, 513, 3000]) {
    expect(key({ via: 'SIP/2.0/UDP h;branch=1', callId: 'x'.repeat(length), from: `<sip:${'y'.repeat(length)}@e>` })).toMatch(
      / [0-9a-f]{8}$/,
    )
  }
})

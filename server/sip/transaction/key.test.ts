import { describe, expect, it } from 'vitest'
import { HeaderId } from '../message/header-name.ts'
import { parseDatagram } from '../message/parse.ts'
import { readVia } from '../message/via.ts'
import { transactionKey } from './key.ts'

interface Parts {
  method?: string
  via?: string
  cseq?: number
  callId?: string
  from?: string
  source?: string
}

function key(parts: Parts): string {
  const {
    method = 'REGISTER',
    via = 'SIP/2.0/UDP h:5060;branch=z9hG4bKa',
    cseq = 1,
    callId = 'c',
    from = '<sip:1@e>;tag=1',
    source = '192.0.2.1:5060',
  } = parts
  const text = `${method} sip:e SIP/2.0\r\nVia: ${via}\r\nFrom: ${from}\r\nTo: <sip:1@e>\r\nCall-ID: ${callId}\r\nCSeq: ${cseq} ${method}\r\n\r\n`
  const message = parseDatagram(Buffer.from(text), text.length)
  if (message.kind !== 'request') throw new Error(message.kind)
  const value = readVia(message.first(HeaderId.Via) ?? '')
  if (value === undefined) throw new Error('no Via')
  return transactionKey(message, value, source)
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
    ['the address it came from', { source: '192.0.2.2:5060' }],
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
      { source: 'x' },
    ]) {
      expect(key({ ...old, ...parts })).not.toBe(key(old))
    }
  })
})

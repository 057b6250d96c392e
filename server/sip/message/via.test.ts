import { describe, expect, it } from 'vitest'
import { readVia, readVias, viaForAnswer } from './via.ts'

describe('a Via', () => {
  it.each([
    ['SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKa', { transport: 'UDP', host: '192.0.2.1', port: 5062, branch: 'z9hG4bKa' }],
    ['SIP / 2.0 / tcp   h.example  :  5060 ; branch = x', { transport: 'tcp', host: 'h.example', port: 5060, branch: 'x' }],
    ['sip/2.0/WSS x.invalid;rport;branch=b', { transport: 'WSS', host: 'x.invalid', port: 0, branch: 'b', rport: '' }],
    ['SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255]', { host: '[2001:db8::9:1]', port: 6050, received: '[2001:db8::9:255]' }],
    ['SIP/2.0/UDP 2001:db8::9:1;branch=b', { host: '2001:db8::9:1', port: 0, branch: 'b' }],
    ['SIP/2.0/UDP h', { host: 'h', port: 0, branch: '', rport: undefined, received: undefined }],
  ])('%s is read', (text, value) => {
    expect(readVia(text)).toMatchObject(value)
  })

  it.each([
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ;branch=x',
    'SIP/1.0/UDP h',
    'HTTP/1.1 h',
    'SIP/2.0/UDP h:99999',
    'SIP/2.0/UDP h:x',
    'SIP/2.0/UDP h;a="',
    'SIP/2.0/UDP h x',
    'SIP/2.0 h',
  ])('%j is malformed', (text) => {
    expect(readVia(text)).toBeUndefined()
  })

  it('may be one of a list, over rows and commas alike', () => {
    const rows = ['SIP/2.0/UDP a;branch="x,y", SIP/2.0/TCP b;branch=2', 'SIP/2.0/TLS c']
    expect(readVias(rows)?.map((via) => via.host)).toEqual(['a', 'b', 'c'])
    expect(readVias([...rows, 'nonsense'])).toBeUndefined()
  })
})

describe('trap 41: the topmost Via of an answer', () => {
  const answer = (row: string, ip = '192.0.2.9', port = 1024) => {
    const via = readVia(row)
    return via && viaForAnswer(row, via, ip, port)
  }

  it.each([
    ['is unchanged if the packet came from sent-by', 'SIP/2.0/UDP 192.0.2.9:5060;branch=b', 'SIP/2.0/UDP 192.0.2.9:5060;branch=b'],
    ['gets received if it came from elsewhere', 'SIP/2.0/UDP 10.0.0.1;branch=b', 'SIP/2.0/UDP 10.0.0.1;branch=b;received=192.0.2.9'],
    ['gets received if sent-by is a name', 'SIP/2.0/UDP h;branch=b', 'SIP/2.0/UDP h;branch=b;received=192.0.2.9'],
    [
      'gets both if rport was asked for, even from sent-by',
      'SIP/2.0/UDP 192.0.2.9;rport;branch=b',
      'SIP/2.0/UDP 192.0.2.9;rport=1024;branch=b;received=192.0.2.9',
    ],
    ['loses what the sender wrote into received', 'SIP/2.0/UDP h;received=1.1.1.1;branch=b', 'SIP/2.0/UDP h;branch=b;received=192.0.2.9'],
    [
      'loses a false received and rport in either order',
      'SIP/2.0/UDP h;received=1.1.1.1;rport=9;x',
      'SIP/2.0/UDP h;rport=1024;x;received=192.0.2.9',
    ],
    [
      'leaves the other values of its row alone',
      'SIP/2.0/UDP h;rport, SIP/2.0/UDP i;rport',
      'SIP/2.0/UDP h;rport=1024;received=192.0.2.9, SIP/2.0/UDP i;rport',
    ],
  ])('%s', (_, row, expected) => {
    expect(answer(row)).toBe(expected)
  })

  it('names an IPv6 address without brackets and knows it within them', () => {
    expect(answer('SIP/2.0/UDP [2001:db8::1];branch=b', '2001:db8::1')).toBe('SIP/2.0/UDP [2001:db8::1];branch=b')
    expect(answer('SIP/2.0/UDP [2001:db8::1];branch=b', '2001:db8::2')).toBe('SIP/2.0/UDP [2001:db8::1];branch=b;received=2001:db8::2')
  })
})

/** What leads back to us must not be bound, and what went through us must not go through us again. */
import { describe, expect, test } from 'vitest'
import { openExchange } from '../../test/support/open-exchange.ts'
import { phoneFlow } from '../../test/support/open-registrar.ts'
import { registerText } from '../../test/support/register-request.ts'

const rules = {
  domains: new Set(['sip.test', 'localhost', '0.0.0.0', '203.0.113.1', '10.0.0.5', '127.0.0.1', '[2001:db8::1]']),
  ownPorts: new Set([5060, 5061]),
}

function bind(uri: string, remoteIp = phoneFlow.remoteIp): number {
  const exchange = openExchange({ rules })
  const nonce = exchange.world.nonce(remoteIp)
  return exchange.register({ rows: [`Contact: <${uri}>`], digest: { nonce, nc: 1 } }, { ...phoneFlow, remoteIp }).status
}

describe('trap 49: a contact', () => {
  test.each([
    'sip:1001@sip.test',
    'sip:1001@SIP.test',
    'sips:1001@sip.test',
    'sip:1001@sip.test:5060',
    'sip:1001@203.0.113.1',
    'sip:1001@203.0.113.1:5060;transport=tcp',
    'sips:1001@203.0.113.1',
    'sip:1001@[2001:db8::1]:5061',
  ])('that is this server is refused: %s', (uri) => {
    expect(bind(uri)).toBe(403)
  })

  test.each([
    'sip:1001@203.0.113.1:5070',
    'sip:1001@sip.test:5070',
    'sip:1001@192.0.2.10',
    'sip:1001@phone.sip.test',
    'sip:1001@[2001:db8::2]',
  ])('beside it is taken: %s', (uri) => {
    expect(bind(uri)).toBe(200)
  })

  test('with a private address of ours is us only if it comes from there: behind a NAT it is the phone’s own', () => {
    expect(bind('sip:1001@10.0.0.5:5060', '10.0.0.5')).toBe(403)
    expect(bind('sip:1001@10.0.0.5:5060', '198.51.100.9')).toBe(200)
    expect(bind('sip:1001@127.0.0.1:5060', '127.0.0.1')).toBe(403)
    expect(bind('sip:1001@localhost:5060', '127.0.0.1')).toBe(403)
    expect(bind('sip:1001@localhost:5060', '198.51.100.9')).toBe(200)
    expect(bind('sip:1001@0.0.0.0:5060', '198.51.100.9')).toBe(200)
    expect(bind('sip:1001@127.0.0.1:5070', '127.0.0.1')).toBe(200)
  })

  test('that is held already is not looked at again', () => {
    const ownPorts = new Set<number>()
    const exchange = openExchange({ rules: { ...rules, ownPorts } })
    const rows = ['Contact: <sip:1001@203.0.113.1:5060>']
    expect(exchange.register({ rows }).status).toBe(200)
    ownPorts.add(5060)
    expect(exchange.register({ cseq: 2, rows }).status).toBe(200)
    expect(exchange.register({ cseq: 3, rows: ['Contact: <sip:2@203.0.113.1:5060>'] }).status).toBe(403)
  })
})

describe('trap 50: Max-Forwards', () => {
  const answer = (row: string) => {
    const exchange = openExchange()
    return exchange.ask(registerText({ digest: exchange.proof() }).replace('Max-Forwards: 70\r\n', row)).status
  }
  test.each([
    ['that is missing counts as 70', '', 200],
    ['of 0 is refused', 'Max-Forwards: 0\r\n', 483],
    ['of 00 is 0', 'Max-Forwards: 00\r\n', 483],
    ['of 1 is enough for us', 'Max-Forwards: 1\r\n', 200],
    ['that is no number does not matter', 'Max-Forwards: 0x\r\n', 200],
  ])('%s', (_, row, status) => {
    expect(answer(row)).toBe(status)
  })
})

describe('trap 51: a REGISTER', () => {
  const through = (text: string, host: string) =>
    text.replace('Max-Forwards', `Via: SIP/2.0/UDP ${host};branch=z9hG4bKbefore\r\nMax-Forwards`)

  test('that has been here before is told so', () => {
    expect(openExchange({ rules }).ask(through(registerText(), '203.0.113.1:5060')).status).toBe(482)
  })

  test('that came through others is not', () => {
    expect(openExchange({ rules }).ask(through(registerText(), '203.0.113.1:5070')).status).toBe(401)
    expect(openExchange({ rules }).ask(through(registerText(), '198.51.100.1')).status).toBe(401)
  })

  test('that comes by two ways is answered on both and stored once', () => {
    const exchange = openExchange({ rules })
    const text = registerText({ digest: exchange.proof() })
    expect(exchange.ask(text).status).toBe(200)
    expect(exchange.ask(text.replace('branch=z9hG4bK', 'branch=z9hG4bKother')).status).toBe(200)
    expect(exchange.commits()).toBe(1)
  })
})

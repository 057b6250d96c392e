/** Path, Service-Route, Outbound, GRUU, keepalives: what a phone that understands them is told, and what all others are not. */
import { describe, expect, test } from 'vitest'
import { openExchange } from '../../test/support/open-exchange.ts'
import { phoneFlow } from '../../test/support/open-registrar.ts'
import { registerText } from '../../test/support/register-request.ts'
import { deviceMark } from './gruu.ts'

const device = '<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>'
const contact = (regId: number, port = 5060) => `Contact: <sip:1001@192.0.2.10:${port};ob>;+sip.instance="${device}";reg-id=${regId}`
const tcpFlow = { ...phoneFlow, transport: 'tcp', connection: 4 } as const

describe('an extension that is required', () => {
  test.each(['path', 'outbound', 'gruu', 'Path, GRUU,outbound', ' , path'])('is taken: %s', (tags) => {
    expect(openExchange().register({ rows: [`Require: ${tags}`, 'Contact: <sip:1001@192.0.2.10>'] }).status).toBe(200)
  })

  test('and not known is named back, with all others not known, before any proof', () => {
    const answer = openExchange().ask(registerText({ rows: ['Require: x-one, gruu', 'Require: pathology,100rel'] }))
    expect(answer.status).toBe(420)
    expect(answer.first('Unsupported')).toBe('x-one, pathology, 100rel')
  })

  test('is named back shortly, however long the list was', () => {
    const answer = openExchange().ask(registerText({ rows: [`Require: ${'x'.repeat(3000)},${'y,'.repeat(1000)}`] }))
    expect(answer.first('Unsupported').length).toBeLessThan(100)
  })
})

describe('Path', () => {
  const rows = ['Path: <sip:edge-a.example;lr>', 'Path: <sip:edge-b.example;lr;ob>', 'Contact: <sip:1001@192.0.2.10>']

  test('is kept with the binding in its order, and told to a phone that understands it', () => {
    const exchange = openExchange()
    const answer = exchange.register({ rows: [...rows, 'Supported: path'] })
    expect(answer.first('Path')).toBe('<sip:edge-a.example;lr>, <sip:edge-b.example;lr;ob>')
    expect(exchange.held()[0]?.path).toBe('<sip:edge-a.example;lr>, <sip:edge-b.example;lr;ob>')
  })

  test('is kept and not told where the phone does not understand it', () => {
    const exchange = openExchange()
    expect(exchange.register({ rows }).all('Path')).toEqual([])
    expect(exchange.held()[0]?.path).not.toBe('')
  })

  test.each(['nonsense', `<sip:${'e'.repeat(1100)};lr>`, '<sip:a;lr>, *'])('that is none is refused: %s', (path) => {
    expect(openExchange().register({ rows: [`Path: ${path}`, 'Contact: <sip:1001@192.0.2.10>'] }).status).toBe(400)
  })
})

describe('Service-Route', () => {
  test('is told to who is bound when it is set, and to nobody who signs off', () => {
    const exchange = openExchange({ answers: { serviceRoute: '<sip:edge.example;lr>' } })
    expect(exchange.register().first('Service-Route')).toBe('<sip:edge.example;lr>')
    expect(exchange.register({ cseq: 2, rows: ['Contact: *', 'Expires: 0'] }).all('Service-Route')).toEqual([])
    expect(openExchange().register().all('Service-Route')).toEqual([])
  })
})

describe('outbound', () => {
  test('trap 36: is in force for a phone that asks for it with instance and reg-id, with its timer', () => {
    const answer = openExchange().register({ rows: ['Supported: path, outbound', contact(1)] })
    expect(answer.status).toBe(200)
    expect(answer.first('Require')).toBe('outbound')
    expect(answer.first('Flow-Timer')).toBe('25')
  })

  test('over a stream has the timer that is set', () => {
    const exchange = openExchange({ answers: { flowTimer: 90 } })
    expect(exchange.register({ rows: ['Supported: outbound', contact(1)] }, tcpFlow).first('Flow-Timer')).toBe('90')
  })

  test.each([
    ['without reg-id', ['Supported: outbound', `Contact: <sip:1001@192.0.2.10>;+sip.instance="${device}"`]],
    ['without instance', ['Supported: outbound', 'Contact: <sip:1001@192.0.2.10>;reg-id=1']],
    ['without being asked for', [contact(1)]],
    ['for a sign-off', ['Supported: outbound', `${contact(1)};expires=0`]],
  ])('trap 36: is not in force %s', (_, rows) => {
    const answer = openExchange().register({ rows })
    expect(answer.status).toBe(200)
    expect([...answer.all('Require'), ...answer.all('Flow-Timer')]).toEqual([])
  })

  test('trap 35: behind a proxy that keeps no flows a phone is registered without, never refused with 439', () => {
    const exchange = openExchange()
    const text = registerText({ rows: ['Supported: path, outbound', contact(1)], digest: exchange.proof() })
    const through = text.replace('Max-Forwards', 'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKfirst\r\nMax-Forwards')
    const answer = exchange.ask(through)
    expect(answer.status).toBe(200)
    expect(answer.all('Require')).toEqual([])
    expect(exchange.held()).toMatchObject([{ regId: 0, instance: 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6' }])
    // What the phone finds itself by is there all the same.
    expect(answer.first('Contact')).toContain(';reg-id=1')
  })

  test('behind a proxy that says it keeps flows is in force, but the timer is that proxy’s affair', () => {
    const exchange = openExchange()
    const rows = ['Supported: path, outbound', 'Path: <sip:edge.example;lr;ob>', contact(1)]
    const text = registerText({ rows, digest: exchange.proof() })
    const answer = exchange.ask(text.replace('Via: SIP', 'Via: SIP/2.0/TCP edge.example;branch=z9hG4bKedge, SIP'))
    expect(answer.first('Require')).toBe('outbound')
    expect(answer.all('Flow-Timer')).toEqual([])
    expect(exchange.held()).toMatchObject([{ regId: 1 }])
  })

  test('keeps several flows of one device apart, each renewed by its own reg-id', () => {
    const exchange = openExchange()
    exchange.register({ callId: 'flow-1', rows: ['Supported: outbound', contact(1)] })
    exchange.register({ callId: 'flow-2', rows: ['Supported: outbound', contact(2)] }, tcpFlow)
    exchange.register({ callId: 'flow-1', cseq: 2, rows: ['Supported: outbound', contact(1, 6060)] })
    expect(exchange.held().map(({ regId, transport, uri }) => [regId, transport, uri])).toEqual([
      [1, 'udp', 'sip:1001@192.0.2.10:6060;ob'],
      [2, 'tcp', 'sip:1001@192.0.2.10:5060;ob'],
    ])
  })

  test('takes the place of what the same device bound before it told reg-ids', () => {
    const exchange = openExchange()
    exchange.register({ rows: [`Contact: <sip:1001@192.0.2.10>;+sip.instance="${device}"`] })
    exchange.register({ callId: 'again', rows: ['Supported: outbound', contact(1, 6060)] })
    expect(exchange.held()).toMatchObject([{ regId: 1, callId: 'again' }])
  })

  test('binds one contact at a time', () => {
    const exchange = openExchange()
    expect(exchange.register({ rows: [contact(1), 'Contact: <sip:b@192.0.2.10>'] }).status).toBe(400)
    expect(exchange.register({ rows: [contact(1), 'Contact: <sip:b@192.0.2.10>;expires=0'] }).status).toBe(200)
  })
})

describe('trap 60: a GRUU', () => {
  const rows = ['Supported: gruu', `Contact: <sip:1001@192.0.2.10>;+sip.instance="${device}";pub-gruu="sip:invented@sip.test;gr=x"`]
  const temporary = (text: string) => /temp-gruu="sip:([^@]+)@sip\.test;gr"/.exec(text)?.[1] ?? ''

  test('is told to a phone that understands it and says which device it is: address-of-record and instance', () => {
    const told = openExchange().register({ rows }).first('Contact')
    expect(told).toContain(';pub-gruu="sip:1001@sip.test;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"')
    expect(told).not.toContain('invented')
  })

  test.each([
    ['does not understand it', rows.slice(1)],
    ['names no instance', ['Supported: gruu', 'Contact: <sip:1001@192.0.2.10>']],
  ])('is not told to a phone that %s', (_, wish) => {
    expect(openExchange().register({ rows: wish }).text).not.toContain('gruu=')
  })

  test('that is temporary names line and device to us alone, is new each time, and ends with the Call-ID', () => {
    const exchange = openExchange()
    const tokens = [1, 2].map((cseq) => temporary(exchange.register({ cseq, rows }).text))
    const [first = '', second = ''] = tokens
    expect(first).not.toBe(second)
    const meant = { lineId: 1, device: deviceMark(device.slice(1, -1), 'call-a@phone') }
    expect([exchange.world.gruus.read(first), exchange.world.gruus.read(second)]).toEqual([meant, meant])
    const restarted = temporary(exchange.register({ callId: 'call-b', rows }).text)
    expect(exchange.world.gruus.read(restarted)?.device).not.toBe(meant.device)
    const forged = first.slice(0, -1) + (first.endsWith('0') ? '1' : '0')
    expect(exchange.world.gruus.read(forged)).toBeUndefined()
    expect(exchange.world.gruus.read('1001')).toBeUndefined()
  })

  test('is no address to bind: what goes there comes back', () => {
    const exchange = openExchange()
    const token = temporary(exchange.register({ rows }).text)
    expect(exchange.register({ cseq: 2, rows: [`Contact: <sip:${token}@elsewhere.example;gr>`] }).status).toBe(403)
  })
})

describe('a Via that asks whether keepalives are taken (RFC 6223)', () => {
  const ask = (param: string, flow = phoneFlow) => {
    const exchange = openExchange()
    return exchange.ask(registerText({ digest: exchange.proof() }).replace(';rport', `;rport${param}`), flow).first('Via')
  }

  test('is told how often', () => {
    expect(ask(';keep')).toBe('SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKcall-a@phone1;rport=5060;keep=25;received=192.0.2.10')
    expect(ask(';KEEP;x=1')).toContain(';KEEP=25;x=1')
  })

  test('is told nothing where it did not ask, has a number of its own, or is not registered', () => {
    expect(ask('')).not.toContain('keep')
    expect(ask(';keep=7')).toContain(';keep=7;')
    expect(openExchange().ask(registerText().replace(';rport', ';rport;keep')).first('Via')).toContain(';keep;')
  })
})

test('trap 53: what a phone says of itself is kept, and what it can do is read from Supported in any case and order', () => {
  const exchange = openExchange()
  const rows = ['Supported: replaces,GRUU', 'Supported: 100rel , Outbound', 'Allow: INVITE, ACK', contact(1)]
  const answer = exchange.register({ rows, userAgent: 'Desk Phone 2' })
  expect(answer.first('Require')).toBe('outbound')
  expect(answer.first('Contact')).toContain('pub-gruu=')
  expect(exchange.held()).toMatchObject([{ userAgent: 'Desk Phone 2' }])
})

/** Which contacts are one, in what order requests count, how many a line holds, and how long: as a phone sees it in the answers. */
import { describe, expect, test } from 'vitest'
import { openExchange, password } from '../../test/support/open-exchange.ts'
import { phoneFlow } from '../../test/support/open-registrar.ts'
import { registerText } from '../../test/support/register-request.ts'
import { expiryJitter } from './expiry-jitter.ts'

const bare = (values: readonly string[]) => values.map((value) => value.replace(/;expires=\d+/, ''))
const otherPort = { ...phoneFlow, remotePort: 6060 }
const tcpFlow = { ...phoneFlow, transport: 'tcp', connection: 9 } as const

describe('trap 7: the very same request', () => {
  test('within its transaction, over another port and over another connection gets its 200, and is stored once', () => {
    const exchange = openExchange()
    const text = registerText({ digest: exchange.proof() })
    const first = exchange.ask(text)
    expect(exchange.ask(text).text).toBe(first.text)
    exchange.world.pass(20_000)
    for (const flow of [otherPort, tcpFlow]) {
      const again = exchange.ask(text, flow)
      expect(again.status).toBe(200)
      expect(bare(again.all('Contact'))).toEqual(bare(first.all('Contact')))
    }
    expect(exchange.commits()).toBe(1)
  })

  test('shows its own contact first, also when another phone came between', () => {
    const exchange = openExchange()
    const text = registerText({ digest: exchange.proof() })
    exchange.ask(text)
    exchange.register({ callId: 'other', rows: ['Contact: <sip:b@192.0.2.99>'] })
    expect(bare(exchange.ask(text, otherPort).all('Contact'))).toEqual(['<sip:1001@192.0.2.10:5060>', '<sip:b@192.0.2.99>'])
  })

  test('is none once nobody would send it again, nor with another count, nor for another contact', () => {
    const exchange = openExchange()
    const digest = exchange.proof()
    exchange.ask(registerText({ digest }))
    expect(exchange.ask(registerText({ digest, rows: ['Contact: <sip:thief@192.0.2.66>'] }), otherPort).status).toBe(401)
    expect(exchange.ask(registerText({ digest: exchange.proof() }), phoneFlow).status).toBe(200)
    exchange.world.pass(40_000)
    expect(exchange.ask(registerText({ digest }), otherPort).status).toBe(401)
  })

  test('of a phone that moved, with its old address at expires 0, is known again too', () => {
    const exchange = openExchange()
    exchange.register({ rows: ['Contact: <sip:1001@10.0.0.1>'] })
    const rows = ['Contact: <sip:1001@192.0.2.10>, <sip:1001@10.0.0.1>;expires=0']
    const text = registerText({ cseq: 2, rows, digest: exchange.proof() })
    expect(bare(exchange.ask(text).all('Contact'))).toEqual(['<sip:1001@192.0.2.10>'])
    expect(bare(exchange.ask(text, otherPort).all('Contact'))).toEqual(['<sip:1001@192.0.2.10>'])
    expect(exchange.commits()).toBe(2)
  })
})

describe('trap 8: a lower CSeq of the same Call-ID', () => {
  const lower = (options: { strict?: boolean; moved?: boolean; asked?: boolean }) => {
    const exchange = openExchange({ rules: { strictCSeq: options.strict ?? false } })
    exchange.register({ cseq: 50 })
    exchange.world.pass(10_000)
    const nonce = options.asked ? { nonce: exchange.world.nonce(), nc: 1 } : {}
    return exchange.register({ cseq: 1, digest: nonce }, options.moved ? otherPort : phoneFlow)
  }

  test('is refused on the same way with the same nonce: it was overtaken', () => {
    expect(lower({})).toMatchObject({ status: 500, reason: 'CSeq out of order' })
  })

  test('is taken with a nonce given out since, or from another port: the phone was restarted', () => {
    expect(lower({ asked: true }).status).toBe(200)
    expect(lower({ moved: true }).status).toBe(200)
  })

  test('is always refused where the setting wants it so', () => {
    expect(lower({ strict: true, asked: true }).status).toBe(500)
    expect(lower({ strict: true, moved: true }).status).toBe(500)
  })
})

describe('trap 45: quoted strings', () => {
  const asked = (from: string, to: (text: string) => string) => {
    const exchange = openExchange()
    const text = registerText({ rows: [from], digest: exchange.proof() })
    return exchange.ask(to(text))
  }
  const odd = '"a, \\"b\\" ;<x>; \u00e9"'

  test('may hold commas, semicolons, brackets and quotes of their own, or nothing', () => {
    const contact = `${odd} <sip:1001@192.0.2.10;a=b>;x="c,d;e>f",  "" <sip:1002@192.0.2.10>`
    const answer = asked(`Contact: ${contact}`, (text) => text.replace('To: <', `To: ${odd} <`).replace('From: <', 'From: "" <'))
    expect(answer.status).toBe(200)
    expect(bare(answer.all('Contact'))).toEqual(['<sip:1001@192.0.2.10;a=b>;x="c,d;e>f"', '<sip:1002@192.0.2.10>'])
  })

  test('that never close are refused only where the header is needed', () => {
    expect(asked('Contact: <sip:1001@192.0.2.10>', (text) => text.replace('To: <', 'To: "open <')).status).toBe(400)
    expect(asked('Contact: "open <sip:1001@192.0.2.10>', (text) => text).status).toBe(400)
    expect(asked('Subject: "open', (text) => text).status).toBe(200)
  })
})

describe('trap 6: Contact: * with the Call-ID of a binding', () => {
  test('needs a higher CSeq, else nothing ends', () => {
    const exchange = openExchange()
    exchange.register({ cseq: 5 })
    const star = { rows: ['Contact: *', 'Expires: 0'] }
    expect(exchange.register({ ...star, cseq: 5, branch: 'z9hG4bKstar' }).status).toBe(500)
    expect(exchange.held()).toHaveLength(1)
    expect(exchange.register({ ...star, cseq: 6 }).status).toBe(200)
    expect(exchange.held()).toHaveLength(0)
  })
})

test('trap 5: Contact: * ends the bindings of all phones of the line, and each end names its contact', () => {
  const exchange = openExchange()
  exchange.register({ callId: 'a', rows: ['Contact: <sip:a@192.0.2.1>'] })
  exchange.register({ callId: 'b', rows: ['Contact: <sip:b@192.0.2.2>'] })
  const outcome = exchange.world.send({ callId: 'c', rows: ['Contact: *', 'Expires: 0'], digest: exchange.proof() })
  expect(outcome).toMatchObject({
    kind: 'registered',
    bindings: [],
    changes: [
      { kind: 'ended', how: 'signed-off', binding: { uri: 'sip:b@192.0.2.2' } },
      { kind: 'ended', how: 'signed-off', binding: { uri: 'sip:a@192.0.2.1' } },
    ],
  })
})

describe('trap 14: a phone that tells no instance', () => {
  test('is known by its Call-ID when its address is new: the old one goes', () => {
    const exchange = openExchange()
    exchange.register({ rows: ['Contact: <sip:1001@192.0.2.10:5060>'] })
    const moved = exchange.register({ cseq: 2, rows: ['Contact: <sip:1001@192.0.2.10:6070>'] }, otherPort)
    expect(bare(moved.all('Contact'))).toEqual(['<sip:1001@192.0.2.10:6070>'])
  })

  test('takes the place of another phone that stood at its new address', () => {
    const exchange = openExchange()
    exchange.register({ callId: 'old', rows: ['Contact: <sip:1001@192.0.2.10:6070>'] })
    exchange.register({ callId: 'mine', rows: ['Contact: <sip:1001@192.0.2.10:5060>'] })
    const rows = ['Contact: <sip:1001@192.0.2.10:6070>']
    const outcome = exchange.world.send({ callId: 'mine', cseq: 2, rows, digest: exchange.proof() })
    expect(outcome).toMatchObject({
      bindings: [{ uri: 'sip:1001@192.0.2.10:6070', callId: 'mine' }],
      changes: [{ kind: 'renewed' }, { kind: 'ended', how: 'replaced', binding: { callId: 'old' } }],
    })
    expect(exchange.held()).toHaveLength(1)
  })

  test('that tells one is known by it, whatever Call-ID and address are', () => {
    const exchange = openExchange()
    const rows = (host: string) => [`Contact: <sip:1001@${host}>;+sip.instance="<urn:uuid:1>"`]
    exchange.register({ rows: rows('192.0.2.10') })
    exchange.register({ callId: 'new', rows: rows('198.51.100.1') }, tcpFlow)
    expect(exchange.held()).toMatchObject([{ uri: 'sip:1001@198.51.100.1', transport: 'tcp' }])
  })
})

test('trap 13: contacts that RFC 3261 §19.1.4 takes for one are one binding, an explicit default port is another', () => {
  const exchange = openExchange()
  const bind = (uri: string, callId: string) => exchange.register({ callId, rows: [`Contact: <${uri}>`] }).all('Contact').length
  expect(bind('sip:%61lice@Phone.Example;x=1', 'a')).toBe(1)
  expect(bind('SIP:alice@phone.example', 'b')).toBe(1)
  expect(bind('sip:alice@phone.example:5060', 'c')).toBe(2)
  expect(bind('sip:alice@phone.example;transport=tcp', 'd')).toBe(3)
  expect(bind('sip:ALICE@phone.example', 'e')).toBe(4)
})

describe('trap 34: a line that is full', () => {
  const full = { lines: [{ username: '1001', password, maxContacts: 2 }] }
  const sign = (exchange: ReturnType<typeof openExchange>, name: string, contact = `sip:${name}@192.0.2.${name.length}0`) =>
    exchange.register({ callId: name, rows: [`Contact: <${contact}>`] })

  test('refuses one more with 403, for 503 would drive the phone from the server, and keeps what it holds', () => {
    const exchange = openExchange(full)
    sign(exchange, 'a')
    sign(exchange, 'bb')
    const answer = sign(exchange, 'ccc')
    expect(answer).toMatchObject({ status: 403, reason: 'Forbidden (at most 2 contacts)' })
    expect(exchange.held()).toHaveLength(2)
  })

  test('lets the oldest that answers nothing go first, and tells it as evicted', () => {
    const exchange = openExchange(full)
    sign(exchange, 'a')
    exchange.world.pass(1000)
    sign(exchange, 'bb')
    const [newer, older] = exchange.held()
    for (const binding of [newer, older])
      for (let miss = 0; miss < 3; miss++) exchange.world.registrar.reachability.missed(binding?.id ?? 0, 0)
    const outcome = exchange.world.send({ callId: 'ccc', rows: ['Contact: <sip:ccc@192.0.2.30>'], digest: exchange.proof() })
    expect(outcome).toMatchObject({ kind: 'registered' })
    expect(outcome).toHaveProperty('changes', [
      expect.objectContaining({ kind: 'added' }),
      expect.objectContaining({ kind: 'ended', how: 'evicted', binding: expect.objectContaining({ uri: 'sip:a@192.0.2.10' }) }),
    ])
    expect(exchange.held().map(({ uri }) => uri)).toEqual(['sip:ccc@192.0.2.30', 'sip:bb@192.0.2.20'])
  })

  test('does not lock out a phone that takes a new port and a new Call-ID after each power cut', () => {
    const exchange = openExchange(full)
    for (let start = 0; start < 5; start++) {
      exchange.world.pass(1000)
      expect(sign(exchange, `start-${start}`, `sip:1001@192.168.1.5:${6000 + start}`).status).toBe(200)
    }
    expect(exchange.held().map(({ uri }) => uri)).toEqual(['sip:1001@192.168.1.5:6004', 'sip:1001@192.168.1.5:6003'])
  })

  test('takes nobody for that phone who comes from elsewhere, is another kind, or tells its instance', () => {
    const exchange = openExchange(full)
    const contact = (port: number) => [`Contact: <sip:1001@192.168.1.5:${port}>`]
    for (const port of [1, 2]) exchange.register({ callId: `c${port}`, rows: contact(port) })
    expect(exchange.register({ callId: 'c3', rows: contact(3), userAgent: 'Another' }).status).toBe(403)
    expect(exchange.register({ callId: 'c4', rows: [`${contact(4)[0]};+sip.instance="<urn:uuid:4>"`] }).status).toBe(403)
    const elsewhere = { ...phoneFlow, remoteIp: '198.51.100.4' }
    const digest = { nonce: exchange.world.nonce('198.51.100.4'), nc: 1 }
    expect(exchange.register({ callId: 'c5', rows: contact(5), digest }, elsewhere).status).toBe(403)
  })

  test('that was given fewer since still renews what it holds', () => {
    const exchange = openExchange(full)
    sign(exchange, 'a')
    expect(exchange.register({ callId: 'a', cseq: 2, rows: ['Contact: <sip:a@192.0.2.10>'] }).status).toBe(200)
  })
})

describe('trap 10: a phone that does not understand 423', () => {
  const brief = (exchange: ReturnType<typeof openExchange>, cseq: number, expires = 30) =>
    exchange.register({ cseq, rows: ['Contact: <sip:1001@192.0.2.10>', `Expires: ${expires}`] })

  test('is refused twice, each time with the least, and then taken with that', () => {
    const exchange = openExchange()
    for (const cseq of [1, 2]) expect(brief(exchange, cseq)).toMatchObject({ status: 423 })
    expect(brief(exchange, 3).first('Contact')).toBe('<sip:1001@192.0.2.10>;expires=60')
    expect(brief(exchange, 4).status).toBe(200)
  })

  test('is not taken for one that does: one good interval between, and counting begins again', () => {
    const exchange = openExchange()
    expect(brief(exchange, 1).first('Min-Expires')).toBe('60')
    expect(brief(exchange, 2, 60).status).toBe(200)
    expect(brief(exchange, 3).status).toBe(423)
    expect(brief(exchange, 4).status).toBe(423)
  })

  test('trap 11: nothing but that ever raises what was asked for', () => {
    const exchange = openExchange()
    const granted = (expires: number, cseq: number) => /expires=(\d+)/.exec(brief(exchange, cseq, expires).first('Contact'))?.[1]
    expect([60, 61, 300, 3600, 9999].map((expires, at) => granted(expires, at + 1))).toEqual(['60', '61', '300', '3600', '3600'])
  })

  test('is never told 423 for an hour or more', () => {
    const exchange = openExchange({ rules: { expiresMin: 7200 } })
    expect(brief(exchange, 1, 3600).status).toBe(200)
    expect(brief(exchange, 2, 3599).status).toBe(423)
  })
})

describe('jitter of what is granted', () => {
  test('takes off at most its percent, never below the least, never adds', () => {
    const draws = [0, 1]
    const shorten = expiryJitter(20, (limit) => Math.floor((draws.shift() ?? 0) * (limit - 1)))
    expect(shorten(600, 60)).toBe(600)
    expect(shorten(600, 60)).toBe(480)
    const most = expiryJitter(20, (limit) => limit - 1)
    expect([most(60, 60), most(65, 60), most(3600, 60), most(4, 4), most(1, 1)]).toEqual([60, 60, 2880, 4, 1])
  })

  test('is in the answer and in the binding alike, and off unless set', () => {
    const jittered = openExchange({ rules: { shorten: expiryJitter(10, (limit) => limit - 1) } })
    expect(jittered.register().all('Expires')).toEqual(['540'])
    expect(jittered.held()).toMatchObject([{ granted: 540 }])
    expect(openExchange().register().all('Expires')).toEqual(['600'])
    expect(expiryJitter(0, () => 1 / 0)(600, 60)).toBe(600)
  })
})

test('trap 52: however many and long the contacts, an answer stays one datagram, with every address and with the phone’s own parameters', () => {
  const exchange = openExchange({ lines: [{ username: '1001', password, maxContacts: 20 }] })
  const long = (at: number) => `<sip:${String(at).padEnd(900, 'u')}@192.0.2.1>;own="${'p'.repeat(900)}"`
  for (let at = 0; at < 19; at++) expect(exchange.register({ callId: `c${at}`, rows: [`Contact: ${long(at)}`] }).status).toBe(200)
  const answer = exchange.register({ callId: 'last', rows: [`Contact: ${long(19)}`] })
  expect(answer.all('Contact')).toHaveLength(20)
  expect(bare(answer.all('Contact'))[0]).toBe(long(19))
  expect(answer.text.length).toBeLessThan(30_000)
  expect(exchange.register({ callId: 'more', rows: [`Contact: <sip:${'u'.repeat(1100)}@192.0.2.1>`] }).status).toBe(400)
  expect(exchange.register({ callId: 'more', rows: [`Contact: <sip:u@192.0.2.1>;x=${'p'.repeat(1100)}`] }).status).toBe(400)
})

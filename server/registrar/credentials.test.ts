/** Proof in all the forms that phones write it in, and what it may be for: realms, names, algorithms, headers beside it. */
import { describe, expect, test } from 'vitest'
import { openExchange, password } from '../../test/support/open-exchange.ts'
import { phoneFlow } from '../../test/support/open-registrar.ts'
import { authorization, registerText } from '../../test/support/register-request.ts'

/** A REGISTER with the Authorization rows as given. */
function withRows(rows: readonly string[], more: { cseq?: number } = {}): string {
  return registerText(more).replace('Content-Length', `${rows.map((row) => `Authorization: ${row}\r\n`).join('')}Content-Length`)
}

describe('trap 19: a realm', () => {
  const rules = { realms: new Set(['old.example']), domains: new Set(['sip.test', 'old.example']) }

  test('that is an alias is proven for itself, and every challenge has the one canonical name', () => {
    const exchange = openExchange({ rules })
    expect(exchange.ask(registerText({ domain: 'old.example' })).first('WWW-Authenticate')).toContain('realm="sip.test"')
    expect(exchange.register({ domain: 'old.example', digest: { realm: 'old.example' } }).status).toBe(200)
    expect(exchange.register({ cseq: 2, domain: 'old.example', digest: { realm: 'OLD.example' } }).status).toBe(200)
    expect(exchange.register({ cseq: 3, digest: { realm: 'sip.test' } }).status).toBe(200)
  })

  test('that is nobody’s is not looked at', () => {
    expect(openExchange({ rules }).register({ digest: { realm: 'elsewhere.example' } }).status).toBe(401)
  })

  test.each(['1001', '1001@sip.test', '1001@old.example', '1001@OLD.example'])(
    'takes the name as %s, hashed as it is written',
    (username) => {
      expect(openExchange({ rules }).register({ digest: { username } }).status).toBe(200)
    },
  )
})

describe('trap 20: of several Authorization headers', () => {
  test('those of other schemes and realms are passed over, wherever they stand', () => {
    const exchange = openExchange()
    const right = authorization(exchange.proof(), '1001', 'sip.test')
    const foreign = authorization({ password: 'x', nonce: 'theirs', realm: 'elsewhere.example' }, '1001', 'sip.test')
    expect(exchange.ask(withRows([foreign, 'Basic MTAwMTp4', right])).status).toBe(200)
  })

  test('the strongest on a nonce of ours counts, so that none is a way around it', () => {
    const exchange = openExchange({ lines: [{ username: '1001', password, strong: true }] })
    const md5 = authorization(exchange.proof(), '1001', 'sip.test')
    const sha = authorization(exchange.proof({ algorithm: 'SHA-256' }), '1001', 'sip.test')
    const foreign = authorization(exchange.proof({ algorithm: 'SHA-256', nonce: 'f'.repeat(50) }), '1001', 'sip.test')
    expect(exchange.ask(withRows([md5, foreign, sha])).status).toBe(200)
    expect(exchange.ask(withRows([md5], { cseq: 2 })).status).toBe(401)
  })
})

describe('trap 31: a line for SHA-256', () => {
  test('is never offered MD5 and never takes it, also after a success, also when its nonce is stale', () => {
    const exchange = openExchange({ lines: [{ username: '1001', password, strong: true }] })
    expect(exchange.register({ digest: { algorithm: 'SHA-256' } }).status).toBe(200)
    const weak = exchange.register({ cseq: 2 })
    expect(weak.status).toBe(401)
    exchange.world.pass(5000_000)
    const stale = exchange.register({ cseq: 3, digest: { algorithm: 'SHA-256' } })
    for (const answer of [weak, stale]) {
      expect(answer.all('WWW-Authenticate')).toHaveLength(1)
      expect(answer.first('WWW-Authenticate')).toContain('algorithm=SHA-256')
    }
  })
})

test('trap 30: a phone that reads the first challenge and one that reads the last find the same one, MD5', () => {
  const challenges = openExchange().ask(registerText()).all('WWW-Authenticate')
  expect(challenges).toHaveLength(1)
  expect(challenges[0]).toMatch(/^Digest .*algorithm=MD5/)
})

describe('trap 22: what is quoted and what is not', () => {
  test('in our challenge is what every phone reads: qop quoted, algorithm and stale bare', () => {
    const exchange = openExchange()
    const [asked, stale] = [exchange.ask(registerText()), exchange.register({ digest: { nonce: 'f'.repeat(50) } })]
    expect(asked.first('WWW-Authenticate')).toMatch(/^Digest realm="sip\.test", nonce="[0-9a-f]{50}", algorithm=MD5, qop="auth"$/)
    expect(stale.first('WWW-Authenticate')).toMatch(/, qop="auth", stale=true$/)
  })

  test.each([
    [
      'quoted',
      (row: string) =>
        row
          .replace('qop=auth', 'qop="auth"')
          .replace(/nc=(\w+)/, 'nc="$1"')
          .replace('algorithm=MD5', 'algorithm="MD5"'),
    ],
    ['in other case', (row: string) => row.replace('qop=auth', 'QOP=AUTH').replace('algorithm=MD5', 'Algorithm=md5')],
    ['with blanks', (row: string) => row.replaceAll(',', ' ,\t').replaceAll('=', ' = ')],
  ])('in the answer does not matter: %s', (_, rewrite) => {
    const exchange = openExchange()
    const written = rewrite(authorization(exchange.proof({ hashedQop: _ === 'in other case' ? 'AUTH' : 'auth' }), '1001', 'sip.test'))
    expect(exchange.ask(withRows([written])).status).toBe(200)
  })
})

test('trap 23: the uri of the digest is hashed as it is written, whatever the request is for', () => {
  const exchange = openExchange()
  const row = authorization(exchange.proof(), '1001', 'outbound-proxy.example')
  expect(row).toContain('uri="sip:outbound-proxy.example"')
  expect(exchange.ask(withRows([row])).status).toBe(200)
})

describe('trap 28: a nonce', () => {
  test('is good for longer than the longest registration, so that a renewal takes one round trip', () => {
    const exchange = openExchange()
    const rows = ['Contact: <sip:1001@192.0.2.10>;expires=3600']
    expect(exchange.register({ rows }).status).toBe(200)
    exchange.world.pass(3600_000)
    expect(exchange.register({ cseq: 2, rows }).status).toBe(200)
  })

  test('trap 29: goes on being good after a 200, which names no next one', () => {
    const exchange = openExchange()
    expect(exchange.register().names).not.toContain('Authentication-Info')
    expect(exchange.register({ cseq: 2 }).status).toBe(200)
  })
})

describe('a circle’s lines', () => {
  test('trap 32: an unknown name is asked for MD5 or SHA-256 in the share that the lines have, always the same', () => {
    const lines = Array.from({ length: 40 }, (_, at) => ({ username: `line${at}`, password, strong: at % 4 === 0 }))
    const exchange = openExchange({ lines })
    const asked = (user: string) => exchange.ask(registerText({ user })).first('WWW-Authenticate').includes('SHA-256')
    const strong = Array.from({ length: 400 }, (_, at) => asked(`nobody${at}`))
    expect(strong.filter(Boolean).length).toBeGreaterThan(60)
    expect(strong.filter(Boolean).length).toBeLessThan(140)
    expect(Array.from({ length: 400 }, (_, at) => asked(`nobody${at}`))).toEqual(strong)
  })
})

describe('the address of record', () => {
  const lines = [
    { username: '+81312345678', password },
    { username: 'John D', password },
    { username: 'Anna', password },
  ]
  /** Registers with To as given; 404 and 403 tell that it meant no or another line. */
  const status = (username: string, to: string, realm = 'sip.test') => {
    const exchange = openExchange({ lines })
    const text = registerText({ digest: exchange.proof({ username, realm }) })
    return exchange.ask(text.replace(/To: .*\r\n/, `To: ${to}\r\n`), phoneFlow).status
  }

  test.each([
    ['trap 16: an escaped name', '+81312345678', '<sip:%2B81312345678@sip.test>'],
    ['trap 16: a blank that is escaped', 'John D', '<sip:john%20d@sip.test>'],
    ['trap 15: a name in another case, a domain in another case', 'anna', '<sip:ANNA@SIP.Test>'],
    ['trap 17: what stands behind the user', '+81312345678', '<sip:+81312345678;phone-context=example.jp;isub=1@sip.test>'],
    ['user=phone, with the separators that people write', '+81312345678', '<sip:+81-3-1234-5678@sip.test;user=phone>'],
    ['trap 17: a tel address', '+81312345678', '<tel:+81-3-1234-5678;phone-context=example.jp>'],
    ['a sips address', 'anna', '<sips:anna@sip.test>'],
    ['trap 18: an address of ours with a port', 'anna', '<sip:anna@203.0.113.1:5060;transport=tcp>'],
    ['a display name and a tag', 'anna', '"Anna, \\"A\\"" <sip:anna@sip.test>;tag=old'],
  ])('%s is the line’s', (_, username, to) => {
    expect(status(username, to)).toBe(200)
  })

  test('trap 16: the digest’s user name is used as it is written, not unescaped', () => {
    expect(status('%2B81312345678', '<sip:%2B81312345678@sip.test>')).toBe(401)
  })

  test('trap 18: a domain that is not ours is challenged like any other, and not found only after the right digest', () => {
    expect(openExchange().ask(registerText({ domain: '198.51.100.7' })).status).toBe(401)
    expect(status('anna', '<sip:anna@198.51.100.7>')).toBe(404)
  })

  test('From does not matter: the digest must be that of To’s line, whoever sends it', () => {
    const exchange = openExchange()
    const text = registerText({ digest: exchange.proof() })
    expect(exchange.ask(text.replace('From: <sip:1001@sip.test>', 'From: <sip:boss@elsewhere.example>')).status).toBe(200)
  })
})

import { describe, expect, test } from 'vitest'
import { openRegistrar, phoneFlow } from '../../test/support/open-registrar.ts'
import type { RegisterWish } from '../../test/support/register-request.ts'
import { tellOutcome } from './fact-of-outcome.ts'
import type { Fact } from './facts.ts'

const password = 'a password'

function world() {
  const registrar = openRegistrar([
    { username: '1001', password },
    { username: '1002', password: 'other' },
  ])
  return {
    ...registrar,
    facts(wish: RegisterWish): Fact[] {
      const facts: Fact[] = []
      const outcome = registrar.send(wish)
      if (outcome !== undefined) tellOutcome(outcome, phoneFlow, registrar.now(), facts)
      return facts
    },
  }
}

describe('what the web role is told', () => {
  test('a new binding, its plain renewal, its move and its end', () => {
    const { facts, nonce: newNonce } = world()
    const nonce = newNonce()
    const at = (cseq: number, rows?: string[], userAgent?: string) =>
      facts({ cseq, ...(rows && { rows }), ...(userAgent && { userAgent }), digest: { password, nonce, nc: cseq } })
    expect(at(1)).toMatchObject([
      { kind: 'bound', lineId: 1, contact: { uri: 'sip:1001@192.0.2.10:5060', ip: '192.0.2.10', granted: 600 } },
    ])
    expect(at(2)).toMatchObject([{ kind: 'renewed', lineId: 1, granted: 600 }])
    expect(at(3, undefined, 'Another Phone')).toMatchObject([{ kind: 'bound', contact: { userAgent: 'Another Phone' } }])
    expect(at(4, ['Contact: *', 'Expires: 0'])).toMatchObject([{ kind: 'ended', how: 'signed-off' }])
  })

  test('a wrong password with all that the phone sent', () => {
    const { facts, nonce } = world()
    expect(facts({ digest: { password: 'wrong', nonce: nonce() } })).toMatchObject([
      { kind: 'failed', attempt: { code: 'wrong-password', lineId: 1, username: '1001', ip: '192.0.2.10', userAgent: 'Test Phone 1.0' } },
    ])
  })

  test('a name nobody has, on no line', () => {
    const { facts, nonce } = world()
    expect(facts({ user: '1O01', digest: { password, nonce: nonce() } })).toMatchObject([
      { kind: 'failed', attempt: { code: 'unknown-user', lineId: 0, username: '1O01', toUser: '1o01' } },
    ])
  })

  test('a proven digest for another line than To’s, on To’s line with the name that was sent', () => {
    const { facts, nonce } = world()
    expect(facts({ user: '1001', digest: { username: '1002', password: 'other', nonce: nonce() } })).toMatchObject([
      { kind: 'failed', attempt: { code: 'wrong-username', lineId: 1, username: '1002' } },
    ])
  })

  test('a proven digest with a To that is no line’s, on the proven line with the name in To', () => {
    const { facts, nonce } = world()
    expect(facts({ user: '1OO2', digest: { username: '1002', password: 'other', nonce: nonce() } })).toMatchObject([
      { kind: 'failed', attempt: { code: 'wrong-username', lineId: 2, username: '1oo2' } },
    ])
  })

  test('of names without end no more than their beginning', () => {
    const { facts, nonce } = world()
    const long = 'a'.repeat(5000)
    const [fact] = facts({
      callId: long,
      rows: [`Contact: <sip:1001@192.0.2.10>;+sip.instance="<${long}>"`],
      digest: { username: long, password, nonce: nonce() },
    })
    expect(JSON.stringify(fact).length).toBeLessThan(1500)
  })

  test.each<[string, RegisterWish]>([
    ['a first try', {}],
    ['credentials with an invented nonce', { digest: { password: 'wrong', nonce: 'ab' } }],
    ['a bad request', { rows: ['Contact: *'], digest: { password, nonce: 'ab' } }],
    ['an extension that we lack', { rows: ['Require: x'] }],
  ])('nothing of %s', (_, wish) => {
    expect(world().facts(wish)).toEqual([])
  })
})

import { describe, expect, test } from 'vitest'
import { openRegistrar, phoneFlow, startOfTests } from '../../test/support/open-registrar.ts'
import type { Outcome } from './outcome.ts'
import { replyTo } from './reply.ts'

const password = 'a password'
const world = openRegistrar([{ username: '1001', password }])
const use = { nonces: world.nonces, realm: 'sip.test' }
const reply = (outcome: Outcome | undefined) => {
  if (outcome === undefined) throw new Error('no outcome')
  return replyTo(outcome, startOfTests, phoneFlow.remoteIp, use)
}

/** What is left when the nonce is taken out: all that could tell one refusal from another. */
function shape(outcome: Outcome | undefined): string {
  const { status, reason, headers } = reply(outcome)
  return `${status} ${reason}\n${headers.replace(/nonce="[^"]*"/, (nonce) => `nonce of ${nonce.length}`)}`
}

describe('on the wire', () => {
  test('trap 32: a first try, a wrong password, a name nobody has and a wrong name are the same answer', () => {
    const fresh = openRegistrar([{ username: '1001', password }])
    const first = shape(fresh.send({}))
    expect(first).toMatch(/^401 Unauthorized\nWWW-Authenticate: Digest realm="sip.test", nonce of \d+, algorithm=MD5, qop="auth"\r\n$/)
    expect(shape(fresh.send({ cseq: 2, digest: { password: 'wrong', nonce: fresh.nonce() } }))).toBe(first)
    expect(shape(fresh.send({ user: 'nobody', digest: { password, nonce: fresh.nonce() } }))).toBe(first)
    expect(shape(fresh.send({ cseq: 3, digest: { username: '1O01', password, nonce: fresh.nonce() } }))).toBe(first)
  })

  test('trap 1, trap 3, trap 4: a 200 lists the requester’s contact byte for byte with its parameters and the seconds left, also as a header', () => {
    const rows = ['Contact: "A, b" <sip:1001@192.0.2.10:5060;transport=UDP;line=7>;q=0.3;+sip.instance="<urn:uuid:1>";reg-id=1;expires=90']
    const { status, headers } = reply(openedSend(rows))
    expect(status).toBe(200)
    expect(headers).toContain(
      'Contact: <sip:1001@192.0.2.10:5060;transport=UDP;line=7>;q=0.3;+sip.instance="<urn:uuid:1>";reg-id=1;expires=90\r\nExpires: 90\r\n',
    )
    expect(headers).toMatch(/Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n$/)
  })

  test('a sign-off is not told the time that another phone of the line has left', () => {
    const fresh = openRegistrar([{ username: '1001', password }])
    const nonce = fresh.nonce()
    const signOn = (name: string, nc: number) =>
      fresh.send({ callId: name, rows: [`Contact: <sip:${name}@192.0.2.10>`, 'Expires: 90'], digest: { password, nonce, nc } })
    signOn('a', 1)
    expect(reply(signOn('b', 2)).headers).toContain('\r\nExpires: 90\r\n')
    const left = reply(
      fresh.send({ callId: 'b', cseq: 2, rows: ['Contact: <sip:b@192.0.2.10>', 'Expires: 0'], digest: { password, nonce, nc: 3 } }),
    )
    expect(left.headers).toContain('Contact: <sip:a@192.0.2.10>;expires=90\r\n')
    expect(left.headers).not.toContain('\r\nExpires:')
  })

  test('trap 10: too short an interval is told the least', () => {
    expect(reply(openedSend(['Contact: <sip:1001@192.0.2.10>;expires=10']))).toEqual({
      status: 423,
      reason: 'Interval Too Brief',
      headers: 'Min-Expires: 60\r\n',
      keep: 0,
    })
  })

  test('an extension that we lack is named', () => {
    expect(reply(world.send({ rows: ['Require: warp-drive'] }))).toMatchObject({ status: 420, headers: 'Unsupported: warp-drive\r\n' })
  })

  test('trap 33: what could not be stored is a 500 that asks for patience, never a refusal', () => {
    const line = world.lines.find('1001')
    if (line === undefined) throw new Error('no line')
    expect(reply({ kind: 'not-stored', line })).toEqual({
      status: 500,
      reason: 'Server Internal Error',
      headers: 'Retry-After: 10\r\n',
      keep: 0,
    })
  })
})

function openedSend(rows: string[]): Outcome | undefined {
  const fresh = openRegistrar([{ username: '1001', password }])
  return fresh.send({ rows, digest: { password, nonce: fresh.nonce() } })
}

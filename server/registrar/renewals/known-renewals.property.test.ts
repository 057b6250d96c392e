/** A registrar that recognises renewals and one that reads everything are one and the same to phones, store and portal. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openEndpoint } from '../../../test/support/open-endpoint.ts'
import { aPhone, asks, type RenewingPhone } from '../../../test/support/renewing-phone.ts'

const lines = ['1001', '1002', '1003'].map((username) => ({ username, password: `pw${username}` }))

describe('whatever comes, in whatever order', () => {
  type Deed = { who: number; what: number; byte: number; ms: number; endsTurn: boolean }
  const deed: fc.Arbitrary<Deed> = fc.record({
    who: fc.constantFrom(0, 0, 1, 1, 1, 2, 2, 2, 3),
    what: fc.nat(99),
    byte: fc.nat(700),
    ms: fc.constantFrom(0, 0, 0, 0, 0, 1000, 1000, 60_000, 200_000, 700_000),
    endsTurn: fc.boolean(),
  })

  /** One run of the deeds; what was answered, told and is held. */
  function run(deeds: readonly Deed[], recognises: boolean) {
    const world = openEndpoint(lines, { recognises, rules: { shorten: (seconds) => seconds - ((world.now() / 1000) % 7) } })
    // The fourth is a second phone of the first line.
    const phones = [...lines, lines[0] as (typeof lines)[0]].map(({ username }, at) =>
      aPhone(username, world.nonce(), { contact: `<sip:${username}@192.0.2.1${at}>`, callId: `${at}@phone` }),
    )
    let last: Buffer = Buffer.alloc(0)
    const said: unknown[] = []
    for (const { who, what, byte, ms, endsTurn } of deeds) {
      const phone = phones[who] as RenewingPhone
      if (ms > 0) {
        said.push(world.answers())
        world.pass(ms)
      }
      if (what < 82) last = asks(phone)
      else if (what < 84) last = asks(phone, 'guess')
      else if (what < 85) last = asks({ ...phone, expires: 0, nc: phone.nc++, cseq: phone.cseq++ })
      else if (what < 86) Object.assign(phone, { nonce: world.nonce(), nc: 0 })
      else if (what < 87) phone.userAgent += '+'
      else if (what < 92) {
        last = asks(phone)
        last = Buffer.from(last)
        // Not in Via: a branch that was used before stands for its answer where it is read, and for a new request where that is proven.
        const from = last.indexOf('Max-Forwards')
        const at = from + (byte % (last.length - from))
        last[at] = (last[at] as number) ^ (1 << (byte & 7))
      } else if (what < 94) last = asks(phone).subarray(0, byte)
      else if (what === 94) world.registrar.clockSet(0)
      else if (what === 95) world.registrar.lineChanged(phone.user === '1001' ? 1 : 2)
      // In one turn a request that comes again is answered once where it is read, twice where it is recognised, and who only asks what is held
      // learns what is stored by then: both are right.
      if (what >= 85) said.push(world.answers())
      if (last.length > 0) world.hand(last, '192.0.2.10', what === 96 ? 5099 : 5060)
      if (endsTurn) said.push(world.answers().sort())
    }
    said.push(world.answers().sort())
    return { said: said.flat(), held: world.held(), renewed: world.renewed.sort(), taken: world.taken }
  }

  test('answers, bindings and what the portal is told are those of a registrar that reads everything', () => {
    let taken = 0
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 80, size: 'max' }), (deeds) => {
        const known = run(deeds, true)
        const read = run(deeds, false)
        taken += known.taken
        expect(known.said.sort()).toEqual(read.said.sort())
        expect(known.held).toEqual(read.held)
        expect(known.renewed).toEqual(read.renewed)
      }),
      { numRuns: 300 },
    )
    expect(taken).toBeGreaterThan(1000)
  })
})

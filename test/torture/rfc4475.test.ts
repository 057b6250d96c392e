/** The torture messages of RFC 4475, byte for byte as its appendix holds them, each with what becomes of it here. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeMessage, fixture } from './describe-message.ts'

const folder = 'rfc4475'

/**
 * What the datagram comes to: `400` and the like name the answer that the parser itself calls for, `silence` is none; for a message that is read,
 * `bad` marks what a registrar must answer with 400 (or 416) once it looks at that header.
 */
const expected: Record<string, string> = {
  // §3.1.1 valid messages
  wsinv: 'INVITE to=sip contacts=1 vias=3',
  intmeth: "!interesting-Method0123456789_*+`.%indeed'~ to=sip contacts=0 vias=1",
  esc01: 'INVITE to=sip contacts=1 vias=1',
  escnull: 'REGISTER to=sip contacts=2 vias=1',
  esc02: 'RE%47IST%45R to=sip contacts=2 vias=1',
  lwsdisp: 'OPTIONS to=sip contacts=0 vias=1',
  longreq: 'INVITE to=sip contacts=1 vias=34',
  dblreq: 'REGISTER to=sip contacts=1 vias=1',
  semiuri: 'OPTIONS to=sip contacts=0 vias=1',
  transports: 'OPTIONS to=sip contacts=0 vias=5',
  mpart01: 'MESSAGE to=sip contacts=1 vias=1',
  unreason: '200 to=sip contacts=1 vias=1',
  noreason: '100 to=sip contacts=1 vias=1',
  // §3.1.2 invalid messages
  badinv01: 'INVITE to=sip contacts=1 vias=bad',
  clerr: 'body-too-short 400',
  ncl: 'bad-content-length 400',
  scalar02: 'bad-cseq 400',
  scalarlg: 'bad-cseq silence',
  quotbal: 'INVITE to=bad contacts=1 vias=1',
  ltgtruri: 'bad-start-line 400',
  lwsruri: 'bad-start-line 400',
  lwsstart: 'bad-start-line 400',
  trws: 'bad-start-line 400',
  escruri: 'INVITE to=sip contacts=1 vias=1',
  baddate: 'INVITE to=sip contacts=1 vias=1',
  regbadct: 'REGISTER to=sip contacts=malformed vias=1',
  badaspec: 'OPTIONS to=bad contacts=0 vias=1',
  // Ends without an empty line in the archive.
  baddn: 'no-end-of-headers 400',
  badvers: 'bad-version 505',
  mismatch01: 'cseq-method 400',
  mismatch02: 'cseq-method 400',
  bigcode: 'bad-start-line silence',
  // §3.2, §3.3 transaction and application layer
  badbranch: 'OPTIONS to=sip contacts=0 vias=1',
  insuf: 'missing-header 400',
  unkscm: 'OPTIONS to=sip uri=other contacts=0 vias=1',
  novelsc: 'OPTIONS to=sip uri=other contacts=0 vias=1',
  unksm2: 'REGISTER to=other contacts=1 vias=1',
  bext01: 'OPTIONS to=sip contacts=0 vias=1',
  invut: 'INVITE to=sip contacts=1 vias=1',
  regaut01: 'REGISTER to=sip contacts=0 vias=1',
  multi01: 'duplicate-header 400',
  mcl01: 'duplicate-header 400',
  bcast: '200 to=sip contacts=1 vias=2',
  zeromf: 'OPTIONS to=sip contacts=0 vias=1',
  cparam01: 'REGISTER to=sip contacts=1 vias=1',
  cparam02: 'REGISTER to=sip contacts=1 vias=1',
  regescrt: 'REGISTER to=sip contacts=1 vias=1',
  sdp01: 'INVITE to=sip contacts=1 vias=1',
  inv2543: 'INVITE to=sip contacts=0 vias=1',
}

describe('RFC 4475', () => {
  it('is complete: every message of the archive has its line here', () => {
    const files = readdirSync(new URL(`${folder}/`, import.meta.url)).filter((name) => name.endsWith('.dat'))
    expect(files.sort()).toEqual(
      Object.keys(expected)
        .map((name) => `${name}.dat`)
        .sort(),
    )
    expect(files.length).toBe(49)
  })

  it.each(Object.entries(expected))('%s: %s', (name, becomes) => {
    expect(describeMessage(fixture(folder, name))).toBe(becomes)
  })
})

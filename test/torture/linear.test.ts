/**
 * What exhausts a reader that is not linear: each construct in growing size. Eight times the input may take eight times the time, and a
 * little for chance; its square would be sixty-four. Time is the thread's own, so that a busy machine changes nothing.
 */
import { describe, expect, it } from 'vitest'
import { readDigest } from '../../server/sip/digest/credentials.ts'
import { FrameStream } from '../../server/sip/message/frame-stream.ts'
import { compareUris, readUri } from '../../server/sip/message/uri.ts'
import { openRegistrar } from '../support/open-registrar.ts'
import { describeMessage } from './describe-message.ts'

const head = ['Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'From: <sip:1@e>;tag=1', 'To: <sip:1@e>', 'Call-ID: a', 'CSeq: 1 REGISTER']
const largest = 64_000
const steps = 8

function request(...more: string[]): Buffer {
  return Buffer.from(['REGISTER sip:e SIP/2.0', ...head, ...more, '', ''].join('\r\n'), 'latin1')
}

/** Makes `make(piece repeated)` of about `size` bytes. */
function grown(piece: string, make: (many: string) => Buffer): (size: number) => Buffer {
  return (size) => make(piece.repeat(Math.max(1, Math.floor(size / piece.length))))
}

const messages: Record<string, (size: number) => Buffer> = {
  'one header': grown('a', (many) => request(`Subject: ${many}`)),
  'rows of any kind': grown('a:b\r\n', (many) => request(many)),
  'rows without a name': grown('nonsense\r\n', (many) => request(many)),
  'rows that end in LF': grown('a:b\n', (many) => Buffer.from(`REGISTER sip:e SIP/2.0\n${head.join('\n')}\n${many}\n`)),
  'Via rows': grown('Via: SIP/2.0/UDP h;rport\r\n', (many) => request(many)),
  'Vias in one row': grown('SIP/2.0/UDP h,', (many) => request(`Via: ${many}SIP/2.0/UDP h`)),
  'Contact rows': grown('Contact: <sip:1@h>\r\n', (many) => request(many)),
  'Contacts in one row': grown('<sip:1@h>,', (many) => request(`Contact: ${many}<sip:1@h>`)),
  'Authorization rows': grown('Authorization: Digest realm="x"\r\n', (many) => request(many)),
  commas: grown(',', (many) => request(`Contact: ${many}`)),
  semicolons: grown(';', (many) => request(`Contact: <sip:1@h>${many}`)),
  'folded lines': grown('\r\n a', (many) => request(`Subject: x${many}`)),
  'folded lines that end in LF': grown('\n a', (many) => Buffer.from(`REGISTER sip:e SIP/2.0\n${head.join('\n')}\nSubject: x${many}\n\n`)),
  'blank folded lines': grown('\r\n \t', (many) => request(`Contact:${many}*`)),
  'lone CRs': grown('\r', (many) => request(`Subject: x${many}y`)),
  'rows with a lone CR': grown('a:\rb\r\n', (many) => request(many)),
  'empty lines before': grown('\r\n', (many) => Buffer.concat([Buffer.from(many), request()])),
  'blanks in the start line': grown(' ', (many) => Buffer.from(`REGISTER${many}sip:e SIP/2.0\r\n\r\n`)),
  'a start line that speaks of SIP': grown('SIP/', (many) => Buffer.from(`${many}\r\n\r\n`)),
  'digits of CSeq': grown('9', (many) => request(`CSeq: ${many} REGISTER`)),
  'digits of Content-Length': grown('9', (many) => request(`Content-Length: ${many}`)),
  quotes: grown('"', (many) => request(`Contact: ${many}`)),
  'escapes in quotes': grown('\\"', (many) => request(`Contact: "${many}" <sip:1@h>`)),
  'quotes that never close': grown('"a\\', (many) => request(`Contact: ${many}`)),
  'opening brackets': grown('<', (many) => request(`Contact: ${many}`)),
  'escapes in a user part': grown('%41', (many) => request(`To: <sip:${many}@h>`)),
  'colons of an address': grown(':', (many) => request(`Via: SIP/2.0/UDP [${many}]`)),
}

/** Each header that takes parameters: ten thousand of them and more. */
for (const before of [
  'Contact: <sip:1@h>',
  'Contact: sip:1@h',
  'Contact: <sip:1@h',
  'Via: SIP/2.0/UDP h',
  'From: <sip:1@h>',
  'To: <sip:1@h>',
  'To: <sip:1@h',
  'Route: <sip:h>',
  'Path: <sip:h;lr>',
  'Event: reg',
  'Accept: a/b',
])
  for (const piece of [';a', ';a=b', ';expires=1', ';rport', ';tag="x"'])
    messages[`${before} with parameters ${piece}`] = grown(piece, (many) => request(before + many))
for (const piece of [',a=b', ',realm="x"', ', nonce="\\""', ' ,', '='])
  messages[`Authorization: Digest with parameters ${piece}`] = grown(piece, (many) => request(`Authorization: Digest realm="x"${many}`))

/** µs of this thread's processor time that the work takes: the least of some turns, each long enough for a coarse clock. */
function cost(work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY
  for (let turn = 0; turn < 3; turn++) {
    const before = process.threadCpuUsage()
    let used = 0
    let times = 0
    while (used < turnMicros) {
      work()
      times++
      const { user, system } = process.threadCpuUsage(before)
      used = user + system
    }
    least = Math.min(least, used / times)
  }
  return least
}
const turnMicros = 4_000

/** Below this nothing is exhausted, whatever it grows like. */
const free = 100
/** For one input of 64 kB. */
const mostMicros = 8_000

function expectLinear(work: (size: number) => unknown): void {
  work(largest)
  let figures = ''
  // What is not linear is not linear every time.
  for (let turn = 0; turn < 4; turn++) {
    const small = cost(() => work(largest / steps))
    const large = cost(() => work(largest))
    figures = `${large.toFixed(1)} µs for ${largest} bytes, ${small.toFixed(1)} µs for an eighth of it`
    // Nothing that fits into a datagram holds up the others.
    if (large < Math.max(free, 2.5 * steps * small) && large < mostMicros) return
  }
  expect.fail(figures)
}

describe('time grows with the size only', () => {
  it.each(Object.keys(messages))('of %s in a datagram', (name) => {
    const make = messages[name]
    const bytes = new Map([largest, largest / steps].map((size) => [size, make?.(size) ?? Buffer.alloc(0)]))
    expectLinear((size) => describeMessage(bytes.get(size) ?? Buffer.alloc(0)))
  })

  it.each(Object.keys(messages))('of %s on a stream, in pieces', (name) => {
    const make = messages[name]
    const bytes = new Map([largest, largest / steps].map((size) => [size, make?.(size) ?? Buffer.alloc(0)]))
    expectLinear((size) => {
      const all = bytes.get(size) ?? Buffer.alloc(0)
      const stream = new FrameStream()
      for (let at = 0; at < all.length; at += 500) stream.push(all.subarray(at, at + 500))
    })
  })

  it('of a message behind another on a stream', () => {
    const one = Buffer.from(request('l: 0').toString('latin1'))
    expectLinear((size) => new FrameStream().push(Buffer.concat(new Array<Buffer>(Math.ceil(size / one.length)).fill(one))))
  })

  it('of keepalives on a stream', () => {
    expectLinear((size) => new FrameStream().push(Buffer.from('\r\n\r\n'.repeat(size / 4))))
  })

  it.each([';a', ';a=b', ';a=%42'])('of two URIs with parameters %s that are compared', (piece) => {
    expectLinear((size) => {
      // Every parameter has a name of its own: none is found before the last.
      let params = ''
      for (let at = 0; params.length < size; at++) params += piece.replace('a', `a${at}`)
      const a = readUri(`sip:1@h${params};z=1`)
      const b = readUri(`sip:1@h${params};z=2`)
      if (a !== undefined && b !== undefined) expect(compareUris(a, b)).toBe(false)
    })
  })

  it('of two URIs with headers that are compared', () => {
    expectLinear((size) => {
      const a = readUri(`sip:1@h?${'a=b&'.repeat(size / 4)}`)
      const b = readUri(`sip:1@h?${'b=a&'.repeat(size / 4)}`)
      if (a !== undefined && b !== undefined) compareUris(a, b)
    })
  })

  it('of a digest with escapes', () => {
    expectLinear((size) => readDigest(`Digest realm="${'\\"'.repeat(size / 2)}"`))
  })
})

it('a REGISTER of a hundred contacts that differ only at their ends is refused before each is compared with each', () => {
  const world = openRegistrar([{ username: '1001', password: 'right', maxContacts: 10 }])
  let params = ''
  for (let at = 0; params.length < 550; at++) params += `;a${at}`
  const rows = Array.from({ length: 100 }, (_, at) => `Contact: <sip:1001@h${params};z=${at}>`)
  let least = Number.POSITIVE_INFINITY
  for (let turn = 1; turn <= 4; turn++) {
    const before = process.threadCpuUsage()
    const outcome = world.send({ rows, callId: `${turn}`, digest: { password: 'right', nonce: world.nonce() } })
    const { user, system } = process.threadCpuUsage(before)
    least = Math.min(least, user + system)
    expect(outcome?.kind).toBe('too-many-contacts')
  }
  expect(least).toBeLessThan(20_000)
})

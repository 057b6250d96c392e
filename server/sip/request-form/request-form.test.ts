import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { registerText } from '../../../test/support/register-request.ts'
import { FormReader } from './request-form.ts'

const text = registerText({ digest: { password: 'secret', nonce: '0'.repeat(50), nc: 7 }, cseq: 41 })
const reader = new FormReader(Buffer.from('01234567'))

/** The form's hash; undefined if there is none. */
function formOf(from: string | Buffer, start = 0): string | undefined {
  const bytes = Buffer.from(from as string, 'latin1')
  const place = Buffer.concat([Buffer.alloc(start), bytes])
  return reader.read(place, start, bytes.length) ? `${reader.form.low} ${reader.form.high}` : undefined
}

/** What stands between two places of the form that was read last. */
function part(from: number, to: number): string {
  const { view } = reader
  let out = ''
  for (let at = from; at < to; at++) out += String.fromCharCode(view.getUint8(at))
  return out
}

test('the parts that change and the lines that an answer repeats are found', () => {
  expect(formOf(text, 5)).toBeDefined()
  const { form } = reader
  expect(part(form.branchStart, form.branchEnd)).toBe('z9hG4bKcall-a@phone41')
  expect(part(form.hostStart, form.hostEnd)).toBe('192.0.2.10')
  expect(form.viaPort).toBe(5060)
  expect(part(form.viaStart, form.rportEnd)).toBe('Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKcall-a@phone41;rport')
  expect(form.cseq).toBe(41)
  expect(part(form.cseqStart, form.cseqEnd)).toBe('CSeq: 41 REGISTER')
  expect(part(form.countStart, form.countStart + 8)).toBe('00000007')
  expect(part(form.cnonceStart, form.cnonceEnd)).toBe('abcd')
  expect(part(form.responseStart, form.responseEnd)).toMatch(/^[0-9a-f]{32}$/)
  expect(part(form.nonceStart, form.nonceStart + 50)).toBe('0'.repeat(50))
  expect(part(form.fromStart, form.fromEnd)).toBe('From: <sip:1001@sip.test>;tag=f')
  expect(part(form.toStart, form.toEnd)).toBe('To: <sip:1001@sip.test>')
  expect(part(form.callIdStart, form.callIdEnd)).toBe('Call-ID: call-a@phone')
  expect(part(form.contactStart, form.contactEnd)).toBe('<sip:1001@192.0.2.10:5060>')
})

describe('two requests of one phone have one form', () => {
  test.each([
    ['branch', /branch=[^;]*/, 'branch=z9hG4bK-another.one'],
    ['From tag', /tag=f/, 'tag=a-longer-tag'],
    ['CSeq', /CSeq: 41/, 'CSeq: 1000042'],
    ['nonce', /nonce="0+"/, `nonce="${'7'.repeat(50)}"`],
    ['nonce count', /nc=00000007/, 'nc=0000abcd'],
    ['client nonce', /cnonce="abcd"/, 'cnonce="Zm9v+/=="'],
    ['proof', /response="[^"]*"/, `response="${'f'.repeat(32)}"`],
  ])('though the %s differs', (_, before, now) => {
    expect(text).toMatch(before)
    expect(formOf(text.replace(before, now))).toBe(formOf(text))
  })

  test('wherever in memory they lie', () => {
    for (let start = 0; start < 9; start++) expect(formOf(text, start)).toBe(formOf(text))
  })
})

test('any other byte that differs makes another form, or none', () => {
  const bytes = Buffer.from(text, 'latin1')
  const form = formOf(text)
  const changing = [
    /(?<=branch=)[^;]*/,
    /(?<=tag=)f/,
    /(?<= nonce=")\d+/,
    /(?<=CSeq: )\d+/,
    /(?<=nc=)\w+/,
    /(?<=cnonce=")\w+/,
    /(?<=response=")\w+/,
  ].map((part) => {
    const found = part.exec(text)
    return found === null ? [0, 0] : [found.index, found.index + found[0].length]
  })
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      if (changing.some(([from = 0, to = 0]) => at >= from && at < to)) return true
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] as number) ^ flip
      return formOf(changed) !== form
    }),
    { numRuns: 5000 },
  )
})

describe('whoever writes in another way has no form', () => {
  test.each([
    ['a compact name', (one: string) => one.replace('Via: ', 'v: ')],
    ['a folded line', (one: string) => one.replace('tag=f\r\n', 'tag=f\r\n ;x\r\n')],
    ['a bare line feed', (one: string) => one.replace('Max-Forwards: 70\r\n', 'Max-Forwards: 70\n')],
    ['two Via', (one: string) => one.replace('Max-', 'Via: SIP/2.0/UDP a;branch=z9hG4bKx\r\nMax-')],
    ['a list of Via', (one: string) => one.replace(';rport\r\n', ';rport, SIP/2.0/UDP a;branch=z9hG4bKx\r\n')],
    ['an rport that is filled in', (one: string) => one.replace(';rport', ';rport=5060')],
    ['a received', (one: string) => one.replace(';rport', ';rport;received=1.2.3.4')],
    ['a wish to keep alive', (one: string) => one.replace(';rport', ';rport;keep')],
    ['no magic cookie', (one: string) => one.replace('z9hG4bK', 'z9hG4rK')],
    ['a branch with a comma', (one: string) => one.replace('phone41', 'phone,41')],
    [
      'no Authorization',
      (one: string) =>
        one.replace(/Authorization.*\r\n/, 'Subject: this takes as many bytes as the other one did before it was taken away from here\r\n'),
    ],
    ['two nonce counts', (one: string) => one.replace('nc=00000007', 'nc=00000007, nc=00000008')],
    ['a body', (one: string) => `${one}body`],
    ['another method', (one: string) => one.replace('REGISTER sip', 'OPTIONS sip')],
    ['a tab before a value', (one: string) => one.replace('To: ', 'To:\t')],
    ['a blank behind a value', (one: string) => one.replace('phone\r\n', 'phone \r\n')],
    ['a nonce that is none of ours', (one: string) => one.replace('nonce="00', 'nonce="0')],
    ['a count in capitals', (one: string) => one.replace('nc=', 'NC=')],
    ['a proof in capitals', (one: string) => one.replace('response=', 'RESPONSE=')],
    ['a client nonce without quotes', (one: string) => one.replace('"abcd"', 'abcd')],
    ['a quote in the client nonce', (one: string) => one.replace('"abcd"', '"ab\\"cd"')],
    ['a number that no CSeq may have', (one: string) => one.replace('CSeq: 41', 'CSeq: 2147483648')],
  ])('%s', (_, change) => {
    expect(change(text)).not.toBe(text)
    expect(formOf(change(text))).toBeUndefined()
  })
})

test('no bytes are read beyond the request, nor make it throw, wherever it is cut', () => {
  for (let length = 0; length < text.length; length++) {
    // A piece of memory that ends where the request does.
    const bytes = new Uint8Array(Buffer.from(text.slice(0, length), 'latin1'))
    expect(reader.read(bytes, 0, length)).toBe(false)
    for (const ending of ['\r\n', '\r\n\r\n', '\r\nVia: SIP/2.0/UDP a;b', '\r\nCall']) {
      reader.read(new Uint8Array(Buffer.from(text.slice(0, length) + ending, 'latin1')), 0, length + ending.length)
    }
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 600 }), (bytes) => {
      formOf(Buffer.concat([Buffer.from('REGISTER sip:a SIP/2.0\r\n'), Buffer.from(bytes)]))
    }),
  )
})

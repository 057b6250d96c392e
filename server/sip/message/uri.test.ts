import { describe, expect, it } from 'vitest'
import { aorUser, wireText } from './address-of-record.ts'
import { compareUris, readUri, type Uri, unescapeUser } from './uri.ts'

function uri(text: string): Uri {
  const value = readUri(text)
  if (value === undefined) throw new Error(`${text} was not read`)
  return value
}

const bare = { user: undefined, password: undefined, port: 0, params: '', headers: '' }

describe('a URI', () => {
  it.each([
    ['sip:example.com', { ...bare, scheme: 'sip', host: 'example.com' }],
    ['SIPS:201@Example.com:5061', { ...bare, scheme: 'sips', user: '201', host: 'Example.com', port: 5061 }],
    ['sip:a:b@h;x=1?y=2', { ...bare, scheme: 'sip', user: 'a', password: 'b', host: 'h', params: ';x=1', headers: 'y=2' }],
    ['sip:[2001:db8::1]:5070;lr', { ...bare, scheme: 'sip', host: '[2001:db8::1]', port: 5070, params: ';lr' }],
    ['sip:a;b=c?d@h', { ...bare, scheme: 'sip', user: 'a;b=c?d', host: 'h' }],
    ['tel:+81-3-1234;isub=1', { scheme: 'tel', number: '+81-3-1234', params: ';isub=1' }],
    ['mailto:a@b', { scheme: 'other', name: 'mailto', rest: 'a@b' }],
  ])('%s is read', (text, value) => {
    expect(readUri(text)).toEqual(value)
  })

  it.each([
    '',
    'sip',
    'sip:',
    ':x',
    'sip:@h',
    'sip:a@',
    'sip:a@b@c',
    'sip:h:',
    'sip:h:0',
    'sip:h:65536',
    'sip:h:x',
    'sip:2001:db8::1',
    'sip:[::1',
    'sip:[zz::1]',
    'sip:a b@h',
    'sip:h x',
    'sip:%4@h',
    'sip:%zz@h',
    'sip:<a>@h',
    'sip::p@h',
    'tel:',
    'tel:abc!',
    '1x:y',
  ])('%j is malformed', (text) => {
    expect(readUri(text)).toBeUndefined()
  })
})

describe('trap 13: two URIs are the same (RFC 3261 §19.1.4)', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5'],
    [
      'sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com',
      'sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com',
    ],
    ['sip:alice@atlanta.com?subject=project%20x&priority=urgent', 'sip:alice@atlanta.com?priority=urgent&subject=project%20x'],
    ['sip:a%3bb@h', 'sip:a%3Bb@h'],
    ['sip:h;x=1;x=2', 'sip:h;X=1'],
    ['tel:+81-3-1234-5678', 'tel:+81312345678'],
  ])('%s and %s', (a, b) => {
    expect([compareUris(uri(a), uri(b)), compareUris(uri(b), uri(a))]).toEqual([true, true])
  })

  it.each([
    ['SIP:ALICE@AtLanTa.CoM', 'sip:alice@AtLanTa.CoM'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060'],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp'],
    ['sip:bob@biloxi.com:6000', 'sip:bob@biloxi.com:6000;transport=tcp'],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting'],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4'],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off'],
    ['sip:bob@biloxi.com', 'sips:bob@biloxi.com'],
    ['sip:bob@biloxi.com', 'sip:bob:pw@biloxi.com'],
    ['sip:biloxi.com', 'sip:bob@biloxi.com'],
    ['sip:a;b@h', 'sip:a%3bb@h'],
    ['sip:a@h;user=phone', 'sip:a@h'],
    ['sip:a@h;maddr=1.2.3.4', 'sip:a@h'],
    ['tel:+81312345678', 'sip:+81312345678@h'],
    ['mailto:a', 'urn:a'],
  ])('but not %s and %s', (a, b) => {
    expect([compareUris(uri(a), uri(b)), compareUris(uri(b), uri(a))]).toEqual([false, false])
  })
})

describe('the user of an address-of-record', () => {
  it.each([
    ['sip:201@example.com', '201'],
    ['sip:Reception@example.com;user=phone', 'reception'],
    ['sip:%2B8131234@h', '+8131234'],
    ['sip:j%6Fhn%20d@h', 'john d'],
    ['sip:+81312;phone-context=x@h', '+81312'],
    ['sip:%E5%8F%97%E4%BB%98@h', '受付'],
    ['sip:%FF%41@h', '\xffa'],
    ['tel:+81-(3).12', '+81312'],
    ['sip:example.com', undefined],
    ['mailto:a@b', undefined],
  ])('of %s is %s', (text, user) => {
    expect(aorUser(uri(text))).toBe(user)
  })

  it('keeps a broken escape and decodes UTF-8 only where it is valid', () => {
    expect(unescapeUser('a%4')).toBe('a%4')
    expect([wireText('\xe5\x8f\x97'), wireText('\xe5\x8f'), wireText('abc')]).toEqual(['受', '\xe5\x8f', 'abc'])
  })
})

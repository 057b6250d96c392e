import { describe, expect, it } from 'vitest'
import { readDigest } from './credentials.ts'

/** What phones and servers of many makers have been seen to send. */
const read: [string, Record<string, string>][] = [
  [
    'Digest       username="Mufasa",  realm="testrealm@host.com",  nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="e966c932a9242554e42c8ee200cec7f6", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    { username: 'Mufasa', opaque: '5ccc069c403ebaf9f0171e9517f40e41' },
  ],
  ['Digest realm="%$s..c,\\"", nonce="??????????"', { realm: '%$s..c,"', nonce: '??????????' }],
  [
    'Digest  realm= "studentlev1"  , nonce="??????????", stale=true , algorithm= MD5 ',
    { realm: 'studentlev1', stale: 'true', algorithm: 'MD5' },
  ],
  ['Digest realm="%$s..c,\\"",   nonce ="??????????"', { nonce: '??????????' }],
  ['   Digest   realm   =   AV,b="1, 2\\"bc\\" ", qop = "auth,  auth-int,other"', { qop: 'auth,  auth-int,other' }],
  [
    'Digest realm="If you forgot password, write", nonce="my_nonce", opaque="my_opaque", qop="auth"',
    { realm: 'If you forgot password, write' },
  ],
  [
    'Digest username="root", realm="AXIS_ACCC8EB3494E", nonce="PNHWZB6nBQA=316099a140230c2db387fc75ee1c8ae838a750d8", uri="/axis-cgi/com/ptz.cgi?camera=1&continuouspantiltmove=-49,0", algorithm=MD5, cnonce="17b7311e0c27a979", qop=auth, nc=00000003, response="9bbb9764c769f388f8e5ff4d26bd0449"',
    {
      nonce: 'PNHWZB6nBQA=316099a140230c2db387fc75ee1c8ae838a750d8',
      uri: '/axis-cgi/com/ptz.cgi?camera=1&continuouspantiltmove=-49,0',
      nc: '00000003',
    },
  ],
  ['Digest realm="Hello, \u4e16\u754c", nonce="x"', { realm: 'Hello, \u4e16\u754c' }],
  [
    'DIGEST USERNAME="digest", REALM="garage.sr.ntc.nokia.com", NONCE="MjAwMS0wMS0yMSAxNTowODo1OA==", RESPONSE="d9d7f1ae99a013cb05f319f0f678251d", URI="sip:garage.sr.ntc.nokia.com"',
    { username: 'digest', nonce: 'MjAwMS0wMS0yMSAxNTowODo1OA==' },
  ],
  [
    'Digest realm="nokia-proxy", domain="sip:194.2.188.133", nonce="wB7JBwIb/XhtgfGp1VuPoQ==", opaque="wkJxwA==", , algorithm=MD5, qop="auth"',
    { algorithm: 'MD5' },
  ],
  [
    'digest username="test1",realm="nokia-proxy",nonce="GjbLsrozHC6Lx95C57vGlw==",opaque="HN22wQ==",uri="sip:10.21.32.63",response="e86db25d96713482e35378504caaba6b",algorithm="MD5"',
    { algorithm: 'MD5' },
  ],
  [
    'Digest username="aprokop",realm="Realm",nonce="MTA1MDMzMjE5ODUzMjUwM2QyMzBhOTJlMTkxYjIxYWY1NDlhYzk4YzNiMGYz",uri="sip:nortelnetworks.com:5060",response="dbfba6c0e9664b45b7d224d2b52a1d01",algorithm="MD5",cnonce="VG05eWRHVnNJRTVsZEhkdmNtdHpNVEExTURNek16WTFOREUyTUE9PQ==",qop=auth-int,nc=00000001',
    { qop: 'auth-int', algorithm: 'MD5' },
  ],
  [
    'Digest username="111",realm="pbx.e36",nonce="K1KmT96onZZVMvBB",uri="sip:pbx.e36:5061;transport=tls",response="0c9ba3a13fbcc4f342fd7eb9c2be6a83",algorithm=MD5',
    { uri: 'sip:pbx.e36:5061;transport=tls' },
  ],
  [
    'Digest username="toto", realm="a.example.org", nonce="n", uri=sip:toto@a.example.org, qop="auth", nc="00000001", cnonce="0a4f222a", response="00000000000000000000000000000000", opaque="o"',
    { uri: 'sip:toto@a.example.org', qop: 'auth', nc: '00000001' },
  ],
  [
    'Digest algorithm=MD5, username="16265077642_FhUf4YeeXWwzJ8bm6r4hcO0nE294maNXX4O6lbxNjuAE", realm="prod.tncp.textnow.com", nonce="YqRAcWKkP0W/wpsCAp/pdP4H7qmMJhbs", uri="sip:prod.tncp.textnow.com", response="f978c28b238c4a77a2e314b75131244d"',
    { algorithm: 'MD5' },
  ],
  [
    'Digest username="07076830783",realm="sip1.1stnet.co.kr",nonce="6be5f220592a70d7f6bb463470a9509c",uri="sip:211.233.26.247;transport=UDP",response="9a4ab39f6ac75096ff4afb2ab456b9c2",algorithm=md5',
    { algorithm: 'md5', uri: 'sip:211.233.26.247;transport=UDP' },
  ],
  [
    'Digest username="167356",realm="sip.drachtio.org",nonce="4fe61e6b-ccb8-47c8-8302-27be8f0b80fd",uri="sip:72.1.46.10:5061",algorithm=MD5,response="9a75860d5f13d8e1067a1e5f5c24e261",qop=auth,nc=000003e9,cnonce="cf1bb785"',
    { nc: '000003e9' },
  ],
]

describe('digest parameters', () => {
  it.each(read)('%s', (value, wanted) => {
    expect(readDigest(value)).toMatchObject(wanted)
  })

  it('are all read, whatever their order, and what is absent is empty', () => {
    expect(
      readDigest('Digest cnonce="c",nc=00000001,qop=auth,uri="u",username="n",response="r",realm="e",nonce="o",opaque="p",algorithm=MD5'),
    ).toEqual({
      username: 'n',
      realm: 'e',
      nonce: 'o',
      uri: 'u',
      response: 'r',
      algorithm: 'MD5',
      qop: 'auth',
      nc: '00000001',
      cnonce: 'c',
      opaque: 'p',
      stale: '',
    })
  })

  it('given twice count as given first', () => {
    expect(readDigest('Digest realm="a", realm="b", username=x, username=y, nc=1, nc=2')).toMatchObject({
      realm: 'a',
      username: 'x',
      nc: '1',
    })
  })

  it('lose the backslashes of quoted pairs, also a backslash of its own', () => {
    expect(readDigest('Digest realm="a\\\\b\\"c", nonce="\\\\"')).toMatchObject({ realm: 'a\\b"c', nonce: '\\' })
  })

  it.each([
    'Digest nonce="??????????", algorithm=MD5',
    'Digest x=y a=b',
    'Digest',
    'Digest $=1',
    'Digest key=value, key2="fo ',
    "Digest username='twolmsted', realm='sipsorcery.com', nonce='14116380271465720944', uri='sip:sip.sipsorcery.com', algorithm=MD5, response='e9e190a05c482e0c287829ecf6d42207'",
    'Digest realm="realm", nonce="4ee102da2fb730e04a26e8da913249b264f391c3", opaque="123", stale="true" algorithm="MD5"',
    'Digest bogus tull',
    'Digest realm="a" nonce="b"',
    'Digest realm="a\\"',
    'Digest realm=, nonce=b',
    'Digest realm',
    'Digest realm="a"x',
    'Digest realm=a"b"',
  ])('%j are malformed', (value) => {
    expect(readDigest(value)).toBe('malformed')
  })

  it.each([
    'Basic bogus',
    'NoOneKnowsThisScheme opaque-data=here',
    'Bearer token="<long string shorten removed for brevity>"',
    '',
    'Digestive realm="a"',
  ])('%j are of another scheme', (value) => {
    expect(readDigest(value)).toBe('other-scheme')
  })
})

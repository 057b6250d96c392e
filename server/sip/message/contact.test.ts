import { describe, expect, it } from 'vitest'
import { type ContactValue, readContacts, readQ } from './contact.ts'

const plain: ContactValue = { uri: '', expires: undefined, q: undefined, instance: '', regId: 0, echo: '' }

describe('the contacts of a REGISTER', () => {
  it('are none without a row', () => {
    expect(readContacts([])).toEqual([])
  })

  it.each([
    ['<sip:1@192.0.2.1:5062;transport=tcp>;expires=60', { ...plain, uri: 'sip:1@192.0.2.1:5062;transport=tcp', expires: '60' }],
    ['sip:1@h;expires=60;q=.5', { ...plain, uri: 'sip:1@h', expires: '60', q: 500, echo: ';q=.5' }],
    ['"A <x>, \\"B\\"" <sip:1@h;ob>', { ...plain, uri: 'sip:1@h;ob' }],
    [
      '<sip:1@h> ;Q=0.7; Expires=60 ;+sip.instance="<urn:uuid:1>" ;reg-id=2 ;x="a;expires=9,b" ',
      {
        ...plain,
        uri: 'sip:1@h',
        expires: '60',
        q: 700,
        instance: 'urn:uuid:1',
        regId: 2,
        echo: ';Q=0.7;+sip.instance="<urn:uuid:1>" ;reg-id=2 ;x="a;expires=9,b"',
      },
    ],
    ['<sip:1@h>;expires;reg-id=0;reg-id=x', { ...plain, uri: 'sip:1@h', expires: '', echo: ';reg-id=0;reg-id=x' }],
    ['<sip:1@h>;expires=1;expires=2', { ...plain, uri: 'sip:1@h', expires: '1' }],
    ['mailto:a@b', { ...plain, uri: 'mailto:a@b' }],
    ['*<sip:1@h>', { ...plain, uri: 'sip:1@h' }],
  ])('%s', (row, contact) => {
    expect(readContacts([row])).toEqual([contact])
  })

  it('trap 46: without < > has no parameters of its own: they are all the header’s', () => {
    const contact = { ...plain, uri: 'sip:a@b', expires: '60', echo: ';transport=tcp' }
    expect(readContacts(['sip:a@b;transport=tcp;expires=60'])).toEqual([contact])
    expect(readContacts(['<sip:a@b;transport=tcp>;expires=60'])).toEqual([{ ...contact, uri: 'sip:a@b;transport=tcp', echo: '' }])
  })

  it('never echoes a GRUU, which only a registrar may give (RFC 5627 §5.1)', () => {
    const row = '<sip:1@h>;a=1;Pub-GRUU="sip:x@y;gr=1";temp-gruu="sip:z@y;gr";b=2'
    expect(readContacts([row])).toEqual([{ ...plain, uri: 'sip:1@h', echo: ';a=1;b=2' }])
  })

  it('may share a row or stand in several', () => {
    const contacts = readContacts(['<sip:1@h>;expires=1, sip:2@h;expires=2 ,"x" <sip:3@h>', '<sip:4@h>'])
    expect(Array.isArray(contacts) && contacts.map((contact) => contact.uri)).toEqual(['sip:1@h', 'sip:2@h', 'sip:3@h', 'sip:4@h'])
  })

  it('trap 55: may be a lone star', () => {
    expect([readContacts(['*']), readContacts([' * '])]).toEqual(['star', 'star'])
  })

  it.each([
    [['*', '<sip:1@h>']],
    [['<sip:1@h>', '*']],
    [['*, <sip:1@h>']],
    [['<sip:1@h>, *']],
    [['*;expires=0']],
    [['*', '*']],
    [['']],
    [['None']],
    [['<sip:1@h>,']],
    [['<sip:1@h']],
    [['<>']],
    [['"open <sip:1@h>']],
    [['<sip:1@h>;x="open']],
    [['<sip:1@h> x']],
    [['sip:1@h?Route=%3Csip:x%3E']],
    [['sip:1 @h']],
    [[new Array(200).fill('<sip:1@h>').join(',')]],
    [[`<sip:1@h>${';a=b'.repeat(10_000)}`]],
  ])('%j are malformed', (rows) => {
    expect(readContacts(rows)).toBe('malformed')
  })
})

describe('trap 12: a q value', () => {
  it.each([
    ['1', 1000],
    ['1.000', 1000],
    ['.5', 500],
    ['0.', 0],
    ['0', 0],
    ['0.123456', 123],
    ['0.05', 50],
    ['7', 1000],
    ['99999999999', 1000],
    ['', undefined],
    ['.', undefined],
    ['""', undefined],
    ['-1', undefined],
    ['1.1.1', undefined],
    ['0,5', undefined],
  ])('%j is %j thousandths', (text, q) => {
    expect(readQ(text)).toBe(q)
  })
})

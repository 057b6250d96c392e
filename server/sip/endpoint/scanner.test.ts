import { expect, test } from 'vitest'
import { isScanner } from './scanner.ts'

test.each([
  'friendly-scanner',
  'Friendly-Scanner',
  'sipvicious',
  'sipcli/v1.8',
  'VaxSIPUserAgent/3.1',
  'pplsip',
  'sundayddr',
  'SIPVicious v0.3.3',
  'iWar',
])('%s is a scanner', (name) => expect(isScanner(name)).toBe(true))

test.each([
  '',
  'f',
  'Yealink SIP-T46S 66.86.0.15',
  'Grandstream GXP2170 1.0.11',
  'friendly phone',
  'fanvil',
  'sipsak 0.9.7',
  'SIPp',
  'sipgate',
  'pjsip',
  'Panasonic',
  'iPhone',
  'Vax',
  'my sipcli',
  '\u0130war',
])('%j is none', (name) => expect(isScanner(name)).toBe(false))

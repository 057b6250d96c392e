/** A line for tests: a connected SIP phone unless said otherwise. */
import type { Line } from '#api/line.ts'

export function aLine(wanted: Partial<Line> = {}): Line {
  return {
    number: '05012341001',
    circle: '0312345678',
    type: 'sip-phone',
    loginServer: 'main',
    name: '',
    department: '',
    pickupGroup: '',
    inbound: { extension: '', number: '', kind: '' },
    outbound: { extension: '', number: '', kind: '' },
    note: '',
    cancelOn: null,
    sign: 'registered',
    state: 'registered',
    since: null,
    knownAt: null,
    cause: null,
    ...wanted,
  }
}

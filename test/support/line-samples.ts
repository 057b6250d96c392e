/** Lines, contacts and attempts for tests: say only what matters. */
import type { LineEntry } from '../../server/directory/directory.ts'
import type { LoginServer } from '../../server/directory/line.ts'
import type { ContactFact, FailedAttempt } from '../../server/status/facts.ts'
import type { World } from '../../server/status/main-cause.ts'

/** Monday 2026-01-05, 09:00 in Japan. */
export const monday = Date.UTC(2026, 0, 5, 0, 0, 0)

export const mainServer: LoginServer = { id: 1, name: 'main', kind: 'main', url: '', domain: 'sip.example.jp', pushes: false }
export const kamailio: LoginServer = {
  id: 2,
  name: 'pbx-2',
  kind: 'kamailio',
  url: 'http://192.0.2.9',
  domain: 'pbx2.example.jp',
  pushes: false,
}
export const pushing: LoginServer = { ...kamailio, id: 3, name: 'pbx-3', pushes: true }

export function sampleEntry(said: Partial<LineEntry> = {}): LineEntry {
  const id = said.id ?? 1
  return {
    id,
    accountId: 1,
    circleId: 1,
    number: `${200 + id}`,
    username: `${200 + id}`,
    type: 'sip-phone',
    auth: 'password',
    loginServer: mainServer,
    disabledAt: null,
    disabledBy: '',
    cancelOn: null,
    createdAt: monday - 86_400_000,
    ...said,
  }
}

export function sampleContact(said: Partial<ContactFact> = {}): ContactFact {
  const seenAt = said.seenAt ?? monday
  const granted = said.granted ?? 600
  return {
    id: 1,
    uri: 'sip:201@10.0.0.5:5060',
    transport: 'udp',
    ip: '203.0.113.10',
    port: 5060,
    userAgent: 'Sample Phone 1.0',
    instance: '',
    callId: `call-${said.id ?? 1}`,
    boundAt: seenAt,
    seenAt,
    expiresAt: seenAt + granted * 1000,
    granted,
    ...said,
  }
}

export function sampleAttempt(said: Partial<FailedAttempt> = {}): FailedAttempt {
  return {
    at: monday,
    code: 'wrong-password',
    lineId: 1,
    username: '201',
    toUser: said.username ?? '201',
    toDomain: 'sip.example.jp',
    transport: 'udp',
    ip: '203.0.113.10',
    port: 5070,
    userAgent: 'Sample Phone 1.0',
    instance: '',
    callId: 'call-of-attempt',
    ...said,
  }
}

export function sampleWorld(said: Partial<World> = {}): World {
  return { now: monday, sip: 'live', run: 0, outages: [], neighbours: () => 0, ...said }
}

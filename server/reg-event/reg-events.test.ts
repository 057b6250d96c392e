import { describe, expect, test } from 'vitest'
import { openRegEvents } from '../../test/support/open-reg-events.ts'
import { watchedLines as lines, openWatched } from '../../test/support/open-watched.ts'
import { Watcher } from '../../test/support/read-reginfo.ts'
import type { NotifyAnswer } from './subscriptions.ts'

const a = 'sip:a@192.0.2.10:5060'
const b = 'sip:b@192.0.2.11:5060'
const ok: NotifyAnswer = { status: 200 }

describe('who may watch', () => {
  test('nobody without a proof: the same challenge as to a REGISTER, for a name that nobody has too', () => {
    const { send, sent } = openRegEvents(lines)
    const known = send({})
    const unknown = send({ user: 'nobody-has-this' })
    expect(known).toMatchObject({ status: 401, remember: false })
    expect(known.headers).toMatch(/^WWW-Authenticate: Digest realm="sip\.test", nonce="[0-9a-f]+", algorithm=MD5, qop="auth"\r\n$/)
    const shape = (headers: string) => headers.replace(/nonce="[^"]*"/, '')
    expect({ ...unknown, headers: shape(unknown.headers) }).toEqual({ ...known, headers: shape(known.headers) })
    expect(sent).toEqual([])
  })

  test('the line itself', () => {
    const { subscribe, sent } = openRegEvents(lines)
    expect(subscribe().status).toBe(200)
    expect(sent).toHaveLength(1)
  })

  test.each([
    ['another line', '1002', 'sip.test', 403],
    ['a line that nobody has', '4711', 'sip.test', 403],
    ['a line at a domain that is not ours', '1001', 'elsewhere.test', 404],
  ])('of %s nothing is told', (_, user, domain, status) => {
    const { subscribe, sent, proof } = openRegEvents(lines)
    expect(subscribe({ user, domain, digest: { ...proof(), username: '1001' } }).status).toBe(status)
    expect(sent).toEqual([])
  })

  test('nor of a line that is closed', () => {
    const { subscribe, proof } = openRegEvents(lines)
    expect(subscribe({ user: 'closed', digest: { ...proof(), username: 'closed' } }).status).toBe(403)
  })

  test('a proof for REGISTER is none for SUBSCRIBE', () => {
    const { send, proof } = openRegEvents(lines)
    expect(send({ digest: proof() }).status).toBe(401)
  })

  test('a nonce count is good for one request, be it REGISTER or SUBSCRIBE', () => {
    const { subscribe, send, proof } = openRegEvents(lines)
    const digest = { ...proof(), method: 'SUBSCRIBE' }
    expect(send({ digest }).status).toBe(200)
    const again = send({ callId: 'other', digest })
    expect(again.status).toBe(401)
    expect(again.headers).toContain('stale=true')
    expect(subscribe({ callId: 'third' }).status).toBe(200)
  })

  test('wrong passwords count as guesses, are told as failures, and end in the block that guessing by REGISTER earns', () => {
    const { send, proof, world, refused } = openRegEvents(lines)
    for (let guess = 0; guess < 25; guess++) send({ digest: { ...proof(), method: 'SUBSCRIBE', password: `guess ${guess}` } })
    expect(refused.slice(0, 3).map(({ kind }) => kind)).toEqual(['wrong-password', 'wrong-password', 'wrong-password'])
    expect(refused.at(-1)?.kind).toBe('blocked')
    expect(world.guesses.bans).toBe(1)
    expect(send({ digest: { ...proof(), method: 'SUBSCRIBE' } }).status).toBe(401)
  })

  test('another event is refused before anybody is asked for a proof', () => {
    const { send } = openRegEvents(lines)
    expect(send({ event: 'presence' })).toMatchObject({ status: 489, headers: 'Allow-Events: reg\r\n', remember: false })
  })
})

describe('a subscription begins', () => {
  test('with a 200 that has a tag, a Contact and the time granted, and then a full NOTIFY in that dialog', () => {
    const { subscribe, register, sent, order } = openRegEvents(lines)
    register(a)
    const answer = subscribe({
      event: 'reg;id=7',
      expires: 86_400,
      contact: '<sip:1001@192.0.2.10:5060;x=y?Subject=z>',
      rows: ['Record-Route: <sip:edge-1;lr>', 'Record-Route: <sip:edge-2;lr>'],
    })
    expect(answer).toMatchObject({
      status: 200,
      remember: true,
      headers: 'Expires: 7200\r\nContact: <sip:192.0.2.1:5060;transport=udp>\r\n',
    })
    expect(answer.toTag).toMatch(/^1-[0-9a-f]{16}$/)
    expect(order).toEqual(['200', 'NOTIFY 1'])
    const notify = sent[0]?.notify
    expect(notify).toMatchObject({
      method: 'NOTIFY',
      uri: 'sip:1001@192.0.2.10:5060;x=y',
      from: `<sip:1001@sip.test>;tag=${answer.toTag}`,
      to: '<sip:1001@sip.test>;tag=f',
      callId: 'watch@phone',
      cseq: 1,
      contentType: 'application/reginfo+xml',
      headers:
        'Route: <sip:edge-1;lr>, <sip:edge-2;lr>\r\nContact: <sip:192.0.2.1:5060;transport=udp>\r\nEvent: reg;id=7\r\n' +
        'Subscription-State: active;expires=7200\r\n',
    })
    const document = new Watcher().take(notify?.body ?? '')
    expect(document).toMatchObject({ state: 'full', aor: 'sip:1001@sip.test', registrationState: 'active', contacts: [{ uri: a }] })
  })

  test('for an hour and a little where no time is asked for (RFC 3680 §4.4)', () => {
    const { subscribe } = openRegEvents(lines)
    expect(subscribe({ expires: '' }).headers).toContain('Expires: 3761\r\n')
  })

  test('and is over at once with Expires: 0, which only asks', () => {
    const { subscribe, register, sent, events, answerAll } = openRegEvents(lines)
    register(a)
    expect(subscribe({ expires: 0 }).headers).toContain('Expires: 0\r\n')
    expect(sent[0]?.notify.headers).toContain('Subscription-State: terminated;reason=timeout\r\n')
    expect(new Watcher().take(sent[0]?.notify.body ?? '').contacts).toMatchObject([{ uri: a }])
    answerAll()
    expect(events.numbers.subscriptions).toBe(0)
  })
})

describe('what changes', () => {
  test('is told in a partial document, all of one turn in one', () => {
    const { register, pass, watcher, takeAll } = openWatched()
    pass(10)
    register(a)
    register(b)
    pass(1)
    const documents = takeAll()
    expect(documents).toMatchObject([{ version: 1, state: 'partial', registrationState: 'active' }])
    expect(documents[0]?.contacts).toMatchObject([
      { uri: a, state: 'active', event: 'registered', expires: 599 },
      { uri: b, state: 'active', event: 'registered' },
    ])
    expect(watcher.uris).toEqual([a, b])
  })

  test('is told at most once in five seconds, with what came in between', () => {
    const { register, pass, sent, watcher, takeAll } = openWatched()
    register(a)
    pass(4)
    register(b)
    expect(sent).toHaveLength(0)
    pass(2)
    expect(takeAll()).toHaveLength(1)
    expect(watcher.uris).toEqual([a, b])
    register(a, 0)
    register(b, 0)
    pass(3)
    expect(sent).toHaveLength(0)
    pass(2)
    expect(takeAll()).toMatchObject([{ registrationState: 'terminated', contacts: [{ event: 'unregistered' }, { event: 'unregistered' }] }])
  })

  test('is not told while a NOTIFY is under way, and then at once', () => {
    const { register, pass, sent, answerAll } = openWatched()
    pass(10)
    register(a)
    pass(1)
    expect(sent).toHaveLength(1)
    register(b)
    pass(20)
    expect(sent).toHaveLength(1)
    answerAll()
    expect(sent.map(({ notify }) => notify.cseq)).toEqual([3])
  })

  test('is nothing when a phone renews what it has', () => {
    const { register, pass, sent, answerAll } = openWatched()
    register(a)
    pass(10)
    answerAll()
    for (let time = 0; time < 3; time++) {
      register(a)
      pass(30)
    }
    expect(sent).toEqual([])
  })

  test('is told when a binding runs out', () => {
    const { register, pass, watcher, takeAll } = openWatched()
    register(a, 60)
    pass(10)
    takeAll()
    pass(60)
    expect(takeAll()).toMatchObject([{ registrationState: 'terminated', contacts: [{ uri: a, event: 'expired' }] }])
    expect(watcher.uris).toEqual([])
  })

  test('in great numbers is told by a full document', () => {
    const { register, pass, takeAll, held, watcher } = openWatched()
    for (let at = 0; at < 50; at++) {
      register(`sip:x${at}@192.0.2.20:${6000 + at}`, 600, 'same')
      if (at % 2 === 0) register(`sip:x${at}@192.0.2.20:${6000 + at}`, 0, 'same')
    }
    pass(6)
    expect(takeAll()).toMatchObject([{ state: 'full' }])
    expect(watcher.uris).toEqual(held())
  })

  test('is told to each who watches, and to nobody of another line', () => {
    const { subscribe, register, pass, answerAll, sent, proof } = openWatched()
    subscribe({ callId: 'second' })
    subscribe({ callId: 'other line', user: '1002', digest: { ...proof(), method: 'SUBSCRIBE', username: '1002' } })
    answerAll()
    register(a)
    pass(6)
    expect(sent.map(({ notify }) => notify.callId).sort()).toEqual(['second', 'watch@phone'])
  })
})

describe('a further SUBSCRIBE of the dialog', () => {
  test('renews it, goes where it came from now, and is answered by a full document whose version goes on', () => {
    const { subscribe, register, toTag, pass, sent, watcher, takeAll, events } = openWatched()
    register(a)
    pass(6)
    takeAll()
    const flow = { transport: 'udp' as const, remoteIp: '192.0.2.10', remotePort: 40_001, connection: 0, local: 0 }
    expect(subscribe({ toTag, expires: 1200, contact: '<sip:1001@192.0.2.10:40001>' }, flow)).toMatchObject({ status: 200, toTag })
    expect(sent).toMatchObject([{ flow, notify: { uri: 'sip:1001@192.0.2.10:40001', cseq: 3 } }])
    expect(takeAll()).toMatchObject([{ version: 2, state: 'full', contacts: [{ uri: a, event: 'registered' }] }])
    pass(1100, ok)
    expect(events.numbers.subscriptions).toBe(1)
    pass(200)
    expect(sent[0]?.notify.headers).toContain('Subscription-State: terminated;reason=timeout')
    expect(watcher.uris).toEqual([a])
  })

  test('with less time ends it earlier', () => {
    const { subscribe, toTag, pass, answerAll, events } = openWatched()
    subscribe({ toTag, expires: 60 })
    answerAll()
    pass(62, ok)
    expect(events.numbers.subscriptions).toBe(0)
  })

  test('with Expires: 0 ends it, with one last NOTIFY', () => {
    const { subscribe, toTag, sent, events } = openWatched()
    expect(subscribe({ toTag, expires: 0 }).status).toBe(200)
    expect(sent).toHaveLength(1)
    expect(sent[0]?.notify.headers).toContain('Subscription-State: terminated;reason=timeout')
    expect(events.numbers.subscriptions).toBe(0)
    expect(subscribe({ toTag }).status).toBe(481)
  })

  test.each([
    ['a tag that we never gave', { toTag: '1-0000000000000000' }],
    ['a tag of another form', { toTag: 'x' }],
    ['another From tag', { fromTag: 'g' }],
    ['another Call-ID', { callId: 'other' }],
    ['another id of the event', { event: 'reg;id=2' }],
  ])('with %s is of no dialog', (_, wish) => {
    const { subscribe, toTag } = openWatched()
    expect(subscribe({ toTag, ...wish })).toMatchObject({ status: 481, remember: false })
  })

  test('that is older than the last one is refused', () => {
    const { subscribe, toTag, sent } = openWatched()
    expect(subscribe({ toTag, cseq: 1 }).status).toBe(500)
    expect(sent).toEqual([])
  })

  test('needs the proof of the line that watches', () => {
    const { subscribe, send, toTag, proof, sent } = openWatched()
    expect(send({ toTag }).status).toBe(401)
    expect(subscribe({ toTag, digest: { ...proof(), method: 'SUBSCRIBE', username: '1002' } }).status).toBe(403)
    expect(subscribe({ toTag, user: '1002', digest: { ...proof(), method: 'SUBSCRIBE', username: '1002' } }).status).toBe(403)
    expect(sent).toEqual([])
  })
})

describe('a subscription ends', () => {
  test.each<[string, NotifyAnswer]>([
    ['is refused with 481', { status: 481 }],
    ['is challenged', { status: 401 }],
    ['is refused with 503', { status: 503 }],
    ['is not answered', 'timeout'],
    ['cannot be sent', 'not-sent'],
  ])('when a NOTIFY %s', (_, answer) => {
    const { register, pass, answerAll, events, sent, subscribe, toTag } = openWatched()
    register(a)
    pass(6)
    answerAll(answer)
    expect(events.numbers).toMatchObject({ subscriptions: 0, notifies: { sent: 2, answered: 1, failed: 1 } })
    register(b)
    pass(10)
    expect(sent).toEqual([])
    expect(subscribe({ toTag }).status).toBe(481)
  })

  test('when its time is over, with what changed last', () => {
    const { register, pass, takeAll, sent } = openWatched()
    pass(595)
    register(a)
    pass(1)
    takeAll()
    register(b)
    pass(5)
    expect(sent[0]?.notify.headers).toContain('Subscription-State: terminated;reason=timeout')
    expect(takeAll()).toMatchObject([{ contacts: [{ uri: b, event: 'registered' }] }])
    register(a, 0)
    pass(10)
    expect(sent).toEqual([])
  })

  test('when the line is closed, after its contacts', () => {
    const { register, pass, takeAll, sent, world, events } = openWatched()
    register(a)
    pass(6)
    takeAll()
    world.registrar.closeLine(1, world.now())
    events.lineClosed(1, world.now())
    world.endTurn()
    events.changed(world.told.splice(0), world.now())
    pass(1)
    expect(sent[0]?.notify.headers).toContain('Subscription-State: terminated;reason=noresource')
    expect(takeAll()).toMatchObject([{ registrationState: 'terminated', contacts: [{ uri: a, event: 'rejected' }] }])
    expect(events.numbers.subscriptions).toBe(0)
  })

  test('no earlier when the clock of the machine is set', () => {
    const { world, events, pass, register, sent, answerAll } = openWatched()
    const by = 3_600_000
    world.wheel.clockSet(by)
    world.registrar.clockSet(by)
    events.clockSet(by)
    world.pass(by)
    expect(events.numbers.subscriptions).toBe(1)
    register(a)
    pass(6)
    expect(sent[0]?.notify.headers).toMatch(/Subscription-State: active;expires=59\d\r\n/)
    answerAll()
    pass(600)
    expect(events.numbers.subscriptions).toBe(0)
  })
})

describe('memory is bounded', () => {
  test('a line has ten at most; an older one from the same address gives way to a phone that begins anew', () => {
    const { subscribe, events, answerAll } = openRegEvents(lines)
    const contact = (at: number) => `<sip:1001@192.0.2.10:${6000 + at}>`
    for (let at = 0; at < 10; at++) expect(subscribe({ callId: `${at}`, contact: contact(at) }).status).toBe(200)
    answerAll()
    expect(subscribe({ callId: 'one more', contact: contact(10) })).toMatchObject({ status: 403, reason: 'Too Many Subscriptions' })
    expect(subscribe({ callId: 'again', contact: contact(4) }).status).toBe(200)
    expect(subscribe({ callId: 'asks', contact: contact(10), expires: 0 }).status).toBe(200)
    expect(events.numbers.subscriptions).toBe(10)
  })

  test('in all there are as many as may be', () => {
    const { subscribe, proof, events } = openRegEvents(lines, { most: 1 })
    expect(subscribe().status).toBe(200)
    expect(subscribe({ callId: 'x', user: '1002', digest: { ...proof(), username: '1002' } }).status).toBe(403)
    expect(events.numbers.subscriptions).toBe(1)
  })

  test('however often one is renewed and told, it waits in the timer wheel about twice', () => {
    const { subscribe, toTag, register, pass, answerAll, world } = openWatched()
    for (let time = 0; time < 300; time++) {
      subscribe({ toTag, expires: time % 2 === 0 ? 7200 : 600 })
      register(a, time % 2 === 0 ? 600 : 0)
      pass(6, ok)
    }
    answerAll()
    expect(world.wheel.size).toBeLessThan(30)
  })
})

/** What every Directory and DirectoryWriter must keep, whatever they are made of. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Scope } from '../../server/directory/account.ts'
import type { Directory } from '../../server/directory/directory.ts'
import type { DirectoryWriter, NewLine } from '../../server/directory/directory-writer.ts'
import { verifyPassword } from '../../server/directory/password.ts'
import { type KeyRing, sipPasswordPlace } from '../../server/directory/secret-box.ts'
import { FakeClock } from '../support/fake-clock.ts'

export interface DirectoryUnderTest {
  directory: Directory
  writer: DirectoryWriter
  keyRing: KeyRing
  /** How a token is kept. */
  hashToken(token: string): string
  remove(): Promise<void>
}

const operator: Scope = { kind: 'operator' }
const wrongLines: readonly Partial<NewLine>[] = [
  { number: '12a' },
  { number: '' },
  { username: '' },
  { username: 'a b' },
  { password: '' },
  { password: 'a\u0000b' },
  { auth: 'ip', ipAddress: '192.0.2.1' },
  { type: 'sip-trunk', auth: 'ip' },
  { ipAddress: 'x' },
  { maxContacts: 0 },
  { name: 'a\nb' },
]
const day = 24 * 60 * 60 * 1000

export function directoryContract(name: string, open: (clock: FakeClock) => Promise<DirectoryUnderTest>): void {
  describe(`the directory in ${name}`, () => {
    let clock: FakeClock
    let opened: DirectoryUnderTest
    let directory: Directory
    let writer: DirectoryWriter
    beforeEach(async () => {
      clock = new FakeClock()
      opened = await open(clock)
      directory = opened.directory
      writer = opened.writer
    })
    afterEach(() => opened.remove())

    /** Two companies; the first with two circles of two lines each, the second with one. */
    async function fill() {
      const scopes: Record<string, Scope> = { operator }
      for (const [login, circles] of [
        ['osaka', ['0600000001', '0600000002']],
        ['kobe', ['0780000001']],
      ] as const) {
        const { account } = await writer.addAccount(operator, { login, name: `${login} KK` })
        scopes[login] = { kind: 'account', accountId: account.id }
        for (const number of circles) {
          const { circle } = await writer.addCircle(operator, { account: login, number })
          scopes[number] = { kind: 'circle', accountId: account.id, circleId: circle.id }
          for (const extension of ['1', '2']) {
            const { line } = await writer.addLine(operator, { circle: number, type: 'sip-phone', number: number + extension })
            scopes[line.number] = { kind: 'line', accountId: account.id, circleId: circle.id, lineId: line.id }
          }
        }
      }
      return scopes
    }

    describe('keeps customers apart', () => {
      /** Which circles and lines each login may see. */
      const visible: Record<string, { circles: string[]; lines: string[]; accounts: string[] }> = {
        operator: {
          circles: ['0600000001', '0600000002', '0780000001'],
          lines: ['06000000011', '06000000012', '06000000021', '06000000022', '07800000011', '07800000012'],
          accounts: ['kobe', 'osaka'],
        },
        osaka: {
          circles: ['0600000001', '0600000002'],
          lines: ['06000000011', '06000000012', '06000000021', '06000000022'],
          accounts: ['osaka'],
        },
        kobe: { circles: ['0780000001'], lines: ['07800000011', '07800000012'], accounts: ['kobe'] },
        '0600000001': { circles: ['0600000001'], lines: ['06000000011', '06000000012'], accounts: [] },
        '06000000022': { circles: ['0600000002'], lines: ['06000000022'], accounts: [] },
      }

      test.each(Object.keys(visible))('%s never sees another’s account, circle or line', async (login) => {
        const scopes = await fill()
        const scope = scopes[login] as Scope
        const expected = visible[login]
        const everything = visible.operator
        expect((await directory.circles(scope)).map(({ number }) => number)).toEqual(expected?.circles)
        expect((await directory.accounts(scope)).map((account) => account.login)).toEqual(expected?.accounts)
        expect([...directory.eachLine(scope)].map(({ number }) => number)).toEqual(expected?.lines)
        for (const number of everything?.circles ?? []) {
          const seen = expected?.circles.includes(number)
          expect((await directory.circle(scope, number))?.number).toBe(seen ? number : undefined)
          const lines = (expected?.lines ?? []).filter((line) => line.startsWith(number))
          expect((await directory.lines(scope, number)).map((line) => line.number)).toEqual(lines)
        }
        for (const number of everything?.lines ?? []) {
          expect((await directory.line(scope, number))?.number).toBe(expected?.lines.includes(number) ? number : undefined)
        }
        for (const other of await directory.accounts(operator)) {
          expect((await directory.account(scope, other.id))?.login).toBe(expected?.accounts.includes(other.login) ? other.login : undefined)
        }
      })

      test('a foreign line cannot be changed, and looks as if it were not there', async () => {
        const scopes = await fill()
        const kobe = scopes.kobe as Scope
        const circle = scopes['0600000002'] as Scope
        for (const scope of [kobe, circle]) {
          await expect(writer.setLinePassword(scope, '06000000011', 'x')).rejects.toMatchObject({ code: 'not-found' })
          await expect(writer.disableLine(scope, '06000000011', 'x')).rejects.toMatchObject({ code: 'not-found' })
          await expect(writer.setLinePortalPassword(scope, '06000000011')).rejects.toMatchObject({ code: 'not-found' })
          await expect(writer.setCirclePassword(scope, '0600000001')).rejects.toMatchObject({ code: 'not-found' })
        }
        expect((await directory.line(operator, '06000000011'))?.disabledAt).toBeNull()
      })

      test('what only the operator may do is refused to everybody else', async () => {
        const scopes = await fill()
        for (const scope of [scopes.osaka, scopes['0600000001'], scopes['06000000011']] as Scope[]) {
          const refused = { code: 'not-allowed' }
          await expect(writer.addAccount(scope, { login: 'x', name: 'x' })).rejects.toMatchObject(refused)
          await expect(writer.addCircle(scope, { account: 'osaka', number: '0600000009' })).rejects.toMatchObject(refused)
          await expect(writer.addLine(scope, { circle: '0600000001', type: 'other' })).rejects.toMatchObject(refused)
          await expect(writer.cancelLine(scope, '06000000011')).rejects.toMatchObject(refused)
          await expect(writer.addToken(scope, { kind: 'operator' })).rejects.toMatchObject(refused)
          await expect(writer.listTokens(scope)).rejects.toMatchObject(refused)
          await expect(writer.setOperatorPassword(scope)).rejects.toMatchObject(refused)
          await expect(writer.addLoginServer(scope, { name: 'x', kind: 'webhook', url: 'https://x/' })).rejects.toMatchObject(refused)
          expect(await directory.loginServers(scope)).toEqual([])
        }
      })
    })

    describe('signs people in', () => {
      test('each kind by its own login, with the password that was made', async () => {
        const account = await writer.addAccount(operator, { login: 'Osaka', name: '大阪食品' })
        const circle = await writer.addCircle(operator, { account: 'osaka', number: '0600000001', password: 'given circle' })
        await writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', number: '201', name: '受付' })
        const { password } = await writer.setOperatorPassword(operator)

        const asAccount = await directory.portalLogin('account', 'OSAKA')
        expect(asAccount).toMatchObject({ scope: { kind: 'account', accountId: account.account.id }, title: '大阪食品' })
        expect(await verifyPassword(account.password, asAccount?.passwordHash ?? '')).toBe(true)
        const asCircle = await directory.portalLogin('circle', '0600000001')
        expect(asCircle).toMatchObject({ scope: { kind: 'circle', circleId: circle.circle.id } })
        expect(await verifyPassword('given circle', asCircle?.passwordHash ?? '')).toBe(true)
        expect(await verifyPassword(password, (await directory.portalLogin('operator', 'operator'))?.passwordHash ?? '')).toBe(true)
        expect(await directory.portalLogin('account', '0600000001')).toBeUndefined()
        expect(await directory.portalLogin('circle', 'Osaka')).toBeUndefined()
      })

      test('a line only after it was given a portal password, which is not its SIP password', async () => {
        await fill()
        await writer.setLinePassword(operator, '06000000011', 'the SIP password')
        expect(await directory.portalLogin('line', '06000000011')).toMatchObject({ passwordHash: '', title: '06000000011' })
        const { password } = await writer.setLinePortalPassword(operator, '06000000011')
        const hash = (await directory.portalLogin('line', '06000000011'))?.passwordHash ?? ''
        expect(await verifyPassword(password, hash)).toBe(true)
        expect(await verifyPassword('the SIP password', hash)).toBe(false)
      })

      test('programs by tokens, which are kept only as hashes and end when revoked', async () => {
        const scopes = await fill()
        const made = [
          await writer.addToken(operator, { kind: 'operator' }),
          await writer.addToken(operator, { kind: 'account', login: 'osaka' }),
          await writer.addToken(operator, { kind: 'circle', number: '0780000001' }),
        ]
        const found = () => Promise.all(made.map(({ token }) => directory.scopeOfToken(opened.hashToken(token))))
        expect(await found()).toEqual([operator, scopes.osaka, scopes['0780000001']])
        expect(await directory.scopeOfToken(made[0]?.token ?? '')).toBeUndefined()
        expect((await writer.listTokens(operator)).map(({ kind, owner }) => [kind, owner])).toEqual([
          ['operator', ''],
          ['account', 'osaka'],
          ['circle', '0780000001'],
        ])
        await writer.revokeToken(operator, made[1]?.id ?? 0)
        expect(await found()).toEqual([operator, undefined, scopes['0780000001']])
        await expect(writer.revokeToken(operator, made[1]?.id ?? 0)).rejects.toMatchObject({ code: 'not-found' })
        await expect(writer.addToken(operator, { kind: 'account', login: 'nobody' })).rejects.toMatchObject({ code: 'not-found' })
      })

      test('the operator only after a password was set', async () => {
        expect(await writer.hasOperatorPassword()).toBe(false)
        expect(await directory.portalLogin('operator', 'operator')).toBeUndefined()
        await writer.setOperatorPassword(operator, 'first one')
        await writer.setOperatorPassword(operator, 'second one')
        expect(await writer.hasOperatorPassword()).toBe(true)
        const hash = (await directory.portalLogin('operator', 'operator'))?.passwordHash ?? ''
        expect([await verifyPassword('first one', hash), await verifyPassword('second one', hash)]).toEqual([false, true])
      })
    })

    describe('keeps lines', () => {
      test('the first circle of an account is its administrator, later ones are not', async () => {
        await fill()
        expect((await directory.circles(operator)).map(({ number, administrator }) => [number, administrator])).toEqual([
          ['0600000001', true],
          ['0600000002', false],
          ['0780000001', true],
        ])
      })

      test('with every field as given', async () => {
        await fill()
        const given = {
          circle: '0600000001',
          type: 'sip-trunk' as const,
          number: '+8161#*',
          username: 'Trunk.1@pbx',
          name: '受付 ü',
          department: '総務',
          pickupGroup: '7',
          inbound: { extension: '10', number: '0611112222', kind: 'ip' },
          outbound: { extension: '11', number: '0633334444', kind: 'isdn' },
          note: 'メモ',
          auth: 'ip' as const,
          ipAddress: '192.0.2.0/29',
          strong: true,
          maxContacts: 3,
        }
        await writer.addLine(operator, given)
        const { circle, ...rest } = given
        expect(await directory.line(operator, '+8161#*')).toMatchObject({
          ...rest,
          circleNumber: circle,
          loginServer: { name: 'main', domain: 'sip.localhost' },
        })
      })

      test('the next free number is made from the circle’s, and passwords only where phones need one', async () => {
        await fill()
        const add = async (type: 'sip-phone' | 'forward') => (await writer.addLine(operator, { circle: '0600000001', type })).credentials
        expect(await add('sip-phone')).toEqual({
          number: '0600000001001',
          username: '0600000001001',
          password: expect.stringMatching(/^\w{16}$/),
          domain: 'sip.localhost',
        })
        expect(await add('forward')).toMatchObject({ number: '0600000001002', password: null })
      })

      test('numbers are unique in the installation, user names per login server whatever their case', async () => {
        await fill()
        await writer.addLoginServer(operator, { name: 'other', kind: 'kamailio', url: 'https://kamailio.example/' })
        const add = (number: string, username: string, loginServer?: string) =>
          writer.addLine(operator, { circle: '0780000001', type: 'sip-phone', number, username, ...(loginServer && { loginServer }) })
        await add('1', 'Anna')
        await expect(add('1', 'b')).rejects.toMatchObject({ code: 'already-there' })
        await expect(add('06000000011', 'b')).rejects.toMatchObject({ code: 'already-there' })
        await expect(add('2', 'aNNA')).rejects.toMatchObject({ code: 'already-there' })
        await add('2', 'anna', 'other')
        await expect(add('3', 'ANNA', 'other')).rejects.toMatchObject({ code: 'already-there' })
      })

      test('a wrong value is refused and nothing is kept', async () => {
        await fill()
        const seq = directory.latestSeq()
        for (const wrong of wrongLines) {
          const adding = writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', ...wrong })
          await expect(adding, JSON.stringify(wrong)).rejects.toMatchObject({ code: 'wrong-value' })
        }
        expect(directory.latestSeq()).toBe(seq)
      })

      test('what is named but not there is refused', async () => {
        await fill()
        const gone = { code: 'not-found' }
        await expect(writer.addLine(operator, { circle: '0999999999', type: 'other' })).rejects.toMatchObject(gone)
        await expect(writer.addLine(operator, { circle: '0600000001', type: 'other', loginServer: 'x' })).rejects.toMatchObject(gone)
        await expect(writer.addCircle(operator, { account: 'x', number: '0600000009' })).rejects.toMatchObject(gone)
        await expect(writer.setAccountPassword(operator, 'x')).rejects.toMatchObject(gone)
        await expect(writer.enableLine(operator, 'x')).rejects.toMatchObject(gone)
        await expect(writer.addCircle(operator, { account: 'osaka', number: '0600000001' })).rejects.toMatchObject({
          code: 'already-there',
        })
        await expect(writer.addAccount(operator, { login: 'OSAKA', name: 'x' })).rejects.toMatchObject({ code: 'already-there' })
      })
    })

    describe('tells the SIP role', () => {
      const sipLogin = (id: number) => [...directory.sipLogins([id])][0]
      const idOf = async (number: string) => (await directory.line(operator, number))?.id ?? 0

      test('of lines on main that phones may sign in to, with the password sealed for that line', async () => {
        await fill()
        const id = await idOf('06000000011')
        await writer.setLinePassword(operator, '06000000011', 'パスワード')
        expect(sipLogin(id)).toMatchObject({ lineId: id, username: '06000000011', open: true, strong: false, maxContacts: 10 })
        const box = sipLogin(id)?.sealedPassword ?? Buffer.alloc(0)
        expect(opened.keyRing.open(box, sipPasswordPlace(id))).toBe('パスワード')
        expect(opened.keyRing.open(box, sipPasswordPlace(id + 1))).toBeUndefined()
        expect(box.includes('パスワード')).toBe(false)
      })

      test('of every line of a circle made strong, and of new ones in it, until it is not', async () => {
        await fill()
        const id = await idOf('06000000011')
        const seq = directory.latestSeq()
        expect(await writer.setCircle(operator, '0600000001', { strong: true })).toEqual({ number: '0600000001', strong: true })
        expect(directory.changesSince(seq)).toMatchObject({ all: false, lineIds: expect.arrayContaining([id]) })
        expect(sipLogin(id)).toMatchObject({ strong: true })
        const added = await writer.addLine(operator, { circle: '0600000001', type: 'sip-phone' })
        expect(sipLogin(added.line.id)).toMatchObject({ strong: true })
        const elsewhere = await writer.addLine(operator, { circle: '0600000002', type: 'sip-phone' })
        expect(sipLogin(elsewhere.line.id)).toMatchObject({ strong: false })
        await writer.setLine(operator, '06000000011', { strong: true })
        await writer.setCircle(operator, '0600000001', { strong: false })
        expect([sipLogin(id), sipLogin(added.line.id)]).toMatchObject([{ strong: true }, { strong: false }])
      })

      test('of what is set of one line, which only the operator may', async () => {
        await fill()
        const id = await idOf('06000000011')
        const seq = directory.latestSeq()
        expect(await writer.setLine(operator, '06000000011', { maxContacts: 20 })).toEqual({
          number: '06000000011',
          strong: false,
          maxContacts: 20,
        })
        expect(directory.changesSince(seq).lineIds).toEqual([id])
        expect(sipLogin(id)).toMatchObject({ strong: false, maxContacts: 20 })
        await expect(writer.setLine(operator, '06000000011', { maxContacts: 21 })).rejects.toMatchObject({ code: 'wrong-value' })
        await expect(writer.setLine(operator, 'x', { strong: true })).rejects.toMatchObject({ code: 'not-found' })
        const { accountId, circleId } = (await directory.line(operator, '06000000011')) ?? { accountId: 0, circleId: 0 }
        const circle = { kind: 'circle', accountId, circleId } as const
        await expect(writer.setLine(circle, '06000000011', { strong: false })).rejects.toMatchObject({ code: 'not-allowed' })
        await expect(writer.setCircle(circle, '0600000001', { strong: false })).rejects.toMatchObject({ code: 'not-allowed' })
      })

      test('of no forward and of no line elsewhere, and of trunks by address as closed', async () => {
        await fill()
        await writer.addLoginServer(operator, { name: 'other', kind: 'asterisk-ari', url: 'https://a.example/' })
        const add = async (over: object) => (await writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', ...over })).line.id
        const forward = await add({ type: 'forward' })
        const elsewhere = await add({ loginServer: 'other' })
        const trunk = await add({ type: 'sip-trunk', auth: 'ip', ipAddress: '192.0.2.1' })
        expect([...directory.sipLogins([forward, elsewhere, trunk])]).toMatchObject([{ lineId: trunk, open: false }])
        expect([...directory.sipLogins()]).toHaveLength(7)
        expect([...directory.lineEntries()]).toHaveLength(9)
      })

      test('that a disabled line is closed, and open again when it is enabled', async () => {
        await fill()
        const id = await idOf('06000000011')
        await writer.disableLine(operator, '06000000011', '山田')
        expect(sipLogin(id)?.open).toBe(false)
        expect([...directory.lineEntries([id])]).toMatchObject([{ disabledAt: clock.now(), disabledBy: '山田' }])
        await writer.enableLine(operator, '06000000011')
        expect(sipLogin(id)?.open).toBe(true)
        expect([...directory.lineEntries([id])]).toMatchObject([{ disabledAt: null, disabledBy: '' }])
      })

      test('that a cancelled line is closed at once, gone after that day, and its number free again', async () => {
        await fill()
        const id = await idOf('06000000011')
        const { cancelOn } = await writer.cancelLine(operator, '06000000011')
        expect(sipLogin(id)?.open).toBe(false)
        expect([...directory.lineEntries([id])]).toMatchObject([{ cancelOn }])
        expect((await directory.line(operator, '06000000011'))?.cancelOn).toBe(cancelOn)
        await writer.tidy()
        await expect(writer.addLine(operator, { circle: '0600000002', type: 'sip-phone', number: '06000000011' })).rejects.toMatchObject({
          code: 'already-there',
        })

        clock.advance(day)
        const seq = directory.latestSeq()
        await writer.tidy()
        expect(directory.changesSince(seq)).toMatchObject({ all: false, lineIds: [id] })
        expect([...directory.lineEntries([id]), ...directory.sipLogins([id])]).toEqual([])
        expect(await directory.line(operator, '06000000011')).toBeUndefined()
        const again = await writer.addLine(operator, { circle: '0600000002', type: 'sip-phone', number: '06000000011' })
        expect(again.line.id).not.toBe(id)
      })

      test('that a line cancelled for a later day is in service until then', async () => {
        await fill()
        const id = await idOf('06000000011')
        const lastDay = new Date(clock.now() + 2 * day).toISOString().slice(0, 10)
        await writer.cancelLine(operator, '06000000011', lastDay)
        expect(sipLogin(id)?.open).toBe(true)
        expect([...directory.lineEntries([id])]).toMatchObject([{ cancelOn: null }])
        clock.advance(day)
        await writer.tidy()
        expect(sipLogin(id)?.open).toBe(true)
        clock.advance(3 * day)
        await writer.tidy()
        expect(sipLogin(id)).toBeUndefined()
        await expect(writer.cancelLine(operator, '06000000012', '2001-01-01')).rejects.toMatchObject({ code: 'wrong-value' })
      })
    })

    describe('tells its followers what changed', () => {
      test('nothing when nothing did', async () => {
        expect(directory.changesSince(directory.latestSeq())).toEqual({
          seq: directory.latestSeq(),
          all: false,
          lineIds: [],
          circleIds: [],
        })
      })

      test('each line and circle once, with the number to go on from', async () => {
        const scopes = await fill()
        const seq = directory.latestSeq()
        await writer.setLinePassword(operator, '06000000011')
        await writer.disableLine(operator, '06000000011', 'x')
        await writer.setCirclePassword(operator, '0780000001')
        await writer.setAccountPassword(operator, 'osaka')
        const line = scopes['06000000011'] as Extract<Scope, { kind: 'line' }>
        const circle = scopes['0780000001'] as Extract<Scope, { kind: 'circle' }>
        expect(directory.changesSince(seq)).toEqual({ seq: seq + 4, all: false, lineIds: [line.lineId], circleIds: [circle.circleId] })
        expect(directory.changesSince(seq + 4).lineIds).toEqual([])
        expect(directory.latestSeq()).toBe(seq + 4)
      })

      test('everything when a login server changed, or when old changes were forgotten', async () => {
        await fill()
        const seq = directory.latestSeq()
        await writer.addLoginServer(operator, { name: 'other', kind: 'webhook', url: 'https://h.example/' })
        expect(directory.changesSince(seq).all).toBe(true)
        clock.advance(8 * day)
        await writer.setLinePassword(operator, '06000000011')
        await writer.tidy()
        expect(directory.changesSince(1).all).toBe(true)
        expect(directory.changesSince(seq + 1)).toMatchObject({ seq: seq + 2, all: false })
      })
    })
  })
}

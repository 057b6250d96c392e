/** What every LineImport must keep, whatever it is made of. */

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Scope } from '../../server/directory/account.ts'
import type { Directory } from '../../server/directory/directory.ts'
import type { DirectoryWriter } from '../../server/directory/directory-writer.ts'
import type { ImportedLine, LineImport } from '../../server/directory/line-import.ts'
import { type KeyRing, sipPasswordPlace } from '../../server/directory/secret-box.ts'
import { bareImportedLine } from '../support/bare-imported-line.ts'

export interface ImportUnderTest {
  directory: Directory
  writer: DirectoryWriter
  lineImport: LineImport
  keyRing: KeyRing
  /** Another process begins an import of the lines 0 to 19,999 of circle 0600000001, writes the first 5,000, and is killed. Opens anew. */
  breakOff(): Promise<ImportUnderTest>
  remove(): Promise<void>
}

const operator: Scope = { kind: 'operator' }

export function lineImportContract(name: string, open: () => Promise<ImportUnderTest>): void {
  describe(`an import of lines in ${name}`, () => {
    let opened: ImportUnderTest
    beforeEach(async () => {
      opened = await open()
      await opened.writer.addAccount(operator, { login: 'osaka', name: 'Osaka' })
      await opened.writer.addCircle(operator, { account: 'osaka', number: '0600000001' })
    })
    afterEach(() => opened.remove())

    function aLine(number: string, over: Partial<ImportedLine> = {}): ImportedLine {
      const circle = opened.lineImport.book(operator).circle('0600000001')
      if (!circle) throw new Error('the circle is missing')
      return {
        ...circle,
        ...bareImportedLine,
        loginServerId: 1,
        number,
        username: number,
        password: 'secret',
        ...over,
      }
    }
    const numbers = () => [...opened.directory.eachLine(operator)].map(({ number }) => number)
    const seenByRoles = () => [[...opened.directory.lineEntries()].length, [...opened.directory.sipLogins()].length]

    test('shows no line before it is finished, then all of them, as one change', async () => {
      const seq = opened.directory.latestSeq()
      const run = opened.lineImport.begin(operator, 3)
      run.add([aLine('1'), aLine('2')])
      run.add([aLine('3')])
      expect([numbers(), seenByRoles(), opened.directory.latestSeq()]).toEqual([[], [0, 0], seq])
      expect(await opened.directory.line(operator, '1')).toBeUndefined()
      expect(await opened.directory.portalLogin('line', '1')).toBeUndefined()
      run.finish()
      expect([numbers(), seenByRoles(), opened.directory.latestSeq()]).toEqual([['1', '2', '3'], [3, 3], seq + 1])
      const ids = [...opened.directory.lineEntries()].map(({ id }) => id)
      expect(opened.directory.changesSince(seq)).toEqual({ seq: seq + 1, all: false, lineIds: ids, circleIds: [] })
    })

    test('seals each password for its own line', async () => {
      const run = opened.lineImport.begin(operator, 2)
      run.add([aLine('1', { password: 'one' }), aLine('2', { password: 'two' })])
      run.finish()
      const secrets = [...opened.directory.sipLogins()].map(({ lineId, sealedPassword }) =>
        opened.keyRing.open(sealedPassword, sipPasswordPlace(lineId)),
      )
      expect(secrets).toEqual(['one', 'two'])
    })

    test('leaves nothing when it is abandoned, and the numbers are free', async () => {
      const run = opened.lineImport.begin(operator, 2)
      run.add([aLine('1'), aLine('2')])
      run.abandon()
      expect(numbers()).toEqual([])
      await opened.writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', number: '1' })
      expect(numbers()).toEqual(['1'])
    })

    test('leaves nothing when the process dies in the middle, and the numbers are free', async () => {
      opened = await opened.breakOff()
      expect(numbers()).toEqual([])
      await opened.writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', number: '1' })
      expect(numbers()).toEqual(['1'])
    })

    test('is refused while another one runs, and may begin when that has ended', () => {
      const run = opened.lineImport.begin(operator, 1)
      expect(() => opened.lineImport.begin(operator, 1)).toThrow(expect.objectContaining({ code: 'import-running' }))
      run.abandon()
      opened.lineImport.begin(operator, 1).abandon()
    })

    test('is not the concern of anybody but the operator', () => {
      const account: Scope = { kind: 'account', accountId: 1 }
      expect(() => opened.lineImport.book(account)).toThrow(expect.objectContaining({ code: 'not-allowed' }))
      expect(() => opened.lineImport.begin(account, 1)).toThrow(expect.objectContaining({ code: 'not-allowed' }))
    })

    test('refuses a transaction with a number or user name that was given away meanwhile, and more lines than announced', async () => {
      const run = opened.lineImport.begin(operator, 3)
      await opened.writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', number: '2', username: 'anna' })
      expect(() => run.add([aLine('1'), aLine('2')])).toThrow(expect.objectContaining({ code: 'already-there' }))
      expect(() => run.add([aLine('3', { username: 'ANNA' })])).toThrow(expect.objectContaining({ code: 'already-there' }))
      expect(() => run.add(['4', '5', '6', '7'].map((number) => aLine(number)))).toThrow(
        expect.objectContaining({ code: 'import-refused' }),
      )
      run.abandon()
      expect(numbers()).toEqual(['2'])
    })

    test('knows what is taken: numbers everywhere, user names per login server whatever their case', async () => {
      const loginServer = await opened.writer.addLoginServer(operator, { name: 'other', kind: 'kamailio', url: 'https://k.example/' })
      await opened.writer.addLine(operator, { circle: '0600000001', type: 'sip-phone', number: '1', username: 'Anna' })
      const book = opened.lineImport.book(operator)
      expect([book.numberTaken('1'), book.numberTaken('2')]).toEqual([true, false])
      expect([book.usernameTaken(1, 'aNNa'), book.usernameTaken(loginServer.id, 'anna')]).toEqual([true, false])
      expect([book.circle('0600000002'), book.loginServer('x'), book.loginServer('other')?.id]).toEqual([
        undefined,
        undefined,
        loginServer.id,
      ])
    })
  })
}

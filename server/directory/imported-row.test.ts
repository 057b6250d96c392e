import { describe, expect, it } from 'vitest'
import { checkRow, type ImportCells, importColumns, SeenRows } from './imported-row.ts'
import type { ImportBook } from './line-import.ts'

const main = { id: 1, name: 'main', kind: 'main', url: '', domain: 'sip.localhost', pushes: true } as const
const other = { ...main, id: 2, name: 'osaka', kind: 'kamailio' } as const
const book: ImportBook = {
  circle: (number) => (number === '0312345678' ? { circleId: 3, accountId: 4 } : undefined),
  loginServer: (name) => ({ main, osaka: other })[name],
  numberTaken: (number) => number === '200',
  usernameTaken: (server, username) => server === 1 && username.toLowerCase() === 'taken',
}

function row(given: Partial<ImportCells>): ImportCells {
  const none = Object.fromEntries(importColumns.map((column) => [column, ''])) as ImportCells
  return { ...none, circle: '0312345678', number: '201', type: 'sip-phone', ...given }
}

describe('a row of a file of lines', () => {
  it('becomes a line: the user name is the number and the login server main unless given', () => {
    expect(checkRow(row({}), book)).toMatchObject({
      needsPassword: true,
      line: { circleId: 3, accountId: 4, loginServerId: 1, number: '201', username: '201', password: null, auth: 'password' },
    })
  })

  it('needs a made password only where phones sign in here with one', () => {
    const needs = (given: Partial<ImportCells>) => {
      const checked = checkRow(row(given), book)
      return 'line' in checked ? checked.needsPassword : checked
    }
    expect(needs({ password: 'given' })).toBe(false)
    expect(needs({ type: 'forward' })).toBe(false)
    expect(needs({ login_server: 'osaka' })).toBe(false)
    expect(needs({ type: 'sip-trunk', auth: 'ip', ip_address: '192.0.2.1' })).toBe(false)
    expect(needs({ type: 'sip-trunk' })).toBe(true)
  })

  it('may have a user name that is taken on another login server only', () => {
    expect(checkRow(row({ username: 'taken', login_server: 'osaka' }), book)).toHaveProperty('line')
    expect(checkRow(row({ username: 'TAKEN' }), book)).toMatchObject({ column: 'username', why: expect.stringContaining('is taken') })
  })

  it.each([
    [{ circle: '123' }, 'circle', 'must be 10 digits'],
    [{ circle: '0399999999' }, 'circle', 'there is no circle'],
    [{ number: '' }, 'number', 'must not be empty'],
    [{ number: '20a' }, 'number', 'must be 1 to 32'],
    [{ number: '1'.repeat(33) }, 'number', 'must be 1 to 32'],
    [{ number: '200' }, 'number', 'is there already'],
    [{ type: 'phone' }, 'type', 'must be one of'],
    [{ login_server: 'nowhere' }, 'login_server', 'there is no login server'],
    [{ username: 'a b' }, 'username', 'must not hold spaces'],
    [{ username: 'x'.repeat(65) }, 'username', '1 to 64'],
    [{ password: 'a\tb' }, 'password', 'printable'],
    [{ password: 'x'.repeat(129) }, 'password', '1 to 128'],
    [{ name: 'x'.repeat(201) }, 'name', 'not have more than 200'],
    [{ department: '\ufffd\ufffd' }, 'department', 'not UTF-8'],
    [{ auth: 'none' }, 'auth', 'must be password or ip'],
    [{ auth: 'ip', ip_address: '192.0.2.1' }, 'auth', 'only for sip-trunk'],
    [{ type: 'sip-trunk', auth: 'ip' }, 'ip_address', 'must not be empty'],
    [{ type: 'sip-trunk', auth: 'ip', ip_address: '192.0.2.300' }, 'ip_address', 'must be an IP address'],
  ] satisfies [Partial<ImportCells>, string, string][])('is refused for %j in column %s: %s', (given, column, why) => {
    expect(checkRow(row(given), book)).toEqual({ column, why: expect.stringContaining(why) })
  })

  it('is refused when an earlier row has its number, or its user name on the same login server in any case', () => {
    const seen = new SeenRows()
    const add = (given: Partial<ImportCells>, at: number) => {
      const checked = checkRow(row(given), book)
      return 'line' in checked ? seen.add(checked.line, at) : checked
    }
    expect(add({ number: '1', username: 'anna' }, 2)).toBeUndefined()
    expect(add({ number: '1', username: 'berta' }, 3)).toEqual({ column: 'number', why: 'row 2 has this number already' })
    expect(add({ number: '2', username: 'ANNA' }, 4)).toEqual({ column: 'username', why: 'row 2 has this user name already' })
    expect(add({ number: '3', username: 'anna', login_server: 'osaka' }, 5)).toBeUndefined()
  })
})

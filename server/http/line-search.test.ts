import { expect, test } from 'vitest'
import type { Line } from '../directory/line.ts'
import { searchFor, searchKey } from './line-search.ts'

const line: Line = {
  id: 1,
  accountId: 1,
  circleId: 1,
  circleNumber: '0312345678',
  number: '0312345678-201',
  type: 'sip-phone',
  loginServer: { id: 1, name: 'main', kind: 'main', url: '', domain: '', pushes: true },
  username: 'Front_Desk',
  name: '受付 ﾀﾅｶ',
  department: '総務部',
  pickupGroup: '',
  inbound: { extension: '201', number: '+81-90-1234-5678', kind: '' },
  outbound: { extension: '202', number: '0612345678', kind: '' },
  note: '１階',
  auth: 'password',
  ipAddress: '',
  strong: false,
  maxContacts: 5,
  disabledAt: null,
  disabledBy: '',
  cancelOn: null,
  createdAt: 0,
  passwordChangedAt: 0,
}

test.each([
  ['受付', true],
  ['タナカ', true],
  ['総務', true],
  ['1階', true],
  ['front_desk', true],
  ['ＦＲＯＮＴ', true],
  ['201', true],
  ['２０２', true],
  ['09012345678', true],
  ['090-1234-5678', true],
  ['０９０−１２３４−５６７８', true],
  ['０９０ー１２３４', true],
  ['+81 90 1234', true],
  ['+81(0)90 1234', true],
  ['06 1234', true],
  ['(03)1234-5678', true],
  ['', true],
  ['   ', true],
  ['203', false],
  ['営業', false],
  ['09099', false],
  ['-', true],
  ['+', false],
])('%j finds the line: %s', (q, expected) => {
  expect(searchFor(q)(searchKey(line))).toBe(expected)
})

/** Changes of an input that know rows, lists, parameters and start lines, and so get further in than chance. */
import type { Dice } from './dice.ts'
import { byteChanges, type Change } from './mutate-bytes.ts'
import { headers, methods, params, pieces, withParams } from './words.ts'

/** No input grows beyond this: a little more than a message may have. */
const mostBytes = 70_000
/** Most inputs stay small, since small ones are fast and say the same. */
const usualBytes = 1_500

type ChangeRows = (rows: string[], dice: Dice, other: string[]) => void

/** A row behind the start line, if there is one. */
function anyRow(rows: string[], dice: Dice): number {
  return rows.length < 2 ? 0 : 1 + dice.below(rows.length - 1)
}

function valueStart(row: string): number {
  return row.indexOf(':') + 1
}

const rowChanges: readonly ChangeRows[] = [
  function doubleRow(rows, dice) {
    const at = anyRow(rows, dice)
    rows.splice(anyRow(rows, dice), 0, rows[at] ?? '')
  },
  function removeRow(rows, dice) {
    rows.splice(anyRow(rows, dice), 1)
  },
  function moveRow(rows, dice) {
    const [row = ''] = rows.splice(anyRow(rows, dice), 1)
    rows.splice(anyRow(rows, dice), 0, row)
  },
  function takeRow(rows, dice, other) {
    rows.splice(anyRow(rows, dice), dice.below(2), other[anyRow(other, dice)] ?? '')
  },
  function renameRow(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = `${dice.pick(headers)}:${(rows[at] ?? '').slice(valueStart(rows[at] ?? ''))}`
  },
  function emptyRow(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = (rows[at] ?? '').slice(0, valueStart(rows[at] ?? '')) + dice.pick(['', ' ', '\t ', '\r\n '])
  },
  function addRow(rows, dice) {
    rows.splice(anyRow(rows, dice), 0, `${dice.pick(headers)}: ${dice.pick(pieces)}${dice.pick(params)}`)
  },
  function blankBeforeColon(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = (rows[at] ?? '').replace(':', dice.pick([' :', '\t: ', ':\r\n ', ' ', '::']))
  },
  function foldRow(rows, dice) {
    const at = anyRow(rows, dice)
    const row = rows[at] ?? ''
    const cut = dice.below(row.length + 1)
    rows[at] = `${row.slice(0, cut)}${dice.pick(['\r\n ', '\n\t', '\r\n\t \t', '\r\n \r\n '])}${row.slice(cut)}`
  },
  function addParam(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = (rows[at] ?? '') + dice.pick(params)
  },
  function addParamInside(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = (rows[at] ?? '').replace(dice.pick(['>', ';', ',', '@']), (found) => dice.pick(params) + found)
  },
  function listRow(rows, dice, other) {
    const at = anyRow(rows, dice)
    const from = dice.oneIn(2) ? (rows[at] ?? '') : (other[anyRow(other, dice)] ?? '')
    rows[at] = `${rows[at] ?? ''}${dice.pick([',', ', ', ',,', ' , '])}${from.slice(valueStart(from))}`
  },
  function quoteRow(rows, dice) {
    const at = anyRow(rows, dice)
    const start = valueStart(rows[at] ?? '')
    rows[at] =
      (rows[at] ?? '').slice(0, start) +
      dice.pick(['"', '""', '"\\"" ', '"a, b;c" ', "'", '"\\', '"<sip:x>" ']) +
      (rows[at] ?? '').slice(start)
  },
  function otherMethod(rows, dice) {
    const before = (rows[0] ?? '').split(' ')[0] ?? ''
    const method = dice.oneIn(4) ? before.toLowerCase() : dice.pick(methods)
    rows[0] = method + (rows[0] ?? '').slice(before.length)
    if (dice.oneIn(3)) return
    for (let at = 1; at < rows.length; at++) if (/^cseq/i.test(rows[at] ?? '')) rows[at] = (rows[at] ?? '').replace(before, method)
  },
  function otherUri(rows, dice) {
    const [method = '', , version = ''] = (rows[0] ?? '').split(' ')
    rows[0] = `${method} ${dice.pick(['sip:', 'sips:', 'tel:+1', 'sip:a@', 'sip:%41@', 'http:'])}${dice.pick(pieces)}${dice.oneIn(2) ? dice.pick(params) : ''} ${version}`
  },
  function contentLength(rows, dice) {
    rows.splice(
      anyRow(rows, dice),
      0,
      `Content-Length: ${dice.pick(['0', '1', '10', '65535', '65536', '-1', '', '1,1', '00', '999999999999'])}`,
    )
  },
  function longValue(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = (rows[at] ?? '') + dice.pick(pieces).repeat(dice.below(600))
  },
]

/** Rare, since they make inputs that are large: what exhausts a reader that is not linear. */
const hugeChanges: readonly ChangeRows[] = [
  function manyParams(rows, dice) {
    rows.splice(anyRow(rows, dice), 0, dice.pick(withParams) + dice.pick(params).repeat(10_000))
  },
  function fullHeader(rows, dice) {
    const head = dice.pick(withParams)
    const piece = dice.oneIn(2) ? dice.pick(params) : dice.pick(pieces)
    rows.splice(anyRow(rows, dice), 0, head + piece.repeat(Math.ceil((8190 + dice.below(6) - head.length) / piece.length)))
  },
  function manyRows(rows, dice) {
    const at = anyRow(rows, dice)
    rows.splice(at, 0, ...new Array<string>(dice.pick([190, 201, 1000])).fill(rows[at] ?? ''))
  },
  function longList(rows, dice) {
    const at = anyRow(rows, dice)
    const value = (rows[at] ?? '').slice(valueStart(rows[at] ?? ''))
    rows[at] = (rows[at] ?? '') + `,${value}`.repeat(dice.pick([20, 99, 100, 101, 1000]))
  },
  function manyFolds(rows, dice) {
    const at = anyRow(rows, dice)
    rows[at] = (rows[at] ?? '') + dice.pick(['\r\n a', '\n ', '\n\ta', ' \r\n \t']).repeat(dice.pick([1000, 2000, 15_000]))
  },
  function deepEscapes(rows, dice) {
    rows.splice(
      anyRow(rows, dice),
      0,
      `${dice.pick(headers)}: "${dice.pick(['\\', '\\"', '\\\\', '""'])}`.padEnd(dice.pick([4000, 8000]), '\\"'),
    )
  },
]

function asRows(input: Buffer): { rows: string[]; rest: string } {
  const text = input.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  const head = end < 0 ? text : text.slice(0, end)
  return { rows: head.split('\r\n'), rest: end < 0 ? '' : text.slice(end) }
}

function changeRows(input: Buffer, dice: Dice, other: Buffer, changes: readonly ChangeRows[]): Buffer {
  const { rows, rest } = asRows(input)
  dice.pick(changes)(rows, dice, asRows(other).rows)
  const lineEnd = dice.oneIn(30) ? '\n' : '\r\n'
  return Buffer.from(rows.join(lineEnd) + rest, 'latin1')
}

/** A changed copy of `input`, by one to eight changes; `pool` are the inputs to take pieces from. */
export function mutate(input: Buffer, dice: Dice, pool: readonly Buffer[]): Buffer {
  let out = input
  let times = 1
  while (times < 8 && dice.oneIn(2)) times++
  for (let turn = 0; turn < times; turn++) {
    const other = dice.pick(pool) ?? input
    const change: Change = dice.pick(byteChanges)
    if (dice.oneIn(2_000)) out = changeRows(out, dice, other, hugeChanges)
    else out = dice.oneIn(2) ? change(out, dice, other) : changeRows(out, dice, other, rowChanges)
    const most = dice.oneIn(200) ? mostBytes : Math.max(usualBytes, input.length)
    if (out.length > mostBytes || (out.length > most && turn < times - 1)) out = out.subarray(0, most)
  }
  return out
}

/** Changes of an input that know nothing of what it means. */
import type { Dice } from './dice.ts'
import { params, pieces } from './words.ts'

/** Gives a changed copy; `other` is another input to splice with. */
export type Change = (input: Buffer, dice: Dice, other: Buffer) => Buffer

const oddBytes = [0, 9, 10, 13, 32, 34, 37, 39, 42, 44, 47, 58, 59, 60, 61, 62, 63, 64, 91, 92, 93, 127, 128, 255]

function copyWith(input: Buffer, from: number, to: number, between: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), between, input.subarray(to)])
}

function range(input: Buffer, dice: Dice): [number, number] {
  const from = dice.below(input.length + 1)
  const most = dice.oneIn(4) ? input.length : 16
  return [from, Math.min(input.length, from + 1 + dice.below(most))]
}

export const byteChanges: readonly Change[] = [
  function flipBit(input, dice) {
    const out = Buffer.from(input)
    const at = dice.below(out.length)
    if (out.length > 0) out[at] = (out[at] as number) ^ (1 << dice.below(8))
    return out
  },
  function setByte(input, dice) {
    const out = Buffer.from(input)
    if (out.length > 0) out[dice.below(out.length)] = dice.oneIn(3) ? dice.below(256) : dice.pick(oddBytes)
    return out
  },
  function insertBytes(input, dice) {
    const at = dice.below(input.length + 1)
    return copyWith(input, at, at, Buffer.alloc(1 + dice.below(dice.oneIn(20) ? 300 : 4), dice.pick(oddBytes)))
  },
  function cutOut(input, dice) {
    const [from, to] = range(input, dice)
    return copyWith(input, from, to, Buffer.alloc(0))
  },
  function cutOff(input, dice) {
    return Buffer.from(input.subarray(0, dice.below(input.length + 1)))
  },
  function doubleRange(input, dice) {
    const [from, to] = range(input, dice)
    return copyWith(input, to, to, input.subarray(from, to))
  },
  function moveRange(input, dice) {
    const [from, to] = range(input, dice)
    const rest = copyWith(input, from, to, Buffer.alloc(0))
    const at = dice.below(rest.length + 1)
    return copyWith(rest, at, at, input.subarray(from, to))
  },
  function splice(input, dice, other) {
    return Buffer.concat([input.subarray(0, dice.below(input.length + 1)), other.subarray(dice.below(other.length + 1))])
  },
  function takeFromOther(input, dice, other) {
    const [from, to] = range(other, dice)
    const [start, end] = range(input, dice)
    return copyWith(input, start, dice.oneIn(2) ? end : start, other.subarray(from, to))
  },
  function oneBehindTheOther(input, _dice, other) {
    return Buffer.concat([input, other])
  },
  function insertPiece(input, dice) {
    const at = dice.below(input.length + 1)
    return copyWith(input, at, at, Buffer.from(dice.pick(dice.oneIn(3) ? params : pieces), 'latin1'))
  },
  function overwritePiece(input, dice) {
    const piece = Buffer.from(dice.pick(pieces), 'latin1')
    const at = dice.below(input.length + 1)
    return copyWith(input, at, Math.min(input.length, at + piece.length), piece)
  },
  function growNumber(input, dice) {
    const from = dice.below(input.length + 1)
    const at = input.findIndex((byte, index) => index >= from && byte >= 48 && byte <= 57)
    return at < 0 ? Buffer.from(input) : copyWith(input, at, at, Buffer.from(String(dice.next()).repeat(1 + dice.below(3))))
  },
  function otherCase(input, dice) {
    const [from, to] = range(input, dice)
    const out = Buffer.from(input)
    for (let at = from; at < to; at++) {
      const letter = (out[at] as number) | 32
      if (letter >= 97 && letter <= 122) out[at] = (out[at] as number) ^ 32
    }
    return out
  },
]

/**
 * The facts of one turn as one message between threads. A plain renewal is 21 bytes, since nearly all are; everything else is rare
 * and goes as JSON. Packing runs on the SIP thread: one buffer is filled and copied out once. Hot path.
 *
 *     1, line u32, contact u48, seenAt u48, granted u32   |   2, length u32, JSON in UTF-8
 */
import type { Fact } from './facts.ts'

const renewal = 1
const other = 2
const renewalSize = 21
const headSize = 5
const most32 = 0xffff_ffff
const most48 = 0xffff_ffff_ffff

let scratch = Buffer.allocUnsafe(64 * 1024)

/** One message with an ArrayBuffer of its own, to be transferred. */
export function packFacts(facts: readonly Fact[]): Uint8Array<ArrayBuffer> {
  let at = 0
  for (const fact of facts) {
    if (fact.kind === 'renewed' && isPlain(fact)) {
      if (at + renewalSize > scratch.length) grow(at, renewalSize)
      scratch[at] = renewal
      scratch.writeUInt32LE(fact.lineId, at + 1)
      scratch.writeUIntLE(fact.contactId, at + 5, 6)
      scratch.writeUIntLE(fact.seenAt, at + 11, 6)
      scratch.writeUInt32LE(fact.granted, at + 17)
      at += renewalSize
      continue
    }
    const json = JSON.stringify(fact)
    const most = headSize + json.length * 3
    if (at + most > scratch.length) grow(at, most)
    const length = scratch.write(json, at + headSize)
    scratch[at] = other
    scratch.writeUInt32LE(length, at + 1)
    at += headSize + length
  }
  const packed = new Uint8Array(at)
  packed.set(scratch.subarray(0, at))
  return packed
}

/** The facts of a message that `packFacts` made. Throws on any other bytes: they come from our own thread only. */
export function unpackFacts(packed: Uint8Array): Fact[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const facts: Fact[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes[at] === renewal) {
      facts.push({
        kind: 'renewed',
        lineId: bytes.readUInt32LE(at + 1),
        contactId: bytes.readUIntLE(at + 5, 6),
        seenAt: bytes.readUIntLE(at + 11, 6),
        granted: bytes.readUInt32LE(at + 17),
      })
      at += renewalSize
      continue
    }
    const end = at + headSize + bytes.readUInt32LE(at + 1)
    if (bytes[at] !== other || end > bytes.length) throw new RangeError(`No fact begins at byte ${at} of ${bytes.length}`)
    facts.push(JSON.parse(bytes.toString('utf8', at + headSize, end)) as Fact)
    at = end
  }
  return facts
}

function isPlain(fact: Fact & { kind: 'renewed' }): boolean {
  return fits(fact.lineId, most32) && fits(fact.contactId, most48) && fits(fact.seenAt, most48) && fits(fact.granted, most32)
}

function fits(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}

function grow(used: number, more: number): void {
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, used + more))
  scratch.copy(larger, 0, 0, used)
  scratch = larger
}

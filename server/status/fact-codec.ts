/**
 * The facts of one turn as one message between threads. A plain renewal is 21 bytes, since nearly all are; everything else is rare
 * and goes as JSON. Packing runs on the SIP thread: one buffer is filled and copied out once. Hot path.
 *
 *     1, line u32, contact u48, seenAt u48, granted u32   |   2, length u32, JSON in UTF-8   |   3, line u32, contact u48, at u48, rtt u16
 */
import { sharedTexts } from '../runtime/shared-texts.ts'
import type { Fact } from './facts.ts'

const renewal = 1
const other = 2
const probe = 3
const renewalSize = 21
const probeSize = 19
/** In the place of a round trip: none. */
const silent = 0xffff
const headSize = 5
const most32 = 0xffff_ffff
const most48 = 0xffff_ffff_ffff

/** What is read is kept as long as its binding lives. */
const same = sharedTexts()

let scratch: Buffer = Buffer.allocUnsafe(64 * 1024)

/** Renewals that are packed as they come, before all facts of the message. */
export class PackedRenewals {
  #bytes: Buffer = Buffer.allocUnsafe(64 * 1024)
  #used = 0

  get count(): number {
    return this.#used / renewalSize
  }

  /** Adds one; false if its numbers are too great for that. */
  add(lineId: number, contactId: number, seenAt: number, granted: number): boolean {
    if (!fits(lineId, most32) || !fits(contactId, most48) || !fits(seenAt, most48) || !fits(granted, most32)) return false
    if (this.#used + renewalSize > this.#bytes.length) this.#bytes = larger(this.#bytes, this.#used, renewalSize)
    writeRenewal(this.#bytes, this.#used, lineId, contactId, seenAt, granted)
    this.#used += renewalSize
    return true
  }

  /** Moves all of them to the beginning of `into`, which is made larger if need be; answers it. */
  moveTo(into: Buffer): Buffer {
    const room = this.#used > into.length ? larger(into, 0, this.#used) : into
    this.#bytes.copy(room, 0, 0, this.#used)
    this.#used = 0
    return room
  }
}

function writeRenewal(into: Buffer, at: number, lineId: number, contactId: number, seenAt: number, granted: number): void {
  into[at] = renewal
  into.writeUInt32LE(lineId, at + 1)
  into.writeUIntLE(contactId, at + 5, 6)
  into.writeUIntLE(seenAt, at + 11, 6)
  into.writeUInt32LE(granted, at + 17)
}

/** One message with an ArrayBuffer of its own, to be transferred: `renewals`, which are empty afterwards, then `facts`. */
export function packFacts(facts: readonly Fact[], renewals?: PackedRenewals): Uint8Array<ArrayBuffer> {
  let at = (renewals?.count ?? 0) * renewalSize
  if (renewals !== undefined) scratch = renewals.moveTo(scratch)
  for (const fact of facts) {
    if (fact.kind === 'renewed' && isPlain(fact)) {
      if (at + renewalSize > scratch.length) grow(at, renewalSize)
      writeRenewal(scratch, at, fact.lineId, fact.contactId, fact.seenAt, fact.granted)
      at += renewalSize
      continue
    }
    if (fact.kind === 'probed' && fits(fact.lineId, most32) && fits(fact.contactId, most48) && fits(fact.at, most48)) {
      if (at + probeSize > scratch.length) grow(at, probeSize)
      scratch[at] = probe
      scratch.writeUInt32LE(fact.lineId, at + 1)
      scratch.writeUIntLE(fact.contactId, at + 5, 6)
      scratch.writeUIntLE(fact.at, at + 11, 6)
      scratch.writeUInt16LE(fact.rttMs === null ? silent : Math.min(fact.rttMs, silent - 1), at + 17)
      at += probeSize
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

/** Takes a plain renewal at once where it changes nothing but a time; false: it is a fact like others. */
export interface RenewalTaker {
  renewed(lineId: number, contactId: number, seenAt: number, granted: number): boolean
}

/**
 * The facts of a message that `packFacts` made, but for the renewals that `taker` took. Throws on any other bytes: they come from our
 * own thread only.
 */
export function unpackFacts(packed: Uint8Array, taker?: RenewalTaker): Fact[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const facts: Fact[] = []
  let at = 0
  while (at < bytes.length) {
    if (bytes[at] === renewal) {
      const lineId = bytes.readUInt32LE(at + 1)
      const contactId = bytes.readUIntLE(at + 5, 6)
      const seenAt = bytes.readUIntLE(at + 11, 6)
      const granted = bytes.readUInt32LE(at + 17)
      // Behind a fact that is not applied yet a renewal waits its turn: it may be news to what that leaves.
      if (facts.length > 0 || taker?.renewed(lineId, contactId, seenAt, granted) !== true) {
        facts.push({ kind: 'renewed', lineId, contactId, seenAt, granted })
      }
      at += renewalSize
      continue
    }
    if (bytes[at] === probe) {
      const rttMs = bytes.readUInt16LE(at + 17)
      facts.push({
        kind: 'probed',
        lineId: bytes.readUInt32LE(at + 1),
        contactId: bytes.readUIntLE(at + 5, 6),
        at: bytes.readUIntLE(at + 11, 6),
        rttMs: rttMs === silent ? null : rttMs,
      })
      at += probeSize
      continue
    }
    const end = at + headSize + bytes.readUInt32LE(at + 1)
    if (bytes[at] !== other || end > bytes.length) throw new RangeError(`No fact begins at byte ${at} of ${bytes.length}`)
    const fact = JSON.parse(bytes.toString('utf8', at + headSize, end)) as Fact
    if (fact.kind === 'bound' || fact.kind === 'ended') fact.contact.userAgent = same(fact.contact.userAgent)
    facts.push(fact)
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
  scratch = larger(scratch, used, more)
}

/** A copy of the first `used` bytes with room for `more`. */
function larger(bytes: Buffer, used: number, more: number): Buffer {
  const copy = Buffer.allocUnsafe(Math.max(bytes.length * 2, used + more))
  bytes.copy(copy, 0, 0, used)
  return copy
}
